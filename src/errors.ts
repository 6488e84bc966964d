/**
 * The one family of errors that this host throws, and the exit codes they map to.
 *
 * @module
 */

/**
 * Stable, machine-readable kinds of failure.
 *
 * - `usage`: the command line or an argument of a library call is wrong
 * - `manifest`: a manifest, or a set of manifests, cannot be hosted
 * - `module`: the WebAssembly module is missing, malformed or lacks exports
 * - `permission`: a second key is missing: Deno does not grant what is declared
 * - `init`: `pulp_init` returned non-zero
 * - `call`: `pulp_on_call`, `pulp_step` or `pulp_shutdown` reported a failure
 * - `contract`: the cell broke the wire contract (pointers, lengths, encodings)
 * - `trap`: the guest trapped
 * - `exit`: the guest ended itself with `proc_exit`
 * - `deadline`: an entry point ran longer than `call_timeout_ms`
 * - `closed`: the cell was closed before or during the operation
 * - `host`: the host could not do its part: a port in use, a disk that is full
 */
export type ErrorCode =
  | "usage"
  | "manifest"
  | "module"
  | "permission"
  | "init"
  | "call"
  | "contract"
  | "trap"
  | "exit"
  | "deadline"
  | "closed"
  | "host";

/** Options of {@linkcode PulpError}: the cause, and what to do next. */
export interface PulpErrorOptions {
  /** The error that led to this one. */
  readonly cause?: unknown;
  /** One line that tells the user what to do next. */
  readonly hint?: string;
}

/** An error of this host. `code` is stable; the message is for people. */
export class PulpError extends Error {
  /** The kind of failure; see {@linkcode ErrorCode}. */
  readonly code: ErrorCode;
  /** What the user can do next, when the host knows. */
  readonly hint: string | undefined;

  /** Makes an error of the given kind. */
  constructor(
    code: ErrorCode,
    message: string,
    options: PulpErrorOptions = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.name = "PulpError";
    this.code = code;
    this.hint = options.hint;
  }
}

/** The exit codes of the command line. */
export const EXIT: Readonly<
  Record<
    "ok" | "cell" | "usage" | "permission" | "deadline" | "interrupted",
    number
  >
> = Object.freeze({
  /** Everything went well. */
  ok: 0,
  /** The cell failed: init, a call, a trap, an exit of its own. */
  cell: 1,
  /** The command line, a manifest or a module cannot be used. */
  usage: 2,
  /** A permission is missing. */
  permission: 3,
  /** A deadline passed. */
  deadline: 4,
  /** SIGINT ended a one-off command. */
  interrupted: 130,
});

/** The exit code for an error that reached the top. Unknown errors are 1. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof PulpError)) return EXIT.cell;
  switch (error.code) {
    case "usage":
    case "manifest":
    case "module":
      return EXIT.usage;
    case "permission":
      return EXIT.permission;
    case "deadline":
      return EXIT.deadline;
    default:
      return EXIT.cell;
  }
}

/** The message of anything that was thrown, in one line. Never throws. */
export function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    // An object may refuse to be a text.
    return "an object was thrown";
  }
}
