/**
 * The record of a host call that was refused or failed.
 *
 * @module
 */

import { messageOf, PulpError } from "../errors.ts";
import type { LogFields } from "../logger.ts";
import type { CellContext } from "./capability.ts";

/** What the log says of a call: for want of a permission, and for anything else. */
export interface FailedCallTexts {
  readonly denied: string;
  readonly failed: string;
}

/**
 * Logs why a call of a capability was not done.
 *
 * @returns whether it was denied
 */
export function logFailedCall(
  { logger }: CellContext,
  capability: string,
  texts: FailedCallTexts,
  error: unknown,
  fields: LogFields = {},
): boolean {
  const pulpError = error instanceof PulpError ? error : undefined;
  const denied = pulpError?.code === "permission";
  logger.log("warn", denied ? texts.denied : texts.failed, {
    capability,
    ...fields,
    error: messageOf(error),
    ...(pulpError?.hint === undefined ? {} : { hint: pulpError.hint }),
  });
  return denied;
}
