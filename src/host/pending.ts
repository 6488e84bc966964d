/**
 * What a worker was asked and has not answered yet.
 *
 * @module
 */

import type { StepOutcome } from "../capabilities/capability.ts";
import { PulpError } from "../errors.ts";

interface Waiting {
  /** Whether it fails as soon as the guest is late. */
  readonly urgent: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: PulpError) => void;
}

/** The questions and events of one worker that are under way. */
export class Pending {
  readonly #waiting = new Map<number, Waiting>();
  readonly #events = new Map<number, (outcome: StepOutcome) => void>();
  #last = 0;

  /** A question: its number, and what becomes of it. One that is `urgent` fails as soon as the guest is late. */
  ask(urgent: boolean): { id: number; answer: Promise<unknown> } {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const id = this.#nextId();
    this.#waiting.set(id, { urgent, resolve, reject });
    return { id, answer: promise };
  }

  /** An event: its number. `done` is told how its step ended. */
  event(done: (outcome: StepOutcome) => void): number {
    const id = this.#nextId();
    this.#events.set(id, done);
    return id;
  }

  /** A question was answered; with `error`, that is the answer. */
  answered(id: number, value: unknown, error: PulpError | undefined): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(error);
  }

  /** The step that took an event has ended. */
  stepped(id: number, outcome: StepOutcome): void {
    const done = this.#events.get(id);
    this.#events.delete(id);
    done?.(outcome);
  }

  /** The guest does not end in time: whoever waits for it need not. */
  late(error: PulpError): void {
    for (const [id, waiting] of this.#waiting) {
      if (!waiting.urgent) continue;
      this.#waiting.delete(id);
      waiting.reject(error);
    }
    this.#failEvents(error);
  }

  /** Nothing is answered any more. */
  fail(error: PulpError): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
    this.#failEvents(error);
  }

  /** A `u32` that nobody waits for any more. */
  #nextId(): number {
    return this.#last = (this.#last + 1) >>> 0;
  }

  #failEvents(error: PulpError): void {
    const events = [...this.#events.values()];
    this.#events.clear();
    for (const [index, done] of events.entries()) {
      // The oldest is in the guest; the others never reached it.
      done({
        error: index === 0 ? error : new PulpError("closed", error.message),
      });
    }
  }
}
