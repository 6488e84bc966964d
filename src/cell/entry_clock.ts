/**
 * Tells a watcher when entry points begin and end, and stops those that wait.
 *
 * @module
 */

import type { Maybe } from "./maybe.ts";

/** The deadline of one cell, as its own thread keeps it. */
export class EntryClock {
  readonly #pulse: Int32Array;
  readonly #timeoutMs: number;
  readonly #expire: () => Error;
  #waits = false;

  /**
   * Counts in word 0 of `pulse`, which another thread watches. `expire` stops
   * a guest that waits for the host too long, and gives the reason.
   */
  constructor(pulse: Int32Array, timeoutMs: number, expire: () => Error) {
    this.#pulse = pulse;
    this.#timeoutMs = timeoutMs;
    this.#expire = expire;
  }

  /** The guest may wait for the host without holding its thread. */
  mayWait(): void {
    this.#waits = true;
  }

  /** Runs an entry point. */
  run<T>(job: () => Maybe<T>): Maybe<T> {
    // Only who may wait is timed from here; the watcher has a clock of its own.
    const began = this.#waits ? performance.now() : 0;
    Atomics.add(this.#pulse, 0, 1);
    let result: Maybe<T>;
    try {
      result = job();
    } catch (error) {
      Atomics.add(this.#pulse, 0, 1);
      throw error;
    }
    if (result instanceof Promise) return this.#limit(result, began);
    Atomics.add(this.#pulse, 0, 1);
    return result;
  }

  /** A suspended guest is stopped from here: its thread is free. */
  #limit<T>(result: Promise<T>, began: number): Promise<T> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(this.#expire()),
      this.#timeoutMs - (performance.now() - began),
    );
    return Promise.race([result, late.promise]).finally(() => {
      clearTimeout(timer);
      Atomics.add(this.#pulse, 0, 1);
    });
  }
}
