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

/** A stream that is fed from outside, with a bounded queue. */
export class Subscriber {
  /** Decoded. */
  readonly path: string;
  /** What Deno sends to the client. */
  readonly stream: ReadableStream<Uint8Array>;
  /** `performance.now()` when it was last sent a comment. */
  pingedAt: number;
  readonly #limits: QueueLimits;
  #queue: Uint8Array[] = [];
  #bytes = 0;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #isHungry = false;

  /** `onGone`: told when the client went away. */
  constructor(path: string, limits: QueueLimits, onGone: () => void) {
    this.path = path;
    this.#limits = limits;
    this.pingedAt = performance.now();
    this.stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#feed(),
      cancel: onGone,
    }, { highWaterMark: 0 });
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
    if (
      this.#queue.length > 0 &&
      (this.#queue.length >= queued ||
        this.#bytes + chunk.length > queuedBytes)
    ) return false;
    this.#queue.push(chunk);
    this.#bytes += chunk.length;
    return true;
  }

  /** Ends the stream behind what waits, or, with `at once`, without it. */
  end(how: "in order" | "at once"): void {
    const controller = this.#controller;
    this.#controller = undefined;
    if (how === "in order") {
      for (const chunk of this.#queue) controller?.enqueue(chunk);
    }
    this.#queue = [];
    this.#bytes = 0;
    controller?.close();
  }

  /** The client is gone: nothing may be sent any more. */
  abandon(): void {
    this.#controller = undefined;
    this.#queue = [];
    this.#bytes = 0;
  }

  #feed(): void {
    const chunk = this.#queue.shift();
    if (chunk === undefined) {
      this.#isHungry = true;
      return;
    }
    this.#bytes -= chunk.length;
    this.#controller?.enqueue(chunk);
  }
}
