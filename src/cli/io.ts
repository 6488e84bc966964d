/**
 * What the command line needs of the process around it, so that it runs in a
 * test as it runs in a terminal.
 *
 * @module
 */

import type { EmbeddedSet } from "./embedded_set.ts";

/** Standard output or standard error. */
export interface CliOutput {
  /** Whether a person looks at it. */
  readonly isTerminal: boolean;
  /**
   * Writes all of it before it returns. Never throws: what nobody takes is
   * dropped.
   */
  write(data: string | Uint8Array): void;
  /** Why something was dropped, unless the reader went away: a disk is full, say. */
  readonly failure?: unknown;
}

/** Standard input. */
export interface CliInput {
  /** Whether a person types it. */
  readonly isTerminal: boolean;
  /** Everything up to the end of file. Throws a `PulpError` (`usage`) past `limitBytes`. */
  readAll(limitBytes: number): Promise<Uint8Array>;
  /**
   * The next line without its end; `undefined` when there is none. Throws a
   * `PulpError` (`usage`) past `limitBytes`.
   */
  readLine(limitBytes: number): Promise<string | undefined>;
}

/** The process, as the command line sees it. Nothing in here needs a permission. */
export interface CliIo {
  readonly stdout: CliOutput;
  readonly stderr: CliOutput;
  readonly stdin: CliInput;
  /** Whether `NO_COLOR` is set. */
  readonly noColor: boolean;
  /** URL of the module that Deno was started with. */
  readonly mainModule: string;
  /** The current directory, absolute. */
  readonly cwd: string;
  /** Whether the process is an executable that `deno compile` made. */
  readonly standalone: boolean;
  /** The cells inside this executable; absent where cells come from the command line. */
  readonly embedded?: EmbeddedSet;
  /** Version of Deno. */
  readonly denoVersion: string;
  /** What Deno grants, without asking anyone. */
  queryPermission(descriptor: Deno.PermissionDescriptor): Deno.PermissionState;
  /** A variable of the environment; `undefined` when Deno does not let it be read. */
  env(name: string): string | undefined;
  /**
   * Calls `handler` with the name of each signal that asks the process to
   * end, instead of ending it. The function that is returned undoes it.
   */
  onStopSignal(handler: (signal: string) => void): () => void;
  /** Ends the process at once. */
  exit(code: number): never;
}
