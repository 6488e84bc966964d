/**
 * The error of a set that Deno does not grant enough.
 *
 * @module
 */

import { PulpError } from "../errors.ts";

/** Why nothing was started. Its exit code is 3. */
export class RefusedError extends PulpError {
  /** What is printed below the message: the table, and the command line to run instead. */
  readonly details: string;

  /** Makes the error. */
  constructor(message: string, details: string) {
    super("permission", message);
    this.name = "RefusedError";
    this.details = details;
  }
}
