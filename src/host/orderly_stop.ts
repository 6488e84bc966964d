/**
 * Waiting for a cell that was told to stop.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { CellSpec } from "../manifest/spec.ts";

/**
 * How long a cell that stops goes on with the events that wait, and then lets
 * clients take the answers that are under way.
 */
export const GOODBYE_MS = 5_000;

/** What is done about a cell that takes its time. */
export interface Patience {
  /** Told when no further event or call is to begin. */
  hurry(): void;
  /** Changes whenever an entry point begins or ends. */
  progress(): number;
  /** Told when its thread does not go on. */
  giveUp(error: PulpError): void;
}

/**
 * Waits until a cell has `stopped`. Each entry point that is still to run has
 * its deadline, and what the cell holds has its time to be let go of; a cell
 * that does nothing for longer than both does not come to an end.
 */
export async function orderlyStop(
  { name, callTimeoutMs }: CellSpec,
  stopped: Promise<unknown>,
  { hurry, progress, giveUp }: Patience,
): Promise<void> {
  const mostMs = Math.min(
    2 * GOODBYE_MS + LIMITS.teardownMs + callTimeoutMs + 2 * LIMITS.stuckMs,
    LIMITS.callTimeoutMsMost,
  );
  const message =
    `Cannot stop cell "${name}" in good order: its thread does not answer`;
  const hurrying = setTimeout(hurry, GOODBYE_MS);
  let late: ReturnType<typeof setTimeout>;
  const wait = (seen: number): void => {
    late = setTimeout(() => {
      const now = progress();
      if (now !== seen) wait(now);
      else giveUp(new PulpError("host", message));
    }, mostMs);
  };
  wait(progress());
  try {
    await stopped;
  } finally {
    clearTimeout(hurrying);
    clearTimeout(late!);
  }
}
