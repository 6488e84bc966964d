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

/** Reads the bodies of one listener. */
export class BodyReader {
  readonly #limits: BodyLimits;
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
    if (Number(contentLength) > bodyBytes) return ANSWERS.bodyTooLarge;
    if (request.body === null) return new Uint8Array(0);
    const reader = request.body.getReader();
    let length = 0;
    let problem: Answer | undefined;
    let lastByte = performance.now();
    const stop = (answer: Answer): void => {
      problem ??= answer;
      // Ends the pending read; nobody needs to know how.
      reader.cancel().catch(() => {});
    };
    const watch = (): void => {
      const leftMs = lastByte + bodyIdleMs - performance.now();
      if (leftMs <= 0) stop(ANSWERS.bodyTimeout);
      else timer = setTimeout(watch, Math.ceil(leftMs));
    };
    let timer = setTimeout(watch, bodyIdleMs);
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        lastByte = performance.now();
        yield value;
      }
    };
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
      stop(ANSWERS.bodyTooLarge);
    } catch {
      // The client went away, or framed its body wrongly.
      problem ??= ANSWERS.badRequest;
    } finally {
      clearTimeout(timer);
      this.#held -= length;
    }
    return problem ?? ANSWERS.badRequest;
  }

  /** Says that a body is not held any more. */
  release(bytes: number): void {
    this.#held -= bytes;
  }
}
