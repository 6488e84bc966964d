/**
 * One client that listens to events.
 *
 * @module
 */

/** What may wait for one client. */
export interface QueueLimits {
  readonly queued: number;
  readonly queuedBytes: number;
}

/** Deno asks for the next chunk when the client took the last one. */
const BY_DEMAND = { highWaterMark: 0 };

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
  readonly #onGone: (subscriber: Subscriber) => void;
  #queue: Uint8Array[] | undefined;
  #bytes = 0;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #isHungry = false;

  /** `onGone`: told when the client went away. */
  constructor(
    path: string,
    limits: QueueLimits,
    onGone: (subscriber: Subscriber) => void,
  ) {
    this.path = path;
    this.#limits = limits;
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
    const chunk = this.#queue?.shift();
    if (chunk === undefined) {
      this.#queue = undefined;
      this.#isHungry = true;
      return;
    }
    this.#bytes -= chunk.length;
    this.#controller?.enqueue(chunk);
  }

  /** See `UnderlyingDefaultSource`. */
  cancel(): void {
    this.#controller = undefined;
    this.#queue = undefined;
    this.#bytes = 0;
    this.#onGone(this);
  }

  /** Whether something waits for the client. */
  get isBehind(): boolean {
    return this.#bytes > 0;
  }

  /** Sends or queues a chunk; `false` when the client is too slow for it. */
  push(chunk: Uint8Array): boolean {
    if (this.#isHungry) {
      this.#isHungry = false;
      this.#controller?.enqueue(chunk);
      return true;
    }
    const { queued, queuedBytes } = this.#limits;
    const queue = this.#queue ??= [];
    const { length } = queue;
    if (
      length > 0 &&
      (length >= queued || this.#bytes + chunk.length > queuedBytes)
    ) return false;
    queue.push(chunk);
    this.#bytes += chunk.length;
    return true;
  }

  /** Ends the stream behind what waits, or, with `at once`, without it. */
  end(how: "in order" | "at once"): void {
    const controller = this.#controller;
    this.#controller = undefined;
    if (how === "in order") {
      for (const chunk of this.#queue ?? []) controller?.enqueue(chunk);
    }
    this.#queue = undefined;
    this.#bytes = 0;
    controller?.close();
  }
}
