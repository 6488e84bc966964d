/**
 * Answers that clients have not taken yet: bounded together.
 *
 * @module
 */

import { type Answer, toResponse } from "./answer.ts";

/** What bounds the answers of one listener. */
export interface AnswerLimits {
  /** Large answers that clients have not taken yet. */
  readonly answersBytes: number;
}

/** Answers up to here go to Deno whole: a connection takes about as much anyway. */
const WHOLE_BYTES = 64 << 10;

/** What a client is given at a time of a larger one. */
const PIECE_BYTES = 64 << 10;

const NOTHING = new Uint8Array(0);

/** An answer that is under way. */
interface Held {
  readonly bytes: number;
  /** Breaks it off. */
  drop(): void;
}

/** The large answers of one listener. */
export class HeldAnswers {
  readonly #limits: AnswerLimits;
  /** The one that was taken from longest ago comes first. */
  readonly #held = new Set<Held>();
  #bytes = 0;

  /** Holds nothing yet. */
  constructor(limits: AnswerLimits) {
    this.#limits = limits;
  }

  /**
   * An answer in the form that Deno sends. When too much is held, whoever has
   * been taking nothing for longest does not get the rest; its `onDrop` is
   * called then.
   */
  respond(answer: Answer, onDrop: () => void): Response {
    const { body } = answer;
    if (!(body instanceof Uint8Array) || body.length <= WHOLE_BYTES) {
      return toResponse(answer);
    }
    const response = toResponse({
      ...answer,
      body: this.#pieces(body, onDrop),
    });
    response.headers.set("Content-Length", `${body.length}`);
    return response;
  }

  #pieces(
    body: Uint8Array<ArrayBuffer>,
    onDrop: () => void,
  ): ReadableStream<Uint8Array<ArrayBuffer>> {
    // Who drops an answer must not find it in here: Deno waits for the client
    // with a piece in its hands, and holds on to the stream meanwhile.
    let rest = body;
    let drop = (): void => {};
    const held: Held = {
      bytes: body.length,
      drop: () => {
        rest = NOTHING;
        drop();
        onDrop();
      },
    };
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        drop = () => controller.error(new Error("the client is too slow"));
      },
      pull: (controller) => {
        controller.enqueue(rest.slice(0, PIECE_BYTES));
        rest = rest.subarray(PIECE_BYTES);
        if (rest.length > 0) return this.#moveBack(held);
        this.#release(held);
        controller.close();
      },
      cancel: () => this.#release(held),
    }, { highWaterMark: 0 });
    this.#add(held);
    return stream;
  }

  #add(held: Held): void {
    this.#held.add(held);
    this.#bytes += held.bytes;
    for (const slowest of this.#held) {
      if (this.#bytes <= this.#limits.answersBytes || slowest === held) return;
      this.#release(slowest);
      slowest.drop();
    }
  }

  #moveBack(held: Held): void {
    this.#held.delete(held);
    this.#held.add(held);
  }

  #release(held: Held): void {
    if (this.#held.delete(held)) this.#bytes -= held.bytes;
  }
}
