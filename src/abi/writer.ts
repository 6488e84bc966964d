/**
 * A MessagePack encoder with the widths that the contract fixes.
 *
 * Cells decode with Go's msgpack, which keeps the wire width when it decodes
 * into `any`. General encoders pick the shortest form, so records of the
 * contract are written with this one.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import { Timestamp } from "./timestamp.ts";

const UTF8 = new TextEncoder();

/** Up to this many UTF-16 units a loop beats the native encoder. */
const SHORT_TEXT = 48;

/**
 * Writes one MessagePack message. Values follow each other in the order of the
 * calls; `map(n)` is followed by n pairs, `array(n)` by n values. Each method
 * returns the writer.
 *
 * A writer can be kept for one message after the other: what `finish` returned
 * stays valid, the next message takes the rest of the buffer or a new one.
 * Making a buffer costs as much as a small message, so hot paths keep a writer
 * of some 16 KiB.
 *
 * A method that throws has written nothing. Each that takes a number throws
 * `PulpError` `contract` for one that its form can't hold. Whether as many
 * values follow a header as it says is not checked.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = new MsgpackWriter().map(1).str("id").u8(7).finish();
 * assertEquals(bytes, Uint8Array.of(0x81, 0xa2, 0x69, 0x64, 0xcc, 7));
 * ```
 */
export class MsgpackWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView | undefined;
  /** Where the message begins in the buffer, and how far the buffer is written. */
  #start = 0;
  #length = 0;
  readonly #initialBytes: number;

  /**
   * Starts empty. The buffer grows as needed.
   *
   * @param initialBytes its first size; default 256, at least 16
   */
  constructor(initialBytes = 256) {
    this.#initialBytes = Math.max(16, initialBytes);
    this.#bytes = new Uint8Array(this.#initialBytes);
  }

  /** Drops what a message that was never finished has left behind. */
  restart(): this {
    this.#length = this.#start;
    return this;
  }

  /**
   * A map header; `n` pairs follow.
   *
   * @throws {PulpError} `contract` unless `n` is an integer from 0 to 2^32-1
   */
  map(n: number): this {
    return this.#header(n, 0x80, 0xde);
  }

  /**
   * An array header; `n` values follow.
   *
   * @throws {PulpError} `contract` unless `n` is an integer from 0 to 2^32-1
   */
  array(n: number): this {
    return this.#header(n, 0x90, 0xdc);
  }

  /** Text as exact UTF-8; a lone surrogate becomes U+FFFD. */
  str(s: string): this {
    const units = s.length;
    if (units > SHORT_TEXT) return this.#longStr(s);
    // UTF-8 takes at most three bytes for each UTF-16 unit.
    this.#reserve(2 + units * 3);
    const bytes = this.#bytes;
    let at = this.#length;
    if (units < 32) bytes[at++] = 0xa0 | units;
    else {
      bytes[at++] = 0xd9;
      bytes[at++] = units;
    }
    for (let i = 0; i < units; i++) {
      const unit = s.charCodeAt(i);
      if (unit > 0x7f) return this.#longStr(s);
      bytes[at++] = unit;
    }
    this.#length = at;
    return this;
  }

  /** Bytes in the `bin` form; empty is `bin 8` of length 0, never nil. */
  bin(b: Uint8Array): this {
    const n = b.length;
    this.#reserve(5 + n);
    const bytes = this.#bytes;
    let at = this.#length;
    if (n <= 0xff) {
      bytes[at++] = 0xc4;
      bytes[at++] = n;
    } else if (n <= 0xffff) {
      bytes[at++] = 0xc5;
      bytes[at++] = n >>> 8;
      bytes[at++] = n;
    } else {
      bytes[at] = 0xc6;
      this.#u32At(at + 1, n);
      at += 5;
    }
    if (n > 0) bytes.set(b, at);
    this.#length = at + n;
    return this;
  }

  /** Nil. */
  nil(): this {
    return this.#byte(0xc0);
  }

  /** A boolean. */
  bool(b: boolean): this {
    return this.#byte(b ? 0xc3 : 0xc2);
  }

  /**
   * `uint8`, always two bytes (`0xcc`).
   *
   * @throws {PulpError} `contract` unless `n` is an integer from 0 to 255
   */
  u8(n: number): this {
    checkUint(n, 0xff);
    this.#reserve(2);
    this.#bytes[this.#length++] = 0xcc;
    this.#bytes[this.#length++] = n;
    return this;
  }

  /**
   * `uint16`, always three bytes (`0xcd`).
   *
   * @throws {PulpError} `contract` unless `n` is an integer from 0 to 65535
   */
  u16(n: number): this {
    checkUint(n, 0xffff);
    this.#reserve(3);
    this.#bytes[this.#length++] = 0xcd;
    this.#bytes[this.#length++] = n >>> 8;
    this.#bytes[this.#length++] = n;
    return this;
  }

  /**
   * `uint32`, always five bytes (`0xce`).
   *
   * @throws {PulpError} `contract` unless `n` is an integer from 0 to 2^32-1
   */
  u32(n: number): this {
    checkUint(n, 0xffff_ffff);
    this.#reserve(5);
    this.#bytes[this.#length] = 0xce;
    this.#u32At(this.#length + 1, n);
    this.#length += 5;
    return this;
  }

  /**
   * `uint64`, always nine bytes (`0xcf`). A number must be a safe integer.
   *
   * @throws {PulpError} `contract` unless `n` is an integer from 0 to 2^64-1,
   * as a number from 0 to 2^53-1
   */
  u64(n: bigint | number): this {
    if (typeof n === "number") {
      checkUint(n, Number.MAX_SAFE_INTEGER);
      this.#reserve(9);
      this.#bytes[this.#length] = 0xcf;
      this.#u32At(this.#length + 1, Math.floor(n / 0x1_0000_0000));
      this.#u32At(this.#length + 5, n);
    } else {
      if (BigInt.asUintN(64, n) !== n) throw outOfRange(n);
      this.#reserve(9);
      this.#bytes[this.#length] = 0xcf;
      this.#dataView().setBigUint64(this.#length + 1, n);
    }
    this.#length += 9;
    return this;
  }

  /**
   * `int64`, always nine bytes (`0xd3`). A number must be a safe integer.
   *
   * @throws {PulpError} `contract` unless `n` is an integer from -2^63 to
   * 2^63-1, as a number from -(2^53-1) to 2^53-1
   */
  i64(n: bigint | number): this {
    if (typeof n === "number" && !Number.isSafeInteger(n)) throw outOfRange(n);
    const value = BigInt(n);
    if (BigInt.asIntN(64, value) !== value) throw outOfRange(n);
    this.#reserve(9);
    this.#bytes[this.#length] = 0xd3;
    this.#dataView().setBigInt64(this.#length + 1, value);
    this.#length += 9;
    return this;
  }

  /** `float64`, always nine bytes (`0xcb`), also when it is integral. */
  f64(n: number): this {
    this.#reserve(9);
    this.#bytes[this.#length] = 0xcb;
    this.#dataView().setFloat64(this.#length + 1, n);
    this.#length += 9;
    return this;
  }

  /**
   * A timestamp extension (type -1) in the shortest of its three forms.
   * `seconds` since 1970, negative before; `nanos` 0 to 999999999.
   *
   * @throws {PulpError} `contract` when `seconds` does not fit 64 bits, or
   * `nanos` is out of its range
   * @throws {RangeError} when `seconds` is a number that is no integer
   */
  timestamp(seconds: bigint | number, nanos = 0): this {
    return this.raw(new Timestamp(BigInt(seconds), nanos).encode());
  }

  /** Bytes that are MessagePack already, in place. They are not checked. */
  raw(b: Uint8Array): this {
    this.#reserve(b.length);
    this.#bytes.set(b, this.#length);
    this.#length += b.length;
    return this;
  }

  /** The message, as a view of the buffer. What is written next is another message. */
  finish(): Uint8Array<ArrayBuffer> {
    const message = this.#bytes.subarray(this.#start, this.#length);
    this.#start = this.#length;
    return message;
  }

  #byte(b: number): this {
    this.#reserve(1);
    this.#bytes[this.#length++] = b;
    return this;
  }

  /** Both containers have a form for up to 15, 65535 and 2^32-1 members. */
  #header(n: number, fixed: number, wide: number): this {
    checkUint(n, 0xffff_ffff);
    this.#reserve(5);
    const bytes = this.#bytes;
    if (n < 16) bytes[this.#length++] = fixed | n;
    else if (n <= 0xffff) {
      bytes[this.#length++] = wide;
      bytes[this.#length++] = n >>> 8;
      bytes[this.#length++] = n;
    } else {
      bytes[this.#length] = wide + 1;
      this.#u32At(this.#length + 1, n);
      this.#length += 5;
    }
    return this;
  }

  /** Text of any length: encoded first, then moved if its header is longer than the guess. */
  #longStr(s: string): this {
    const guess = strHeaderBytes(s.length);
    this.#reserve(5 + s.length * 3);
    const start = this.#length;
    const { written } = UTF8.encodeInto(
      s,
      this.#bytes.subarray(start + guess),
    );
    const header = strHeaderBytes(written);
    if (header !== guess) {
      this.#bytes.copyWithin(
        start + header,
        start + guess,
        start + guess + written,
      );
    }
    const bytes = this.#bytes;
    if (header === 1) bytes[start] = 0xa0 | written;
    else if (header === 2) {
      bytes[start] = 0xd9;
      bytes[start + 1] = written;
    } else if (header === 3) {
      bytes[start] = 0xda;
      bytes[start + 1] = written >>> 8;
      bytes[start + 2] = written;
    } else {
      bytes[start] = 0xdb;
      this.#u32At(start + 1, written);
    }
    this.#length = start + header + written;
    return this;
  }

  #u32At(at: number, n: number): void {
    const bytes = this.#bytes;
    bytes[at] = n >>> 24;
    bytes[at + 1] = n >>> 16;
    bytes[at + 2] = n >>> 8;
    bytes[at + 3] = n;
  }

  #dataView(): DataView {
    return this.#view ??= new DataView(this.#bytes.buffer);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    // Only the message at hand moves: finished ones keep the old buffer.
    const written = this.#length - this.#start;
    const grown = new Uint8Array(
      Math.max(written + more, written * 2, this.#initialBytes),
    );
    grown.set(this.#bytes.subarray(this.#start, this.#length));
    this.#bytes = grown;
    this.#start = 0;
    this.#length = written;
    this.#view = undefined;
  }
}

function strHeaderBytes(length: number): number {
  return length < 32 ? 1 : length <= 0xff ? 2 : length <= 0xffff ? 3 : 5;
}

function checkUint(n: number, most: number): void {
  if (!(n >= 0 && n <= most && Number.isInteger(n))) throw outOfRange(n);
}

function outOfRange(n: bigint | number): PulpError {
  return new PulpError(
    "contract",
    `Cannot encode "${n}": it is not an integer that the field holds`,
  );
}
