/**
 * What a worker is told of the subscribers that the main thread has.
 *
 * @module
 */

/** One path and how many clients listen to it. */
export type SubscriberCount = readonly [path: string, count: number];

/**
 * The counts of one instance. One batch is under way at a time: clients may
 * come and go for as long as the cell is busy, and what piles up meanwhile is
 * no more than what they are by then differs from what the worker knows.
 */
export class SubscriberCounts {
  readonly #send: (counts: SubscriberCount[]) => void;
  readonly #untoldWord: Int32Array;
  /** What the worker knows, or will by way of the batch that is under way. */
  readonly #known = new Map<string, number>();
  /** What differs from that. */
  readonly #untold = new Map<string, number>();
  #isUnderWay = false;

  /**
   * `send` takes a batch to the worker, which `untoldWord` is shared with: it
   * is 1 while there is something that the worker was not told.
   */
  constructor(
    untoldWord: Int32Array,
    send: (counts: SubscriberCount[]) => void,
  ) {
    this.#untoldWord = untoldWord;
    this.#send = send;
  }

  /** So many clients listen to a path now. */
  changed(path: string, count: number): void {
    if (count === (this.#known.get(path) ?? 0)) this.#untold.delete(path);
    else this.#untold.set(path, count);
    this.#tell();
  }

  /** The worker took the last batch. */
  taken(): void {
    this.#isUnderWay = false;
    this.#tell();
  }

  #tell(): void {
    if (!this.#isUnderWay && this.#untold.size > 0) {
      this.#isUnderWay = true;
      this.#send([...this.#untold]);
      for (const [path, count] of this.#untold) this.#note(path, count);
      this.#untold.clear();
    }
    Atomics.store(this.#untoldWord, 0, this.#untold.size > 0 ? 1 : 0);
  }

  #note(path: string, count: number): void {
    if (count === 0) this.#known.delete(path);
    else this.#known.set(path, count);
  }
}
