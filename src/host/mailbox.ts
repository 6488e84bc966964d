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
import { bytesOfName, putBytes, Slab, textOf } from "../abi/short.ts";
import { LIMITS } from "../limits.ts";
import { Spin } from "./spin.ts";

/**
 * What a mailbox holds. The word of the state has the number of the request in
 * the bits above: who answers one that was given up answers no later one.
 */
const STATE = {
  empty: 0,
  request: 1,
  taken: 2,
  settling: 3,
  answered: 4,
} as const;
const STATE_BITS = 3;
const STATE_MASK = (1 << STATE_BITS) - 1;
/** Numbers of requests start again behind this one. */
const MOST_NUMBER = (1 << 28) - 1;

/** Words at the start of the memory. */
const WORD = {
  state: 0,
  name: 1,
  args: 2,
  code: 3,
  data: 4,
  shut: 5,
  /**
   * The request for which the caller went to sleep, as {@linkcode asleepFor}:
   * who answers that one has to wake it, and makes it 0. Who is late to do so
   * for the one before must leave it, or nobody would know that it sleeps.
   */
  asleep: 6,
} as const;
const HEADER_BYTES = 32;
const FIRST_BYTES = 4 << 10;
/** A request with its name, or an answer. */
const MOST_BYTES = HEADER_BYTES + 2 * LIMITS.messageBytes;

/** How long a caller waits for a thread that may have ended while it wrote an answer. */
const SETTLE_MS = 100;

/** After how long a caller has its callee woken again, at first. */
const AGAIN_MS = 50;

/** A request as the callee sees it. */
export interface MailRequest {
  /** What its answer goes with. */
  readonly number: number;
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
  /** What is behind the words at first. A view that grows with the memory would be far slower. */
  readonly #first: Uint8Array;
  /** The request that the caller waits for. */
  #number = 0;
  readonly #spin = new Spin();

  /** Speaks through memory that {@linkcode makeMailbox} made. */
  constructor(buffer: SharedArrayBuffer) {
    this.#buffer = buffer;
    this.#words = new Int32Array(buffer, 0, HEADER_BYTES / 4);
    this.#first = new Uint8Array(
      buffer,
      HEADER_BYTES,
      FIRST_BYTES - HEADER_BYTES,
    );
  }

  /** Whether the link is declared no longer. What is put in after that has to be failed by who put it. */
  get isShut(): boolean {
    return Atomics.load(this.#words, WORD.shut) === 1;
  }

  /** The main thread: ends the link for good, and fails what waits. */
  shut(): void {
    Atomics.store(this.#words, WORD.shut, 1);
    this.fail("taken", "the link is declared no longer");
  }

  /** The caller: puts a request. `false` when it is larger than any may be. */
  request(name: string, args: Uint8Array): boolean {
    const encoded = bytesOfName(name);
    if (
      encoded.length > LIMITS.messageBytes || args.length > LIMITS.messageBytes
    ) return false;
    this.#takeBack();
    const bytes = this.#room(encoded.length + args.length);
    putBytes(bytes, 0, encoded);
    putBytes(bytes, encoded.length, args);
    this.#words[WORD.name] = encoded.length;
    this.#words[WORD.args] = args.length;
    // Otherwise this thread was given up, and waits for nothing.
    this.#goes(this.#number << STATE_BITS | STATE.empty, STATE.request);
    return true;
  }

  /**
   * The caller: blocks until there is an answer. `again` is called now and then
   * while the callee has not even taken the request: who was to wake it for
   * that, this caller or another before it, may have failed at it.
   */
  wait(again: () => void = () => {}): MailAnswer {
    if (!this.#spin.until(() => this.#isOver())) {
      for (let ms = AGAIN_MS; !this.#isOver(); ms *= 2) {
        this.#sleep(ms);
        if (this.#isWaiting()) again();
      }
    }
    const code = this.#words[WORD.code] ?? CODE.failed;
    const length = this.#words[WORD.data] ?? 0;
    const data = slab.copy(this.#written(length), 0, length);
    const answered = this.#number << STATE_BITS | STATE.answered;
    // Otherwise what was read is not its own: this thread was given up, and
    // another goes on in its place.
    return this.#goes(answered, STATE.empty) ? { code, data } : GIVEN_UP;
  }

  /** The callee: takes a request, if there is one. */
  take(): MailRequest | undefined {
    const word = Atomics.load(this.#words, WORD.state);
    if (
      (word & STATE_MASK) !== STATE.request ||
      !this.#goes(word, STATE.taken)
    ) return undefined;
    const taken = word & ~STATE_MASK | STATE.taken;
    const length = this.#words[WORD.name] ?? 0;
    const argsLength = this.#words[WORD.args] ?? 0;
    // Who has failed it meanwhile may have let another one come.
    if (Atomics.load(this.#words, WORD.state) !== taken) return undefined;
    const bytes = this.#written(length + argsLength);
    const request = {
      number: word >> STATE_BITS,
      name: textOf(bytes, 0, length),
      args: slab.copy(bytes, length, argsLength),
    };
    // Likewise, and over what was read.
    return Atomics.load(this.#words, WORD.state) === taken
      ? request
      : undefined;
  }

  /** The callee: answers what it took, unless the caller has been told something else meanwhile. */
  answer(number: number, code: number, data: Uint8Array): void {
    const fits = data.length <= LIMITS.messageBytes;
    this.#settle(
      number << STATE_BITS | STATE.taken,
      fits ? code : CODE.failed,
      fits ? data : NOTHING,
    );
  }

  /**
   * The main thread: fails a request that nobody will answer, and says why.
   * It may have got as far as `most`: an answer that is being written fails
   * only when its callee is gone, as what it writes must not be overwritten.
   */
  fail(most: "request" | "taken" | "settling", why: string): void {
    for (;;) {
      const word = Atomics.load(this.#words, WORD.state);
      const state = word & STATE_MASK;
      if (state === STATE.empty || state > STATE[most]) return;
      if (state === STATE.settling) {
        this.#words[WORD.code] = CODE.failed;
        this.#words[WORD.data] = 0;
        if (!this.#goes(word, STATE.answered)) continue;
        this.#wakeCaller(word);
      } else if (!this.#settle(word, CODE.failed, encoder.encode(why))) {
        continue;
      }
      return;
    }
  }

  /** Only one of those who would answer does. */
  #settle(from: number, code: number, data: Uint8Array): boolean {
    if (!this.#goes(from, STATE.settling)) return false;
    putBytes(this.#room(data.length), 0, data);
    this.#words[WORD.code] = code;
    this.#words[WORD.data] = data.length;
    this.#goes(from & ~STATE_MASK | STATE.settling, STATE.answered);
    this.#wakeCaller(from);
    return true;
  }

  /** The caller: whether its request was answered, or somebody else goes on in its place. */
  #isOver(): boolean {
    const word = Atomics.load(this.#words, WORD.state);
    return (word & STATE_MASK) === STATE.answered ||
      word >> STATE_BITS !== this.#number;
  }

  /** The caller: whether nobody has taken its request yet. */
  #isWaiting(): boolean {
    return Atomics.load(this.#words, WORD.state) ===
      (this.#number << STATE_BITS | STATE.request);
  }

  /**
   * The caller: sleeps until something has become of the request that is in
   * there. It never says that it is awake: a thread that was given up could
   * say so for another.
   */
  #sleep(mostMs: number): void {
    const words = this.#words;
    const request = asleepFor(Atomics.load(words, WORD.state));
    // Said before it looks again: who answers after that wakes it.
    Atomics.store(words, WORD.asleep, request);
    const word = Atomics.load(words, WORD.state);
    if ((word & STATE_MASK) !== STATE.answered && asleepFor(word) === request) {
      Atomics.wait(words, WORD.state, word, mostMs);
    }
  }

  /** Whoever answered `word`. To wake a thread that isn't asleep costs as much as the whole call. */
  #wakeCaller(word: number): void {
    const words = this.#words;
    const request = asleepFor(word);
    if (
      Atomics.compareExchange(words, WORD.asleep, request, 0) === request
    ) Atomics.notify(words, WORD.state);
  }

  /** The state changes, unless somebody else has changed it. */
  #goes(from: number, state: number): boolean {
    const to = from & ~STATE_MASK | state;
    return Atomics.compareExchange(this.#words, WORD.state, from, to) === from;
  }

  /**
   * The caller: takes back what an instance before it left behind when its
   * thread was given up. The next request has the next number.
   */
  #takeBack(): void {
    for (;;) {
      const word = Atomics.load(this.#words, WORD.state);
      if ((word & STATE_MASK) === STATE.settling) {
        // It is written to; what is written now must not be overwritten.
        this.#sleep(SETTLE_MS);
      }
      this.#number = (word >> STATE_BITS) + 1 & MOST_NUMBER;
      const empty = this.#number << STATE_BITS | STATE.empty;
      const was = Atomics.compareExchange(
        this.#words,
        WORD.state,
        word,
        empty,
      );
      if (was === word) return;
    }
  }

  /** Where so many bytes can be written. */
  #room(length: number): Uint8Array {
    const needed = HEADER_BYTES + length;
    if (needed > this.#buffer.byteLength) {
      this.#buffer.grow(
        Math.min(MOST_BYTES, 2 ** Math.ceil(Math.log2(needed))),
      );
    }
    return this.#written(length);
  }

  /** Where so many bytes are. */
  #written(length: number): Uint8Array {
    return length <= this.#first.length
      ? this.#first
      : new Uint8Array(this.#buffer, HEADER_BYTES, length);
  }
}

/** The number of a request where a state has it, and never 0. */
function asleepFor(word: number): number {
  return word & ~STATE_MASK | 1;
}

const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();
/** What a thread gets that was given up while it waited. */
const GIVEN_UP: MailAnswer = {
  code: CODE.failed,
  data: encoder.encode("another instance goes on in its place"),
};
/** Requests and answers are handed on at once. */
const slab = new Slab();
