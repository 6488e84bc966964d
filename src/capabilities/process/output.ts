/**
 * What a program writes, up to a limit.
 *
 * @module
 */

import type { OutputBudget } from "./output_budget.ts";

/** Reads one stream of a program to its end, and keeps the first bytes. */
export class Output {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #budget: OutputBudget;
  readonly #most: number;
  // Chunks are not kept: each may be a byte in a buffer of 64 KiB.
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #length = 0;
  #isCut = false;
  /** Settles when the stream has ended or was cancelled. Never rejects. */
  readonly done: Promise<void>;

  /** Starts to read. `most` is in bytes. */
  constructor(
    stream: ReadableStream<Uint8Array>,
    budget: OutputBudget,
    most: number,
  ) {
    this.#reader = stream.getReader();
    this.#budget = budget;
    this.#most = most;
    this.done = this.#read();
  }

  /** What was kept; a view. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Whether there was more. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Stops reading; what was read stays. */
  async cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }

  async #read(): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await this.#reader.read();
        if (done) return;
        this.#keep(value);
      }
    } catch {
      // The pipe broke: what came is what there is.
    }
  }

  #keep(chunk: Uint8Array): void {
    if (this.#isCut) return;
    const wanted = Math.min(chunk.length, this.#most - this.#length);
    const taken = this.#budget.take(wanted);
    this.#isCut = taken < chunk.length;
    const length = this.#length + taken;
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(
        Math.min(this.#most, Math.max(length, 2 * this.#bytes.length)),
      );
      grown.set(this.bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(chunk.subarray(0, taken), this.#length);
    this.#length = length;
  }
}
