/**
 * Bodies that a worker's cell answers with as they come, on their way to the
 * main thread, which has the clients. A piece is sent when it is asked for,
 * so that a client that takes nothing stops the reading, too.
 *
 * @module
 */

import { type LiveBody, liveBody } from "../capabilities/http/live_body.ts";
import { messageOf } from "../errors.ts";
import type { FromWorker, ToWorker } from "./protocol.ts";

/** Pieces that are asked for ahead of the client. */
const AHEAD = 2;

/** A message about a body, for the main thread. */
export type Piece = Extract<FromWorker, { readonly type: "http piece" }>;

interface Source {
  readonly reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  /** Pieces that were asked for and not read yet. */
  wanted: number;
  isReading: boolean;
}

/** The worker's side. */
export class LiveSources {
  readonly #send: (piece: Piece, transfer: Transferable[]) => void;
  readonly #sources = new Map<number, Source>();
  #last = 0;

  /** `send` gives the bytes away before it returns. */
  constructor(send: (piece: Piece, transfer: Transferable[]) => void) {
    this.#send = send;
  }

  /** Keeps a body to be asked for, under the number that is returned. */
  add(body: LiveBody): number {
    const live = ++this.#last;
    const reader = body.getReader();
    this.#sources.set(live, { reader, wanted: 0, isReading: false });
    return live;
  }

  /** Sends one more piece, or the end. */
  more(live: number): void {
    const source = this.#sources.get(live);
    if (source === undefined) return;
    source.wanted++;
    if (!source.isReading) void this.#read(live, source);
  }

  /** Lets go of a body that nobody wants any more. */
  drop(live: number): void {
    // How it ends is nobody's concern any more.
    this.#sources.get(live)?.reader.cancel().catch(() => {});
    this.#sources.delete(live);
  }

  /** One piece at a time: each is gone before the next is asked for. */
  async #read(live: number, source: Source): Promise<void> {
    source.isReading = true;
    try {
      while (source.wanted > 0) {
        source.wanted--;
        const { value: bytes } = await source.reader.read();
        if (bytes === undefined) {
          this.#sources.delete(live);
          return this.#send({ type: "http piece", live }, []);
        }
        this.#send({ type: "http piece", live, bytes }, [bytes.buffer]);
      }
      source.isReading = false;
    } catch (error) {
      this.#sources.delete(live);
      this.#send({ type: "http piece", live, error: messageOf(error) }, []);
    }
  }
}

/** A body of which pieces were asked for. */
interface Sink {
  /** Pieces that no client took yet. */
  readonly pieces: Uint8Array<ArrayBuffer>[];
  /** Pieces that were asked for and have not come. */
  asked: number;
  /** How it ended, behind the pieces. */
  end?: { readonly error?: unknown };
  /** Wakes who waits for a piece or the end. */
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
    const sink: Sink = { pieces: [], asked: 0, wake: () => {} };
    this.#sinks.set(live, sink);
    return liveBody({
      next: async () => {
        for (;;) {
          const piece = sink.pieces.shift();
          this.#askFor(live, sink);
          if (piece !== undefined) return piece;
          if (sink.end !== undefined) break;
          const { promise, resolve } = Promise.withResolvers<void>();
          sink.wake = resolve;
          await promise;
        }
        this.#drop(live);
        if (sink.end.error !== undefined) throw sink.end.error;
        return undefined;
      },
      cancel: () => {
        this.#send({ type: "http drop", live });
        this.#drop(live);
        sink.end ??= {};
        sink.wake();
      },
    });
  }

  /** Takes what the worker sent. */
  take({ live, bytes, error }: Piece): void {
    const sink = this.#sinks.get(live);
    if (sink === undefined) return;
    sink.asked--;
    if (bytes !== undefined) sink.pieces.push(bytes);
    else sink.end ??= error === undefined ? {} : { error: new Error(error) };
    sink.wake();
  }

  /** Breaks all of them off: their worker is gone. */
  fail(error: unknown): void {
    for (const sink of this.#sinks.values()) {
      sink.end ??= { error };
      sink.wake();
    }
  }

  /** Ends when no client waits for a piece any more, or after a time in milliseconds. */
  async settled(timeoutMs: number): Promise<void> {
    if (this.#sinks.size === 0) return;
    const timer = setTimeout(() => this.#idle.resolve(), timeoutMs);
    await this.#idle.promise;
    clearTimeout(timer);
  }

  #askFor(live: number, sink: Sink): void {
    if (sink.end !== undefined) return;
    while (sink.pieces.length + sink.asked < AHEAD) {
      sink.asked++;
      this.#send({ type: "http more", live });
    }
  }

  #drop(live: number): void {
    this.#sinks.delete(live);
    if (this.#sinks.size > 0) return;
    this.#idle.resolve();
    this.#idle = Promise.withResolvers();
  }
}
