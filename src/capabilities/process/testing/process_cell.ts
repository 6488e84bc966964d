/**
 * A cell for the tests of `spawn.process`.
 *
 * @module
 */

import { decode, encode } from "@msgpack/msgpack";
import type { LogFields, LogLevel } from "../../../logger.ts";
import type { ManifestPermissions } from "../../../manifest/spec.ts";
import { TempDir } from "../../../testing/cell_folder.ts";
import { until } from "../../../testing/until.ts";
import type { Capability, CellContext, HostCall } from "../../capability.ts";
import { fakeSpec } from "../../http/testing/fake_cell.ts";
import { TestMemory } from "../../testing/test_memory.ts";
import { process } from "../../process.ts";

/** What `process_result` gave. */
export interface ProcessAnswer {
  readonly status: number;
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly error: string | undefined;
  readonly bytes: Uint8Array;
}

/** A record that the capability wrote. */
export interface ProcessRecord {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** One instance of a cell that declares `spawn.process`. */
export class ProcessCell implements AsyncDisposable {
  readonly memory = new TestMemory();
  readonly records: ProcessRecord[] = [];
  readonly #abort = new AbortController();
  readonly #releases: (() => void | Promise<void>)[] = [];
  readonly #imports: Readonly<Record<string, HostCall>>;

  /** `capability`: that of another cell, to share it. */
  constructor(
    storageRoot: string,
    permissions: ManifestPermissions,
    { name = "fake", capability = process() }: {
      readonly name?: string;
      readonly capability?: Capability;
    } = {},
  ) {
    const context: CellContext = {
      spec: { ...fakeSpec(name), permissions },
      env: { storageRoot, listen: "127.0.0.1:0" },
      logger: {
        log: (level, message, fields = {}) =>
          void this.records.push({ level, message, fields }),
      },
      memory: this.memory,
      signal: this.#abort.signal,
      isStopped: () => false,
      deliver: () => {},
      onClose: (release) => void this.#releases.unshift(release),
    };
    this.#imports = capability.imports(context);
  }

  /** `process_run`: an id, or a code. */
  run(request: readonly string[] | object): number {
    return this.bytes(
      encode(Array.isArray(request) ? { argv: request } : request),
    );
  }

  /** `process_run` with raw bytes. */
  bytes(bytes: Uint8Array): number {
    const ptr = this.memory.put(bytes);
    try {
      return this.#imports["process_run"]!(ptr, bytes.length) as number;
    } finally {
      this.memory.reset();
    }
  }

  /** Calls a function with any arguments. */
  async raw(name: string, ...args: number[]): Promise<number> {
    return await this.#imports[name]!(...args);
  }

  /** `process_result`, once. */
  async ask(id: number): Promise<ProcessAnswer> {
    this.memory.reset();
    this.memory.writeU32(4, 0);
    const status = await this.raw("process_result", id, 0, 4);
    const bytes = this.memory.handed;
    const response = bytes.length === 0 ? {} : decode(bytes);
    const { exit_code, stdout, stderr, error } = response as {
      exit_code: number;
      stdout: Uint8Array;
      stderr: Uint8Array;
      error: string | undefined;
    };
    const text = (bytes?: Uint8Array): string =>
      new TextDecoder().decode(bytes);
    return {
      status,
      exitCode: exit_code,
      stdout: text(stdout),
      stderr: text(stderr),
      error,
      bytes: stdout,
    };
  }

  /** Asks until a program has ended, as a guest does with idle steps. */
  async result(id: number): Promise<ProcessAnswer> {
    return await until(`the end of program ${id}`, async () => {
      const answer = await this.ask(id);
      return answer.status !== 0 && answer;
    });
  }

  /** Runs a program to its end. */
  async output(request: readonly string[] | object): Promise<ProcessAnswer> {
    const id = this.run(request);
    if (id < 100) throw new Error(`process_run answered ${id}`);
    return await this.result(id);
  }

  /** The messages of what went wrong, with their hints. */
  complaints(): string[] {
    return this.records.map(({ fields }) =>
      fields.hint === undefined
        ? String(fields.error)
        : `${fields.error} | ${fields.hint}`
    );
  }

  /** Ends the instance. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    for (const release of this.#releases.splice(0)) await release();
  }
}

/** Waits until a program has written its id to a file, and a line end behind it. */
export async function pidIn(path: string): Promise<number> {
  return await until(`a process id in ${path}`, async () => {
    const text = await Deno.readTextFile(path).catch(() => "");
    return text.endsWith("\n") && Number(text);
  });
}

/**
 * Whether a process is there; a zombie counts as one. Throws for what is no
 * process id: 0 and less are groups, the test's own among them.
 */
export function isThere(pid: number): boolean {
  if (!(pid >= 1)) throw new RangeError(`no process id: ${pid}`);
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A test with a folder, over programs that are everywhere but on Windows. */
export function testPrograms(
  name: string,
  run: (dir: TempDir) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await using dir = new TempDir();
      await run(dir);
    },
  });
}
