/**
 * The main thread's end of `RemoteInbound`: what a worker says about requests
 * and connections that the main thread has.
 *
 * @module
 */

import { CODE } from "../abi/codes.ts";
import { type Answer, dropAnswer } from "../capabilities/http/answer.ts";
import type { ServedInstance } from "../capabilities/http/inbound_server.ts";
import { LiveSinks } from "./live_bodies.ts";
import type { FromWorker, ToWorker } from "./protocol.ts";
import { countTaken } from "./remote_ahead.ts";
import { replyWith } from "./remote_inbound.ts";
import { SubscriberCounts } from "./subscriber_counts.ts";

/** What a worker says about requests and connections. */
export type InboundMessage = Extract<FromWorker, {
  readonly type:
    | "http open"
    | "http register"
    | "http listen"
    | "http answer"
    | "http piece"
    | "ws register"
    | "ws send"
    | "ws close"
    | "sse register"
    | "sse counted"
    | "sse count"
    | "sse emit";
}>;

/** Told how many clients listen to a path. */
export type OnSubscribers = (path: string, count: number) => void;

/** One worker's cell, as clients of the main thread's listeners meet it. */
export class InboundEnd {
  readonly #open: (onSubscribers: OnSubscribers) => ServedInstance | undefined;
  readonly #send: (message: ToWorker) => void;
  readonly #bodies: LiveSinks;
  #http: ServedInstance | undefined;
  /** See the message "http open". */
  #taken: Int32Array | undefined;
  #counts: SubscriberCounts | undefined;
  /** What requests wait for while an instance that follows another starts. */
  #successor: Promise<void> | undefined;

  /**
   * `open` takes on a new instance, where the main thread has the listener,
   * and tells of its subscribers; `send` goes to the worker.
   */
  constructor(
    open: (onSubscribers: OnSubscribers) => ServedInstance | undefined,
    send: (message: ToWorker) => void,
  ) {
    this.#open = open;
    this.#send = send;
    this.#bodies = new LiveSinks(send);
  }

  /** Requests to the instance that starts now wait for `successor`, until {@linkcode enter}. */
  expect(successor: Promise<void> | undefined): void {
    this.#successor = successor;
  }

  /** The instance that was expected is there, and takes requests. */
  enter(): void {
    if (this.#successor !== undefined) this.#http?.enter();
    this.#successor = undefined;
  }

  /** Requests that come from now on wait for `successor`; those that are there go on. */
  leave(successor: Promise<void>): void {
    this.#http?.leave(successor);
  }

  /** The instance is gone. With `successor`, requests wait for that. */
  close(successor?: Promise<void>): void {
    this.#http?.close(successor);
    // What it did not tell is nothing to the instance that follows.
    this.#counts = undefined;
  }

  /** The worker is gone: what is being read of it breaks. */
  fail(error: Error): void {
    this.#bodies.fail(error);
    this.close();
  }

  /** Waits until clients have what is under way, for this long at the most. */
  async settled(mostMs: number): Promise<void> {
    await this.#bodies.settled(mostMs);
  }

  /** Takes a message. */
  take(message: InboundMessage): void {
    switch (message.type) {
      case "http open":
        return this.#begin(message.taken, message.untold);
      case "http register":
        return replyWith(
          message.reply,
          this.#http?.register(message.method, message.path) ?? CODE.failed,
        );
      case "http listen":
        return replyWith(
          message.reply,
          this.#http?.listen(message.address) ?? CODE.failed,
        );
      case "http answer":
        return this.answer(message.request, message.answer, message.live);
      case "http piece":
        return this.#bodies.take(message);
      case "ws register":
      case "sse register": {
        const of = message.type === "ws register" ? "ws" : "sse";
        return replyWith(
          message.reply,
          this.#http?.[of].register(message.path) ?? CODE.failed,
        );
      }
      case "sse counted":
        return this.#counts?.taken();
      case "sse count":
        return replyWith(
          message.reply,
          this.#http?.sse.subscribers(message.path) ?? 0,
        );
      case "ws send":
        this.#http?.ws.send(message.connId, message.opcode, message.payload);
        return this.#took(message.cost);
      case "ws close":
        this.#http?.ws.close(message.connId, message.code, message.reason);
        return;
      case "sse emit":
        this.#http?.sse.emit(message.path, () => message.frame);
        return this.#took(message.cost);
    }
  }

  /** Answers a request; `live` is the number of a body that comes in pieces. */
  answer(request: bigint, given: Answer, live?: number): void {
    const answer = live === undefined
      ? given
      : { ...given, body: this.#bodies.open(live) };
    if (this.#http?.answer(request, answer) !== true) dropAnswer(answer);
  }

  #begin(taken: Int32Array, untold: Int32Array): void {
    this.#http?.close();
    this.#taken = taken;
    const counts = new SubscriberCounts(
      untold,
      (counts) => this.#send({ type: "sse subscribers", counts }),
    );
    this.#counts = counts;
    this.#http = this.#open((...change) => counts.changed(...change));
    if (this.#successor !== undefined) this.#http?.leave(this.#successor);
  }

  #took(cost: number): void {
    if (this.#taken !== undefined) countTaken(this.#taken, cost);
  }
}
