/**
 * What a worker was asked and has not answered yet.
 *
 * @module
 */

import type { StepOutcome } from "../capabilities/capability.ts";
import { PulpError } from "../errors.ts";

interface Question {
  /** Whether it fails as soon as the guest is late. */
  readonly urgent: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: PulpError) => void;
}

/** How far a worker has come. What it was asked gets to the guest in order. */
export interface Progress {
  /** The last one that got to the guest. */
  readonly last: number;
  /** Whether that one is in the guest now. */
  readonly isInside: boolean;
}

/** The questions and events of one worker that are under way. */
export class Pending {
  readonly #questions = new Map<number, Question>();
  readonly #events = new Map<number, (outcome: StepOutcome) => void>();
  #last = 0;

  /** A question: its number, and what becomes of it. One that is `urgent` fails as soon as the guest is late. */
  ask(urgent: boolean): { id: number; answer: Promise<unknown> } {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const id = this.#nextId();
    this.#questions.set(id, { urgent, resolve, reject });
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
    const question = this.#questions.get(id);
    this.#questions.delete(id);
    if (error === undefined) question?.resolve(value);
    else question?.reject(error);
  }

  /** The step that took an event has ended. */
  stepped(id: number, outcome: StepOutcome): void {
    const done = this.#events.get(id);
    this.#events.delete(id);
    done?.(outcome);
  }

  /** The guest does not end in time: whoever waits for it need not. What is through comes yet. */
  late(error: PulpError, progress: Progress): void {
    for (const [id, { urgent, reject }] of [...this.#questions]) {
      if (!urgent || placeOf(id, progress) === "through") continue;
      this.#questions.delete(id);
      reject(error);
    }
    for (const id of [...this.#events.keys()]) {
      const place = placeOf(id, progress);
      if (place !== "through") this.#failEvent(id, error, place);
    }
  }

  /** Nothing is answered any more. */
  fail(error: PulpError, progress: Progress): void {
    for (const { reject } of this.#questions.values()) reject(error);
    this.#questions.clear();
    for (const id of [...this.#events.keys()]) {
      this.#failEvent(id, error, placeOf(id, progress));
    }
  }

  /** What never got to the guest is closed, and nothing else is: it may be tried again. */
  #failEvent(id: number, { code, message }: PulpError, place: Place): void {
    const told = place === "behind"
      ? "closed"
      : code === "closed"
      ? "host"
      : code;
    this.stepped(id, { error: new PulpError(told, message) });
  }

  /** A `u32` that nobody waits for any more, and not 0. */
  #nextId(): number {
    return this.#last = (this.#last + 1) >>> 0 || 1;
  }
}

type Place = "through" | "inside" | "behind";

function placeOf(id: number, { last, isInside }: Progress): Place {
  // Numbers begin again after four billion.
  const ahead = (id - last) | 0;
  if (ahead > 0) return "behind";
  return ahead === 0 && isInside ? "inside" : "through";
}
