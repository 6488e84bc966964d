/**
 * Errors, as the user sees them: once, with what to do next.
 *
 * @module
 */

import { EXIT, exitCodeOf, messageOf, PulpError } from "../errors.ts";
import type { ParsedArgs } from "./args.ts";
import type { CliIo } from "./io.ts";
import { escapeUnprintable, formatJson } from "./record_text.ts";
import { RefusedError } from "./refused.ts";

/** How errors are printed. */
export interface Reporting {
  /** With what led to them, and the stack of what was not foreseen. Default: no. */
  readonly debug?: boolean;
  /** As a record of the log, in JSON. Default: as text. */
  readonly json?: boolean;
}

/** How the errors of a command are printed that got these arguments. */
export function reportingOf(args: ParsedArgs): Reporting {
  return {
    debug: args.text("log-level") === "debug",
    json: args.text("log-format") === "json",
  };
}

/** Prints an error that reached the top, and gives the exit code for it. */
export function reportError(
  error: unknown,
  io: CliIo,
  reporting: Reporting = {},
): number {
  const exitCode = error instanceof Deno.errors.NotCapable
    ? EXIT.permission
    : exitCodeOf(error);
  const said = whatIsSaid(error, reporting.debug ?? false);
  io.stderr.write(reporting.json ? asRecord(said, exitCode) : asText(said));
  return exitCode;
}

/**
 * The exit code of a command that ended with `exitCode`. That its result did
 * not get to where standard output goes is an error, and printed.
 */
export function exitCodeWritten(
  exitCode: number,
  io: CliIo,
  reporting: Reporting,
): number {
  const { failure: cause } = io.stdout;
  if (cause === undefined) return exitCode;
  const error = new PulpError("host", "Cannot write to standard output", {
    cause,
  });
  const ofError = reportError(error, io, reporting);
  return exitCode === EXIT.ok ? ofError : exitCode;
}

interface Said {
  readonly code: string;
  readonly message: string;
  readonly causes: readonly string[];
  /** Printed as it is: the parts of others in it are escaped. */
  readonly details: string | undefined;
  readonly hint: string | undefined;
  readonly stack: string | undefined;
}

function whatIsSaid(error: unknown, debug: boolean): Said {
  const known = error instanceof PulpError ? error : undefined;
  const isDenied = error instanceof Deno.errors.NotCapable;
  const isBug = known === undefined && !isDenied;
  // Elsewhere the message says in words of this host what the cause was.
  const withCauses = known === undefined || known.code === "host" || debug;
  const stack = isBug && debug && error instanceof Error
    ? error.stack
    : undefined;
  return {
    code: known?.code ?? (isDenied ? "permission" : "unexpected"),
    message: messageOf(error),
    causes: withCauses ? causesOf(error) : [],
    details: error instanceof RefusedError ? error.details : undefined,
    hint: isBug && stack === undefined
      ? "this was not foreseen; --log-level debug shows where it happened"
      : known?.hint,
    stack,
  };
}

function asText({ message, causes, details, hint, stack }: Said): string {
  return [
    `error: ${lines(message)}`,
    ...causes.map((cause) => `cause: ${lines(cause)}`),
    details ?? "",
    hint === undefined ? "" : `hint: ${lines(hint)}`,
    stack === undefined ? "" : lines(stack),
  ].join("");
}

/** In one line, like the records of the log that stand before it. */
function asRecord(said: Said, exitCode: number): string {
  const { code, message, causes, details, hint, stack } = said;
  return formatJson({
    timeMs: Date.now(),
    level: "error",
    message,
    fields: {
      code,
      exit_code: exitCode,
      causes: causes.length === 0 ? undefined : causes,
      hint,
      details: details?.trim(),
      stack,
    },
  });
}

/** The messages of what led to an error, unless they are part of what was said. */
function causesOf(error: unknown): string[] {
  const said = [messageOf(error)];
  const found: string[] = [];
  // Bounded: a cause may be its own cause.
  for (let depth = 0; depth < 8; depth++) {
    error = error instanceof Error ? error.cause : undefined;
    if (error === undefined) break;
    const message = messageOf(error);
    if (!said.some((text) => text.includes(message))) found.push(message);
    said.push(message);
  }
  return found;
}

/**
 * A text that a guest may have had a hand in: what does not print is escaped,
 * and each further line is set in, so that none can pass for one of ours.
 */
function lines(text: string): string {
  return text.trimEnd().split("\n").map(escapeUnprintable).join("\n  ") + "\n";
}
