/**
 * Errors, as the user sees them: once, with what to do next.
 *
 * @module
 */

import { EXIT, exitCodeOf, messageOf, PulpError } from "../errors.ts";
import type { CliIo } from "./io.ts";
import { escapeUnprintable } from "./record_text.ts";
import { RefusedError } from "./refused.ts";

/** Prints an error that reached the top, and gives the exit code for it. */
export function reportError(
  error: unknown,
  io: CliIo,
  options: { readonly debug?: boolean } = {},
): number {
  const expected = error instanceof PulpError;
  let text = `error: ${lines(messageOf(error))}`;
  // Elsewhere the message says in words of this host what the cause was.
  if (!expected || error.code === "host" || options.debug) {
    for (const cause of causes(error)) text += `cause: ${lines(cause)}`;
  }
  if (error instanceof RefusedError) text += error.details;
  if (expected && error.hint !== undefined) {
    text += `hint: ${lines(error.hint)}`;
  }
  if (error instanceof Deno.errors.NotCapable) {
    io.stderr.write(text);
    return EXIT.permission;
  }
  if (!expected) {
    text += options.debug && error instanceof Error
      ? lines(error.stack ?? "")
      : "hint: this was not foreseen; --log-level debug shows where it happened\n";
  }
  io.stderr.write(text);
  return exitCodeOf(error);
}

/** The messages of what led to an error, unless they are part of what was said. */
function causes(error: unknown): string[] {
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
