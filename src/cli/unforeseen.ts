/**
 * Errors that nobody waited for.
 *
 * @module
 */

import { messageOf } from "../errors.ts";
import type { Logger } from "../logger.ts";

/**
 * Until it is disposed of, an error that would end the process is logged, and
 * the process goes on. Such an error is a mistake in the host or in an
 * extension; the cells that run have no part in it.
 */
export class Unforeseen implements Disposable {
  readonly #undo: () => void;

  /** Starts to listen. */
  constructor(logger: Logger) {
    const log = (error: unknown): void =>
      logger.log("error", "unforeseen error", {
        err: messageOf(error),
        stack: error instanceof Error ? error.stack : undefined,
      });
    const onRejection = (event: PromiseRejectionEvent): void => {
      event.preventDefault();
      log(event.reason);
    };
    const onError = (event: ErrorEvent): void => {
      event.preventDefault();
      log(event.error ?? event.message);
    };
    globalThis.addEventListener("unhandledrejection", onRejection);
    globalThis.addEventListener("error", onError);
    this.#undo = () => {
      globalThis.removeEventListener("unhandledrejection", onRejection);
      globalThis.removeEventListener("error", onError);
    };
  }

  /** Leaves such errors to Deno again. */
  [Symbol.dispose](): void {
    this.#undo();
  }
}
