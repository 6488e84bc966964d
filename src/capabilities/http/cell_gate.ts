/**
 * The requests that one instance of a cell has: each goes in as an event, and
 * comes out with the cell's answer or with one that the host gives instead.
 * Knows nothing of sockets.
 *
 * @module
 */

import { encodeHttpRequest, type HttpRequestEvent } from "../../abi/http.ts";
import { MsgpackWriter } from "../../abi/writer.ts";
import { PulpError } from "../../errors.ts";
import type { CellContext, StepOutcome } from "../capability.ts";
import { type Answer, ANSWERS } from "./answer.ts";

/** A request on its way to a cell. */
export type GateRequest = Omit<HttpRequestEvent, "id">;

/** What bounds the requests of one cell. */
export interface GateLimits {
  /** Requests that wait or are being answered. */
  readonly waiting: number;
  /** Time for an answer, in milliseconds, from the moment a request is taken. */
  readonly answerMs: number;
}

/** Gives each request of a host an id of its own. */
export interface RequestIds {
  next(): number;
}

/** Bodies over this, in bytes, are not worth sharing a buffer. */
const LARGE_BODY = 4096;

interface Pending {
  readonly id: number;
  answer?: Answer;
  resolve?: (answer: Answer) => void;
  /** `performance.now()` at which the time is over. */
  deadline: number;
}

/** The requests of one instance. */
export class CellGate {
  readonly #cell: Pick<CellContext, "deliver" | "logger">;
  readonly #ids: RequestIds;
  readonly #limits: GateLimits;
  readonly #writer = new MsgpackWriter(16 << 10);
  /** Unanswered, oldest first, but for the one that is being handed over. */
  readonly #pending = new Map<number, Pending>();
  /** The one that is being handed over: most are answered by then. */
  #current: Pending | undefined;
  /** Requests that the cell is not through with, answered or not. */
  #taken = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;
  #successor: Promise<void> | undefined;
  #held = 0;
  #onFirstStep: (() => void) | undefined;
  /** What the instance ended with. */
  #end: unknown;

  /** Makes an open gate. `onFirstStep` runs when the cell first took a request: it is initialised then. */
  constructor(
    cell: Pick<CellContext, "deliver" | "logger">,
    ids: RequestIds,
    limits: GateLimits,
    onFirstStep: () => void,
  ) {
    this.#onFirstStep = onFirstStep;
    this.#cell = cell;
    this.#ids = ids;
    this.#limits = limits;
  }

  /** Whether another request would be turned away: one is with the cell, and the rest wait. */
  get isFull(): boolean {
    return this.#taken > this.#limits.waiting;
  }

  /** What requests to a closed gate are to wait for, if another instance follows. */
  get successor(): Promise<void> | undefined {
    return this.#successor;
  }

  /** Counts a request that waits for the successor; `false` when there are too many. */
  hold(): boolean {
    return ++this.#held <= this.#limits.waiting;
  }

  /** Whether the instance is gone, about to go, or not there yet. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Hands a request to the cell. When the cell answers within this call, so
   * does the gate; no promise is made then.
   */
  submit(request: GateRequest): Answer | Promise<Answer> {
    if (this.#isClosed) return ANSWERS.down;
    if (this.isFull) return ANSWERS.queueFull;
    const id = this.#ids.next();
    const pending: Pending = { id, deadline: 0 };
    // The first timer of a thread may bring a request while another goes in.
    const outer = this.#current;
    if (outer !== undefined) this.#pending.set(outer.id, outer);
    this.#current = pending;
    this.#taken++;
    this.#cell.deliver(
      "http.request",
      encodeHttpRequest(
        { ...request, id },
        request.body.length > LARGE_BODY ? undefined : this.#writer,
      ),
      (outcome) => this.#onStepEnd(pending, outcome),
    );
    this.#current = undefined;
    if (pending.answer !== undefined) return pending.answer;
    this.#pending.set(id, pending);
    pending.deadline = performance.now() + this.#limits.answerMs;
    this.#timer ??= setTimeout(() => this.#expire(), this.#limits.answerMs);
    // Deno goes through its microtasks when the first timer of a thread is made.
    return pending.answer ??
      new Promise((resolve) => pending.resolve = resolve);
  }

  /** Answers a request. `false` when this cell has none of that id that waits. */
  answer(id: bigint, answer: Answer): boolean {
    const pending = this.#waiting(id);
    if (pending === undefined) return false;
    this.#settle(pending, answer);
    return true;
  }

  /** Says that a client did not take its answer, and does not get the rest. */
  tooSlow(): void {
    this.#cell.logger.log("warn", "http client dropped", {
      error: "it is too slow",
    });
  }

  /** What comes from now on is to wait for `successor`, and to be routed again; what is there goes on. */
  leave(successor: Promise<void>): void {
    this.#isClosed = true;
    this.#successor = successor;
  }

  /** Takes what comes: undoes {@linkcode leave}. */
  enter(): void {
    this.#isClosed = false;
    this.#successor = undefined;
    this.#held = 0;
  }

  /**
   * Turns away what comes, and answers what waits. With `successor`, what
   * comes is to wait for that, and to be routed again.
   */
  close(successor?: Promise<void>): void {
    this.#isClosed = true;
    // One that was announced comes all the same.
    this.#successor = successor ?? this.#successor;
    clearTimeout(this.#timer);
    const current = this.#current;
    if (current !== undefined && current.answer === undefined) {
      this.#settle(current, ANSWERS.down);
    }
    for (const pending of this.#pending.values()) {
      this.#settle(pending, ANSWERS.down);
    }
  }

  #waiting(id: bigint): Pending | undefined {
    if (id > Number.MAX_SAFE_INTEGER) return undefined;
    const current = this.#current;
    return current?.id === Number(id)
      ? current.answer === undefined ? current : undefined
      : this.#pending.get(Number(id));
  }

  #settle(pending: Pending, answer: Answer): void {
    if (pending !== this.#current) this.#pending.delete(pending.id);
    pending.answer = answer;
    pending.resolve?.(answer);
  }

  #onStepEnd(pending: Pending, { error }: StepOutcome): void {
    this.#taken--;
    if (this.#onFirstStep !== undefined && error === undefined) {
      this.#onFirstStep();
      this.#onFirstStep = undefined;
    }
    if (pending.answer !== undefined) return;
    this.#settle(pending, this.#answerFor(error));
  }

  #answerFor(error: unknown): Answer {
    if (error === undefined) return ANSWERS.noResponse;
    const code = error instanceof PulpError ? error.code : undefined;
    // The request in which an instance ended was lost with it; those behind
    // it, which get the same error again, never reached the cell.
    if (code === "closed" || error === this.#end) return ANSWERS.down;
    this.#end = error;
    return code === "deadline" ? ANSWERS.timeout : ANSWERS.noResponse;
  }

  /** Each request has the same time, so the oldest is always the next. */
  #expire(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const pending of this.#pending.values()) {
      if (pending.deadline > now) {
        const leftMs = pending.deadline - now;
        this.#timer = setTimeout(() => this.#expire(), Math.ceil(leftMs));
        return;
      }
      this.#settle(pending, ANSWERS.timeout);
    }
  }
}
