/**
 * The answer to an outbound request, whose body is read as it comes: by the
 * cell, or by the client that the cell hands it to.
 *
 * @module
 */

import { type LiveBody, liveBody } from "./live_body.ts";
import type { BodySource } from "./response_body.ts";

/** A connection that a stream reads from. */
export interface StreamSource {
  readonly body: BodySource;
  /** The length of the body in bytes, where it is known. */
  readonly length: number | undefined;
  /** Lets go of the connection. Twice is fine. */
  close(): void;
}

/** One stream. Closed at its end, when it breaks, and when nobody wants it any more. */
export class FetchStream {
  /** Told when a client's body breaks off. */
  onBreak: (error: unknown) => void = () => {};
  readonly #source: StreamSource;
  readonly #onClose: () => void;
  /** Read, and not wanted yet. */
  #rest: Uint8Array<ArrayBuffer> | undefined;
  #left: number | undefined;
  #error: unknown;
  #ended = false;
  #closed = false;

  /** `onClose` is told once. */
  constructor(source: StreamSource, onClose: () => void) {
    this.#source = source;
    this.#left = source.length;
    this.#onClose = onClose;
  }

  /** Bytes that are still to come, where that is known. */
  get left(): number | undefined {
    return this.#left;
  }

  /**
   * At least one byte and at most `limit`; `undefined` at the end. One at a
   * time. Throws when the body breaks off, again and again.
   */
  async read(limit = Infinity): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.#error !== undefined) throw this.#error;
    if (this.#ended) return undefined;
    let bytes = this.#rest;
    if (bytes === undefined) {
      try {
        bytes = await this.#source.body.read();
      } catch (error) {
        this.#error = error;
        this.close();
        throw error;
      }
    }
    if (bytes === undefined) {
      this.#ended = true;
      this.close();
      return undefined;
    }
    this.#rest = bytes.length > limit ? bytes.subarray(limit) : undefined;
    const taken = bytes.length > limit ? bytes.slice(0, limit) : bytes;
    if (this.#left !== undefined) this.#left -= taken.length;
    return taken;
  }

  /** Lets go of the connection; a read that waits fails. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#source.close();
    this.#onClose();
  }

  /** The rest of the body for a client: no more is read than it takes. */
  toLiveBody(): LiveBody {
    let isWanted = true;
    return liveBody({
      next: async () => {
        try {
          return await this.read();
        } catch (error) {
          // Not what follows when the client has gone.
          if (isWanted) this.onBreak(error);
          throw error;
        }
      },
      cancel: () => {
        isWanted = false;
        this.close();
      },
    });
  }
}
