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
 * Waits for the first signal that asks the process to end. The second one
 * ends it at once, with exit code 130.
 */
export class StopSignal implements Disposable {
  /** Resolves to the first signal's name: `interrupt`, `terminated`. */
  readonly received: Promise<string>;
  readonly #undo: () => void;

  /** Starts to listen. */
  constructor(io: CliIo) {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.received = promise;
    let stopping = false;
    this.#undo = io.onStopSignal((signal) => {
      if (stopping) io.exit(EXIT.interrupted);
      stopping = true;
      resolve(NAMES[signal] ?? signal);
    });
  }

  /** Leaves signals to the system again. */
  [Symbol.dispose](): void {
    this.#undo();
  }
}
