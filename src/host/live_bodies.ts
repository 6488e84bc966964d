/**
 * Bodies that a worker's cell answers with as they come, on their way to the
 * main thread, which has the clients. A piece is sent when it is asked for,
 * so that a client that takes nothing stops the reading, too.
 *
 * @module
 */

import type { LiveBody } from "../capabilities/http/answer.ts";
import { messageOf } from "../errors.ts";
import type { FromWorker, ToWorker } from "./protocol.ts";

/** Pieces that are fetched ahead of the client. */
const AHEAD = 2;

/** A message about a body, for the main thread. */
export type Piece = Extract<FromWorker, { readonly type: "http piece" }>;

/** The worker's side. */
export class LiveSources {
  readonly #send: (piece: Piece, transfer: Transferable[]) => void;
  readonly #readers = new Map<
    number,
    ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>
  >();
  #last = 0;

  /** `send` may give the bytes away. */
  constructor(send: (piece: Piece, transfer: Transferable[]) => void) {
    this.#send = send;
  }

  /** Keeps a body to be asked for, under the number that is returned. */
  add(body: LiveBody): number {
    const live = ++this.#last;
    this.#readers.set(live, body.getReader());
    return live;
  }

  /** Sends the next piece, or the end. */
  async more(live: number): Promise<void> {
    const reader = this.#readers.get(live);
    if (reader === undefined) return;
    try {
      const { value } = await reader.read();
      if (value !== undefined) {
        return this.#send({ type: "http piece", live, bytes: value }, [
          value.buffer,
        ]);
      }
      this.#send({ type: "http piece", live }, []);
    } catch (error) {
      this.#send({ type: "http piece", live, error: messageOf(error) }, []);
    }
    this.#readers.delete(live);
  }

  /** Lets go of a body that nobody wants any more. */
  drop(live: number): void {
    // How it ends is nobody's concern any more.
    this.#readers.get(live)?.cancel().catch(() => {});
    this.#readers.delete(live);
  }
}

interface Sink {
  readonly controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  /** Ends the pull that waits. */
  wake: () => void;
}

/** The main thread's side. */
export class LiveSinks {
  readonly #send: (message: ToWorker) => void;
  readonly #sinks = new Map<number, Sink>();
  #idle = Promise.withResolvers<void>();

  /** `send` goes to the worker that has the sources. */
  constructor(send: (message: ToWorker) => void) {
    this.#send = send;
  }

  /** The body of that number. */
  open(live: number): LiveBody {
    return new ReadableStream({
      start: (controller) => {
        this.#sinks.set(live, { controller, wake: () => {} });
      },
      pull: () => {
        const { promise, resolve } = Promise.withResolvers<void>();
        const sink = this.#sinks.get(live);
        if (sink === undefined) return;
        sink.wake = resolve;
        this.#send({ type: "http more", live });
        return promise;
      },
      cancel: () => {
        this.#send({ type: "http drop", live });
        this.#end(live);
      },
    }, { highWaterMark: AHEAD });
  }

  /** Takes what the worker sent. */
  take({ live, bytes, error }: Piece): void {
    const sink = this.#sinks.get(live);
    if (sink === undefined) return;
    if (bytes !== undefined) {
      sink.controller.enqueue(bytes);
      return sink.wake();
    }
    if (error === undefined) sink.controller.close();
    else sink.controller.error(new Error(error));
    this.#end(live);
  }

  /** Breaks all of them off: their worker is gone. */
  fail(error: unknown): void {
    for (const [live, { controller }] of this.#sinks) {
      controller.error(error);
      this.#end(live);
    }
  }

  /** Ends when no client waits for a piece any more, or after a time in milliseconds. */
  async settled(timeoutMs: number): Promise<void> {
    if (this.#sinks.size === 0) return;
    const timer = setTimeout(() => this.#idle.resolve(), timeoutMs);
    await this.#idle.promise;
    clearTimeout(timer);
  }

  #end(live: number): void {
    const sink = this.#sinks.get(live);
    this.#sinks.delete(live);
    sink?.wake();
    if (this.#sinks.size > 0) return;
    this.#idle.resolve();
    this.#idle = Promise.withResolvers();
  }
}
