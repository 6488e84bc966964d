/**
 * Bodies of inbound requests: bounded each, bounded together, and not waited
 * for without end.
 *
 * @module
 */

import { type Answer, ANSWERS } from "./answer.ts";
import { readBounded } from "./bounded_body.ts";

/** What bounds the bodies of one listener. */
export interface BodyLimits {
  /** One body. */
  readonly bodyBytes: number;
  /** Bodies that are being read or wait for their cells. */
  readonly bodiesBytes: number;
  /** Time without a byte after which a client is given up, in milliseconds. */
  readonly bodyIdleMs: number;
}

/** What is read of a body that nobody wants. Over HTTP/2 Deno takes as much ahead. */
const DISCARDED_BYTES = 1 << 20;

/** How long such a body is read: by then its answer is on its way. */
const DISCARD_MS = 1_000;

/**
 * Reads on in a request that is answered without its body. Over HTTP/2 Deno
 * resets a stream whose body nobody reads, and the answer would be lost.
 */
export function discardBody({ body }: Request): void {
  if (body !== null) discard(body.getReader());
}

function discard(reader: ReadableStreamDefaultReader<Uint8Array>): void {
  const read = async (): Promise<void> => {
    let left = DISCARDED_BYTES;
    while (left > 0) {
      const { done, value } = await reader.read();
      if (done) return;
      left -= value.length;
    }
    await reader.cancel();
  };
  // How it ends is nobody's concern any more.
  const stop = (): void => void reader.cancel().catch(() => {});
  const timer = setTimeout(stop, DISCARD_MS);
  read().catch(() => {}).finally(() => clearTimeout(timer));
}

/** Reads the bodies of one listener. */
export class BodyReader {
  readonly #limits: BodyLimits;
  /** What ends the wait for a client that is sending. */
  readonly #reading = new Set<(answer: Answer) => void>();
  #held = 0;

  /** Makes a reader that holds nothing yet. */
  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  /**
   * Reads a body, which counts as held until {@linkcode release} is called
   * with its length; or gives the answer for one that can't be taken.
   */
  async read(
    request: Request,
    contentLength: string | undefined,
  ): Promise<Uint8Array | Answer> {
    const { bodyBytes, bodiesBytes, bodyIdleMs } = this.#limits;
    if (Number(contentLength) > bodyBytes) {
      discardBody(request);
      return ANSWERS.bodyTooLarge;
    }
    if (request.body === null) return new Uint8Array(0);
    const reader = request.body.getReader();
    let length = 0;
    let problem: Answer | undefined;
    let lastByte = performance.now();
    let noMore = (): void => {};
    const stop = (answer: Answer): void => {
      problem ??= answer;
      noMore();
    };
    const watch = (): void => {
      const leftMs = lastByte + bodyIdleMs - performance.now();
      if (leftMs <= 0) stop(ANSWERS.bodyTimeout);
      else timer = setTimeout(watch, Math.ceil(leftMs));
    };
    let timer = setTimeout(watch, bodyIdleMs);
    const next = (): Promise<{ done: boolean; value?: Uint8Array }> =>
      new Promise((resolve, reject) => {
        noMore = () => resolve({ done: true });
        reader.read().then(resolve, reject);
      });
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) {
        const { done, value } = await next();
        if (done || value === undefined) return;
        lastByte = performance.now();
        yield value;
      }
    };
    this.#reading.add(stop);
    try {
      const body = await readBounded(chunks(), bodyBytes, (bytes) => {
        if (this.#held + bytes > bodiesBytes) {
          problem = ANSWERS.queueFull;
          return false;
        }
        this.#held += bytes;
        length += bytes;
        return true;
      });
      if (body !== undefined && problem === undefined) {
        length = 0;
        return body;
      }
      problem ??= ANSWERS.bodyTooLarge;
      discard(reader);
    } catch {
      // The client went away, or framed its body wrongly.
      problem ??= ANSWERS.badRequest;
    } finally {
      this.#reading.delete(stop);
      clearTimeout(timer);
      this.#held -= length;
    }
    return problem ?? ANSWERS.badRequest;
  }

  /** Answers the clients whose bodies are still to come. */
  giveUp(): void {
    for (const stop of this.#reading) stop(ANSWERS.down);
  }

  /** Says that a body is not held any more. */
  release(bytes: number): void {
    this.#held -= bytes;
  }
}
