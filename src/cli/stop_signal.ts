/**
 * The signal that asks a host to stop.
 *
 * @module
 */

import { EXIT } from "../errors.ts";
import type { CliIo } from "./io.ts";

// What the published host's records call them.
const NAMES: Readonly<Record<string, string>> = {
  SIGINT: "interrupt",
  SIGTERM: "terminated",
};

/**
 * How long the same signal is the same request. A Ctrl-C reaches the whole
 * process group, and each `deno task` above this process forwards it besides.
 */
const SAME_REQUEST_MS = 1000;

/**
 * Waits for the first signal that asks the process to end. Another one, or the
 * same one over a second later, ends it at once, with exit code 130.
 */
export class StopSignal implements Disposable {
  /** Resolves to the first signal's name: `interrupt`, `terminated`. */
  readonly received: Promise<string>;
  readonly #undo: () => void;
  #first: { readonly signal: string; readonly atMs: number } | undefined;

  /** Starts to listen. `nowMs` is a clock that never goes back. */
  constructor(io: CliIo, nowMs: () => number = () => performance.now()) {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.received = promise;
    this.#undo = io.onStopSignal((signal) => {
      const first = this.#first ??= { signal, atMs: nowMs() };
      const isSame = signal === first.signal &&
        nowMs() - first.atMs <= SAME_REQUEST_MS;
      if (!isSame) io.exit(EXIT.interrupted);
      resolve(NAMES[signal] ?? signal);
    });
  }

  /**
   * Leaves signals to the system again. Once one came the process is about to
   * end, and what forwards that one must not kill it on its way out.
   */
  [Symbol.dispose](): void {
    if (this.#first === undefined) this.#undo();
  }
}
