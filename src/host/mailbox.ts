/**
 * Calls from one cell to another, in memory that their workers share.
 *
 * A message between workers costs tens of microseconds and two turns of an
 * event loop. A cell does nothing else while it waits for a sibling, so its
 * thread may as well block: the answer comes by waking it.
 *
 * @module
 */

import { CODE } from "../abi/codes.ts";
import { LIMITS } from "../limits.ts";

/** What a mailbox holds. */
const STATE = {
  empty: 0,
  request: 1,
  taken: 2,
  settling: 3,
  answered: 4,
} as const;

/** Words at the start of the memory. */
const WORD = { state: 0, name: 1, args: 2, code: 3, data: 4 } as const;
const HEADER_BYTES = 32;
const FIRST_BYTES = 4 << 10;
/** A request with its name, or an answer. */
const MOST_BYTES = HEADER_BYTES + 2 * LIMITS.messageBytes;

/** A request as the callee sees it. */
export interface MailRequest {
  readonly name: string;
  readonly args: Uint8Array;
}

/** An answer as the caller sees it. */
export interface MailAnswer {
  /** 0, or a code of the contract. */
  readonly code: number;
  /** The answer; with another code than 0 what went wrong, as text. */
  readonly data: Uint8Array;
}

/** Makes the memory of one mailbox. It grows with what goes through it. */
export function makeMailbox(): SharedArrayBuffer {
  return new SharedArrayBuffer(FIRST_BYTES, { maxByteLength: MOST_BYTES });
}

/**
 * One link: at most one call is under way. The caller writes a request and
 * waits, the callee takes and answers it, and the main thread may fail it.
 */
export class Mailbox {
  readonly #buffer: SharedArrayBuffer;
  readonly #words: Int32Array;

  /** Speaks through memory that {@linkcode makeMailbox} made. */
  constructor(buffer: SharedArrayBuffer) {
    this.#buffer = buffer;
    this.#words = new Int32Array(buffer, 0, HEADER_BYTES / 4);
  }

  /** The caller: puts a request. `false` when it is larger than any may be. */
  request(name: string, args: Uint8Array): boolean {
    const encoded = encoder.encode(name);
    if (
      encoded.length > LIMITS.messageBytes || args.length > LIMITS.messageBytes
    ) return false;
    const bytes = this.#room(encoded.length + args.length);
    bytes.set(encoded);
    bytes.set(args, encoded.length);
    this.#words[WORD.name] = encoded.length;
    this.#words[WORD.args] = args.length;
    Atomics.store(this.#words, WORD.state, STATE.request);
    return true;
  }

  /** The caller: blocks until there is an answer. */
  wait(): MailAnswer {
    for (;;) {
      const state = Atomics.load(this.#words, WORD.state);
      if (state === STATE.answered) break;
      Atomics.wait(this.#words, WORD.state, state);
    }
    const code = this.#words[WORD.code] ?? CODE.failed;
    const data = this.#read(0, this.#words[WORD.data] ?? 0);
    Atomics.store(this.#words, WORD.state, STATE.empty);
    return { code, data };
  }

  /** The callee: takes a request, if there is one. */
  take(): MailRequest | undefined {
    const was = Atomics.compareExchange(
      this.#words,
      WORD.state,
      STATE.request,
      STATE.taken,
    );
    if (was !== STATE.request) return undefined;
    const length = this.#words[WORD.name] ?? 0;
    return {
      name: decoder.decode(this.#read(0, length)),
      args: this.#read(length, this.#words[WORD.args] ?? 0),
    };
  }

  /** The callee: answers what it took, unless the caller has been told something else meanwhile. */
  answer(code: number, data: Uint8Array): void {
    const fits = data.length <= LIMITS.messageBytes;
    this.#settle(STATE.taken, fits ? code : CODE.failed, fits ? data : NOTHING);
  }

  /** The main thread: fails a request that nobody will answer; with `taken` also one that somebody took. */
  fail(taken: boolean): void {
    this.#settle(STATE.request, CODE.failed, NOTHING);
    if (taken) this.#settle(STATE.taken, CODE.failed, NOTHING);
  }

  /** Only one of those who would answer does. */
  #settle(from: number, code: number, data: Uint8Array): void {
    if (
      Atomics.compareExchange(this.#words, WORD.state, from, STATE.settling) !==
        from
    ) return;
    this.#room(data.length).set(data);
    this.#words[WORD.code] = code;
    this.#words[WORD.data] = data.length;
    Atomics.store(this.#words, WORD.state, STATE.answered);
    Atomics.notify(this.#words, WORD.state);
  }

  #room(length: number): Uint8Array {
    const needed = HEADER_BYTES + length;
    if (needed > this.#buffer.byteLength) {
      this.#buffer.grow(
        Math.min(MOST_BYTES, 2 ** Math.ceil(Math.log2(needed))),
      );
    }
    return new Uint8Array(this.#buffer, HEADER_BYTES, length);
  }

  #read(start: number, length: number): Uint8Array {
    return new Uint8Array(this.#buffer, HEADER_BYTES + start, length).slice();
  }
}

const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();
const decoder = new TextDecoder();
