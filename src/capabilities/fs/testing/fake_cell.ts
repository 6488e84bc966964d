/**
 * A cell for tests of `storage.fs`: a memory of bytes, an allocator, and the
 * functions called as a guest calls them.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import { decodeMessage } from "../../../abi/decode.ts";
import { MsgpackWriter } from "../../../abi/writer.ts";
import { parseManifest } from "../../../manifest/parse.ts";
import { TestLogger } from "../../../testing/cell_folder.ts";
import type { CellContext, HostCall } from "../../capability.ts";
import { fs } from "../../fs.ts";
import { TestMemory } from "../../testing/test_memory.ts";

export { linesOf, temporaryRoot } from "../../sqlite/testing/fake_cell.ts";

/** A code, and the response that came with it. */
export interface Answer {
  readonly code: number;
  /** As it came. */
  readonly bytes: Uint8Array;
  /** As text. */
  readonly text: string;
}

/** One instance of a cell that declares `storage.fs`. */
export class FakeCell {
  readonly memory = new TestMemory();
  readonly logger = new TestLogger();
  /** `<storage root>/<name>`. */
  readonly path: string;
  readonly #functions: Readonly<Record<string, HostCall>>;

  constructor(
    storageRoot: string,
    name = "files",
    capabilities = ["storage.fs"],
  ) {
    this.path = `${storageRoot}/${name}`;
    const spec = parseManifest(
      `name = "files"\nversion = "1.0.0"\ncapabilities = ${
        JSON.stringify(capabilities)
      }`,
      "/cells/pulp.cell.toml",
    );
    const context: CellContext = {
      spec: { ...spec, name },
      env: { storageRoot, listen: "127.0.0.1:0" },
      logger: this.logger,
      memory: this.memory,
      signal: new AbortController().signal,
      isStopped: () => false,
      deliver: () => {},
      onClose: () => {},
    };
    this.#functions = fs().imports(context);
  }

  /** Calls a function with raw arguments. */
  raw(name: string, ...args: number[]): number {
    return this.#functions[name]?.(...args) as number;
  }

  /** A function that takes a plain path. */
  onPath(name: string, path: string | Uint8Array): Answer {
    const bytes = typeof path === "string" ? encoder.encode(path) : path;
    return this.#call(name, [bytes]);
  }

  /** A function that takes a record. */
  onRecord(
    name: string,
    fields: Readonly<Record<string, string | number>>,
  ): Answer {
    return this.#call(name, [record(fields)]);
  }

  read(path: string): Answer {
    return this.onPath("fs_read", path);
  }

  /** `fs_write` with 4 parameters, or with 6 when there is a mode. */
  write(path: string, data: string | Uint8Array, mode?: number): number {
    const { memory } = this;
    memory.reset();
    const parts = [
      encoder.encode(path),
      typeof data === "string" ? encoder.encode(data) : data,
      ...(mode === undefined ? [] : [record({ mode })]),
    ];
    return this.raw(
      "fs_write",
      ...parts.flatMap((part) => [memory.put(part), part.length]),
    );
  }

  delete(path: string): number {
    return this.onPath("fs_delete", path).code;
  }

  removeAll(path: string): number {
    return this.onPath("fs_remove_all", path).code;
  }

  /** The names of a folder's entries, folders with a slash; or the code. */
  list(path: string): string[] | number {
    const { code, bytes } = this.onPath("fs_list", path);
    if (code !== 0) return code;
    const entries = decodeMessage(bytes) as { name: string; is_dir: boolean }[];
    return entries.map((entry) => entry.name + (entry.is_dir ? "/" : ""));
  }

  /** What `fs_stat` answers, or the code. */
  stat(path: string): Readonly<Record<string, unknown>> | number {
    const { code, bytes } = this.onRecord("fs_stat", { path });
    return code === 0 ? decodeMessage(bytes) as Record<string, unknown> : code;
  }

  rename(from: string, to: string): number {
    return this.onRecord("fs_rename", { old: from, new: to }).code;
  }

  mkdirAll(path: string, mode = 0): number {
    return this.onRecord("fs_mkdir_all", { path, mode }).code;
  }

  chmod(path: string, mode: number): number {
    return this.onRecord("fs_chmod", { path, mode }).code;
  }

  /** `fs_create_temp` or `fs_mkdir_temp`: the path, or the code. */
  temp(
    kind: "create" | "mkdir",
    dir: string,
    pattern: string,
  ): string | number {
    const { code, bytes } = this.onRecord(`fs_${kind}_temp`, { dir, pattern });
    return code === 0 ? (decodeMessage(bytes) as { path: string }).path : code;
  }

  /** Calls with ranges for each part, and with out addresses. */
  #call(name: string, parts: readonly Uint8Array[]): Answer {
    const { memory } = this;
    memory.reset();
    memory.bytes.fill(0, 0, 8);
    const args = parts.flatMap((part) => [memory.put(part), part.length]);
    const answers = name === "fs_read" || name === "fs_list" ||
      name === "fs_stat" || name.endsWith("_temp");
    const code = this.raw(name, ...args, ...(answers ? [0, 4] : []));
    const bytes = memory.handed;
    return { code, bytes, text: new TextDecoder().decode(bytes) };
  }
}

/** A map of text and numbers. */
export function record(
  fields: Readonly<Record<string, string | number>>,
): Uint8Array {
  const entries = Object.entries(fields);
  const writer = new MsgpackWriter().map(entries.length);
  for (const [key, value] of entries) {
    writer.str(key);
    if (typeof value === "string") writer.str(value);
    else writer.u32(value);
  }
  return writer.finish().slice();
}

/**
 * A Deno process of its own that runs `code` with the given permissions. The
 * code has {@linkcode FakeCell} and a function `print` that writes a line.
 */
export function spawnDeno(
  code: string,
  permissions: readonly string[],
): Deno.ChildProcess {
  const config = new URL("../../../../deno.json", import.meta.url);
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--config",
      fromFileUrl(config),
      ...permissions,
      `data:text/javascript,${
        encodeURIComponent(`
        import { FakeCell } from "${import.meta.url}";
        const print = (value) => console.log(JSON.stringify(value));
        ${code}`)
      }`,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
}

const encoder = new TextEncoder();
