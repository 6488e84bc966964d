/**
 * Why a cell does not start that got no HTTP listener: a cell says only that
 * it could not register its routes.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import type { LogFields, Logger } from "../logger.ts";

/** What the host logs when it can't listen. */
const FAILED = "http server failed";

/** Keeps in mind for which cells the host could not listen. */
export class ListenFailures {
  /** Passes every record on. */
  readonly logger: Logger;
  readonly #last = new Map<unknown, LogFields>();

  /** Has failed for no cell yet. */
  constructor(inner: Logger) {
    this.logger = {
      log: (level, message, fields): void => {
        if (message === FAILED && fields !== undefined) {
          this.#last.set(fields.cell, fields);
        }
        inner.log(level, message, fields);
      },
    };
  }

  /**
   * The error that a start ended with; when a cell refused in `pulp_init` for
   * which the host could not listen, with the reason and what to do next.
   */
  explained(error: unknown): unknown {
    if (!(error instanceof PulpError) || error.code !== "init") return error;
    for (const [cell, fields] of this.#last) {
      if (!error.message.startsWith(`Cannot initialise cell "${cell}": `)) {
        continue;
      }
      return new PulpError(
        "init",
        `${error.message}: ${fields.error}`,
        { hint: String(fields.hint), cause: error },
      );
    }
    return error;
  }
}
