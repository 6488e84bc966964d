/**
 * A process of a test's own making.
 *
 * @module
 */

import type { EmbeddedSet } from "../embedded_set.ts";
import type { CliIo } from "../io.ts";

/** What a fake process is like; the rest is a pipe without any permission. */
export interface FakeProcess {
  readonly isTerminal?: boolean;
  readonly noColor?: boolean;
  readonly stdin?: Uint8Array | string;
  readonly cwd?: string;
  readonly mainModule?: string;
  readonly standalone?: boolean;
  readonly embedded?: EmbeddedSet;
  readonly env?: Readonly<Record<string, string>>;
  readonly granted?: (descriptor: Deno.PermissionDescriptor) => boolean;
}

/** Thrown where a real process would have ended. */
export class Exited extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exited with ${code}`);
    this.code = code;
  }
}

/** An {@linkcode CliIo} that keeps what is written to it. */
export class FakeIo implements CliIo {
  readonly noColor: boolean;
  readonly mainModule: string;
  readonly standalone: boolean;
  readonly embedded?: EmbeddedSet;
  readonly cwd: string;
  readonly denoVersion = "0.0.0";
  readonly stdout: CliIo["stdout"];
  readonly stderr: CliIo["stderr"];
  readonly stdin: CliIo["stdin"];
  readonly #granted: (descriptor: Deno.PermissionDescriptor) => boolean;
  readonly #env: Readonly<Record<string, string>>;
  readonly #handlers = new Set<(signal: string) => void>();
  #out = new Uint8Array();
  #err = "";

  constructor(process: FakeProcess = {}) {
    const isTerminal = process.isTerminal ?? false;
    this.noColor = process.noColor ?? false;
    this.standalone = process.standalone ?? false;
    if (process.embedded !== undefined) this.embedded = process.embedded;
    this.mainModule = process.mainModule ?? "file:///here/main.ts";
    this.cwd = process.cwd ?? Deno.cwd();
    this.#granted = process.granted ?? (() => false);
    this.#env = process.env ?? {};
    this.stdout = {
      isTerminal,
      write: (data) => {
        const bytes = typeof data === "string"
          ? new TextEncoder().encode(data)
          : data;
        this.#out = new Uint8Array([...this.#out, ...bytes]);
      },
    };
    this.stderr = {
      isTerminal,
      write: (data) => {
        this.#err += typeof data === "string"
          ? data
          : new TextDecoder().decode(data);
      },
    };
    const input = process.stdin ?? "";
    const lines = typeof input === "string" && input !== ""
      ? input.split(/(?<=\n)/)
      : [];
    this.stdin = {
      isTerminal,
      readLine: () => Promise.resolve(lines.shift()?.replace(/\n$/, "")),
      readAll: () =>
        Promise.resolve(
          typeof input === "string" ? new TextEncoder().encode(input) : input,
        ),
    };
  }

  /** What was written to standard output. */
  get out(): string {
    return new TextDecoder().decode(this.#out);
  }

  /** The same as bytes. */
  get outBytes(): Uint8Array {
    return this.#out;
  }

  /** What was written to standard error. */
  get err(): string {
    return this.#err;
  }

  /** How many listeners wait for a signal. */
  get listeners(): number {
    return this.#handlers.size;
  }

  queryPermission(descriptor: Deno.PermissionDescriptor): Deno.PermissionState {
    return this.#granted(descriptor) ? "granted" : "prompt";
  }

  env(name: string): string | undefined {
    return this.#env[name];
  }

  onStopSignal(handler: (signal: string) => void): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  /** Sends the process a signal. */
  signal(name: string): void {
    for (const handler of [...this.#handlers]) handler(name);
  }

  exit(code: number): never {
    throw new Exited(code);
  }
}
