/**
 * Tells a watcher when entry points begin and end, and stops those that wait.
 *
 * @module
 */

import type { Maybe } from "./maybe.ts";

/** What a clock tells about the time. */
export interface Timed {
  /** Stops a guest that waits for the host too long, and gives the reason. */
  expire(): Error;
  /** An entry point came back. Throws when that was too late. */
  settle(): void;
}

/** The deadline of one cell, as its own thread keeps it. */
export class EntryClock {
  readonly #pulse: Int32Array;
  readonly #timeoutMs: number;
  readonly #timed: Timed;
  #waits = false;

  /** Counts in word 0 of `pulse`, which another thread watches. */
  constructor(pulse: Int32Array, timeoutMs: number, timed: Timed) {
    this.#pulse = pulse;
    this.#timeoutMs = timeoutMs;
    this.#timed = timed;
  }

  /** The guest may wait for the host without holding its thread. */
  mayWait(): void {
    this.#waits = true;
  }

  /** Runs an entry point. */
  run<T>(job: () => Maybe<T>): Maybe<T> {
    // Only who may wait is timed from here; the watcher has a clock of its own.
    const began = this.#waits ? performance.now() : 0;
    this.#tick();
    let result: Maybe<T>;
    try {
      result = job();
      if (result instanceof Promise) return this.#limit(result, began);
    } catch (error) {
      this.#tick();
      this.#timed.settle();
      throw error;
    }
    this.#tick();
    this.#timed.settle();
    return result;
  }

  /**
   * Written by this thread alone, so no atomic addition is needed, which would
   * be a good part of what a short step costs. No store moves over a call of
   * the guest, and a watcher that sees it late by a moment looks again.
   */
  #tick(): void {
    this.#pulse[0] = (this.#pulse[0]! + 1) | 0;
  }

  /** A suspended guest is stopped from here: its thread is free. */
  async #limit<T>(result: Promise<T>, began: number): Promise<T> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(this.#timed.expire()),
      // Some run beyond it before they wait; of less than 0 Deno warns.
      Math.max(0, this.#timeoutMs - (performance.now() - began)),
    );
    try {
      return await Promise.race([result, late.promise]);
    } finally {
      clearTimeout(timer);
      this.#tick();
      // Being late is the reason, whatever else came of it.
      this.#timed.settle();
    }
  }
}
