/**
 * Messages between two threads, in batches.
 *
 * @module
 */

/** What a channel needs of a worker, or of the scope within one. */
export interface MessageEnd {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  addEventListener(
    type: "message",
    listener: (event: MessageEvent) => void,
  ): void;
}

/**
 * One end of a two-way channel. What is sent in one turn travels as one
 * message: a message costs far more than what is in it.
 */
export class Channel<Out, In> {
  readonly #end: MessageEnd;
  #batch: Out[] = [];
  #transfer: Transferable[] = [];

  /** Takes over an end; `receive` gets every message of the other end, in order. */
  constructor(end: MessageEnd, receive: (message: In) => void) {
    this.#end = end;
    end.addEventListener("message", ({ data }) => {
      for (const message of data as In[]) receive(message);
    });
  }

  /** Sends a message at the end of this turn. What is in `transfer` moves instead of being copied. */
  send(message: Out, transfer: readonly Transferable[] = []): void {
    if (transfer.length > 0) this.#transfer.push(...transfer);
    if (this.#batch.push(message) === 1) setImmediate(() => this.flush());
  }

  /** Sends what waits now; for a thread that is about to block. */
  flush(): void {
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    const transfer = this.#transfer;
    this.#batch = [];
    this.#transfer = [];
    if (transfer.length === 0) this.#end.postMessage(batch);
    else this.#end.postMessage(batch, transfer);
  }
}
