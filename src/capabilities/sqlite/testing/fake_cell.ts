/**
 * A cell for tests of `storage.sqlite`: a memory of bytes, an allocator, and
 * the two functions called as a guest calls them.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import { decodeMessage } from "../../../abi/decode.ts";
import type { SqlValue } from "../../../abi/sqlite.ts";
import { MsgpackWriter } from "../../../abi/writer.ts";
import type { LogFields } from "../../../logger.ts";
import { parseManifest } from "../../../manifest/parse.ts";
import type { CellSpec } from "../../../manifest/spec.ts";
import type { CellContext } from "../../capability.ts";
import { sqlite } from "../../sqlite.ts";
import { TestMemory } from "../../testing/test_memory.ts";

/** Answers of the functions, decoded. */
export interface Answer {
  readonly code: number;
  readonly rows_affected?: bigint;
  readonly last_insert_id?: bigint;
  readonly columns?: readonly string[] | null;
  readonly rows?: readonly (readonly SqlValue[])[] | null;
  readonly error?: string;
}

/** A record that the capability wrote. */
export interface FakeRecord {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields | undefined;
}

/** One instance of a cell that declares `storage.sqlite`. */
export class FakeCell implements Disposable {
  readonly memory = new TestMemory();
  readonly records: FakeRecord[] = [];
  readonly #releases: (() => void | Promise<void>)[] = [];
  readonly #functions;

  constructor(readonly storageRoot: string, readonly name = "notes") {
    const context: CellContext = {
      spec: fakeSpec(name),
      env: { storageRoot, listen: "127.0.0.1:0" },
      logger: {
        log: (level, message, fields) =>
          this.records.push({ level, message, fields }),
      },
      memory: this.memory,
      signal: new AbortController().signal,
      isStopped: () => false,
      deliver: () => {},
      onClose: (release) => this.#releases.unshift(release),
    };
    this.#functions = sqlite().imports(context);
  }

  /** The path of the database. */
  get path(): string {
    return `${this.storageRoot}/${this.name}/data.db`;
  }

  /** Calls a function with raw arguments. */
  raw(name: "sqlite_exec" | "sqlite_query", ...args: number[]): number {
    return this.#functions[name]?.(...args) as number;
  }

  /** `sqlite_exec` with 6 parameters. */
  exec(sql: string, ...params: readonly unknown[]): Answer {
    return this.#call("sqlite_exec", sql, params);
  }

  /** `sqlite_query`. */
  query(sql: string, ...params: readonly unknown[]): Answer {
    return this.#call("sqlite_query", sql, params);
  }

  /** `sqlite_exec` that must work. */
  run(sql: string, ...params: readonly unknown[]): Answer {
    const answer = this.exec(sql, ...params);
    if (answer.code !== 0) throw new Error(`${sql}: ${answer.error}`);
    return answer;
  }

  /** The rows of a query that must work; no rows = `[]`. */
  rows(
    sql: string,
    ...params: readonly unknown[]
  ): readonly (readonly SqlValue[])[] {
    const answer = this.query(sql, ...params);
    if (answer.code !== 0) throw new Error(`${sql}: ${answer.error}`);
    return answer.rows ?? [];
  }

  /** Ends the instance. */
  [Symbol.dispose](): void {
    for (const release of this.#releases.splice(0)) void release();
  }

  #call(
    name: "sqlite_exec" | "sqlite_query",
    sql: string,
    params: readonly unknown[],
  ): Answer {
    const { memory } = this;
    memory.reset();
    const text = new TextEncoder().encode(sql);
    const sqlPtr = memory.put(text);
    const bytes = params.length === 0 ? new Uint8Array() : encode(params);
    const ptr = memory.put(bytes);
    const code = this.raw(name, sqlPtr, text.length, ptr, bytes.length, 0, 4);
    return { code, ...decodeMessage(memory.handed) as Omit<Answer, "code"> };
  }
}

/** The spec of a cell that declares `storage.sqlite`. */
function fakeSpec(name: string): CellSpec {
  const spec = parseManifest(
    'name = "notes"\nversion = "1.0.0"\ncapabilities = ["storage.sqlite"]',
    "/cells/pulp.cell.toml",
  );
  return { ...spec, name };
}

/** A temporary storage root that goes away with its scope. */
export async function temporaryRoot(): Promise<
  AsyncDisposable & { readonly path: string }
> {
  const path = await Deno.makeTempDir();
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
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
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--config",
      fromFileUrl(config),
      ...permissions,
      `data:text/javascript,${
        encodeURIComponent(`
        import { FakeCell } from "${import.meta.url}";
        const print = (value) => console.log(JSON.stringify(value,
          (_, v) => typeof v === "bigint" ? Number(v) : v));
        ${code}`)
      }`,
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  return child;
}

/** The lines of a stream, as they come. */
export function linesOf(
  stream: ReadableStream<Uint8Array>,
): ReadableStreamDefaultReader<string> {
  let rest = "";
  return stream.pipeThrough(new TextDecoderStream()).pipeThrough(
    new TransformStream<string, string>({
      transform(chunk, controller): void {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) controller.enqueue(line);
      },
    }),
  ).getReader();
}

function encode(params: readonly unknown[]): Uint8Array {
  const writer = new MsgpackWriter().array(params.length);
  for (const param of params) {
    if (param === null) writer.nil();
    else if (typeof param === "bigint") writer.i64(param);
    else if (typeof param === "number") writer.f64(param);
    else if (typeof param === "string") writer.str(param);
    else if (typeof param === "boolean") writer.bool(param);
    else if (param instanceof Uint8Array) writer.bin(param);
    else writer.array(0);
  }
  return writer.finish();
}
