/**
 * One client that listens to events.
 *
 * @module
 */

import type { Backlog, Frame } from "./backlog.ts";

/** What may wait for one client. */
export interface QueueLimits {
  readonly queued: number;
  readonly queuedBytes: number;
}

/** Deno asks for the next chunk when the client took the last one. */
const BY_DEMAND = { highWaterMark: 0 };

/**
 * What Deno is given at a time of a larger frame: it makes a copy for each
 * client, and holds on to that until the client has taken it.
 */
const PIECE_BYTES = 64 << 10;

/**
 * The source of a stream that is fed from outside, with a bounded queue.
 * There may be thousands that idle, so each holds as little as it can.
 */
export class Subscriber implements UnderlyingDefaultSource<Uint8Array> {
  /** Decoded. */
  readonly path: string;
  /** `performance.now()` when it was last sent a comment. */
  pingedAt: number = performance.now();
  readonly #limits: QueueLimits;
  readonly #backlog: Backlog<Subscriber>;
  readonly #onGone: (subscriber: Subscriber) => void;
  #queue: Frame[] | undefined;
  /** Those of the queue. */
  #bytes = 0;
  /** The frame of which the client has a part, and how much it has of it. */
  #current: Frame | undefined;
  #taken = 0;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #isHungry = false;
  #isEnding = false;

  /** `onGone`: told when the client went away. */
  constructor(
    path: string,
    limits: QueueLimits,
    backlog: Backlog<Subscriber>,
    onGone: (subscriber: Subscriber) => void,
  ) {
    this.path = path;
    this.#limits = limits;
    this.#backlog = backlog;
    this.#onGone = onGone;
  }

  /** What Deno sends to the client; to be asked for once. */
  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream(this, BY_DEMAND);
  }

  /** See `UnderlyingDefaultSource`. */
  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
  }

  /** See `UnderlyingDefaultSource`. */
  pull(): void {
    const frame = this.#current ??= this.#next();
    this.#isHungry = frame === undefined;
    if (frame === undefined) return;
    const piece = this.#pieceOf(frame);
    if (this.isBehind) this.#backlog.moveBack(this);
    else this.#backlog.leave(this);
    this.#controller?.enqueue(piece);
    if (this.#isEnding && !this.isBehind) this.#close();
  }

  /** See `UnderlyingDefaultSource`. */
  cancel(): void {
    this.#controller = undefined;
    this.#drop();
    this.#onGone(this);
  }

  /** Whether something waits for the client. */
  get isBehind(): boolean {
    return this.#current !== undefined || this.#queue !== undefined;
  }

  /** Sends or queues a frame; `false` when the client is too slow for it. */
  push(frame: Frame): boolean {
    const { queued, queuedBytes } = this.#limits;
    const { length } = frame.bytes;
    const waiting = this.#queue?.length ?? 0;
    if (
      waiting > 0 && (waiting >= queued || this.#bytes + length > queuedBytes)
    ) return false;
    (this.#queue ??= []).push(frame);
    this.#bytes += length;
    this.#backlog.add(this, frame);
    if (this.#isHungry) this.pull();
    return true;
  }

  /** Ends the stream behind what waits, or, with `at once`, without it. */
  end(how: "in order" | "at once"): void {
    if (how === "in order" && this.isBehind) {
      this.#isEnding = true;
      return;
    }
    this.#drop();
    this.#close();
  }

  /** The next frame of the queue. */
  #next(): Frame | undefined {
    const frame = this.#queue?.shift();
    if (this.#queue?.length === 0) this.#queue = undefined;
    this.#bytes -= frame?.bytes.length ?? 0;
    return frame;
  }

  /** The next piece of the frame that the client has a part of. */
  #pieceOf(frame: Frame): Uint8Array {
    const { bytes } = frame;
    const start = this.#taken;
    this.#taken += PIECE_BYTES;
    if (this.#taken >= bytes.length) {
      this.#current = undefined;
      this.#taken = 0;
      this.#backlog.release(frame);
    }
    // A view would keep all of the frame for as long as Deno has the piece.
    return bytes.length <= PIECE_BYTES
      ? bytes
      : bytes.slice(start, start + PIECE_BYTES);
  }

  /** Lets go of all that waits. */
  #drop(): void {
    if (this.#current !== undefined) this.#backlog.release(this.#current);
    for (const frame of this.#queue ?? []) this.#backlog.release(frame);
    this.#current = undefined;
    this.#queue = undefined;
    this.#bytes = 0;
    this.#backlog.leave(this);
  }

  #close(): void {
    this.#controller?.close();
    this.#controller = undefined;
  }
}
