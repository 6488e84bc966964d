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

/** Entry points that a cell runs at most while it stops: an event, an idle step, probes, its own. */
const LAST_ENTRIES = 5;

/** What is done about a cell that takes its time. */
export interface Patience {
  /** Told when no further event is to begin. */
  hurry(): void;
  /** Told when its thread does not come to an end, in an extension maybe. */
  giveUp(error: PulpError): void;
}

/** Waits until a cell has `stopped`, for as long as its deadline lets it. */
export async function orderlyStop(
  { name, callTimeoutMs }: CellSpec,
  stopped: Promise<unknown>,
  { hurry, giveUp }: Patience,
): Promise<void> {
  const mostMs = 2 * GOODBYE_MS +
    LAST_ENTRIES * (callTimeoutMs + 2 * LIMITS.stuckMs);
  const message =
    `Cannot stop cell "${name}" in good order: its thread does not answer`;
  const hurrying = setTimeout(hurry, GOODBYE_MS);
  const late = setTimeout(
    () => giveUp(new PulpError("host", message)),
    Math.min(mostMs, LIMITS.callTimeoutMsMost),
  );
  try {
    await stopped;
  } finally {
    clearTimeout(hurrying);
    clearTimeout(late);
  }
}
