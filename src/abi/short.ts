/**
 * Short runs of bytes, without memory of their own. To make a typed array takes
 * Deno 0.6 µs, most of it in the allocator of the process; a view takes a tenth
 * of that, and a few bytes are copied and read in no time.
 *
 * @module
 */

/** Runs over this, in bytes, get memory of their own. */
const SHORT_BYTES = 2 << 10;
const BLOCK_BYTES = 32 << 10;

/**
 * Memory for runs that are used at once: short ones lie side by side in one
 * block. Nothing is overwritten, but one that is kept keeps its whole block.
 */
export class Slab {
  #block = new Uint8Array(0);
  #used = 0;

  /** So many bytes to write to. */
  take(length: number): Uint8Array<ArrayBuffer> {
    if (length > SHORT_BYTES) return new Uint8Array(length);
    if (this.#used + length > this.#block.length) {
      this.#block = new Uint8Array(BLOCK_BYTES);
      this.#used = 0;
    }
    this.#used += length;
    return this.#block.subarray(this.#used - length, this.#used);
  }

  /** A copy of a range, also out of memory that another thread may write to. */
  copy(
    bytes: Uint8Array,
    start: number,
    length: number,
  ): Uint8Array<ArrayBuffer> {
    const copy = this.take(length);
    putBytes(copy, 0, bytes, start, length);
    return copy;
  }
}

/** Up to here a loop is faster than the way into the runtime and back. */
const LOOP_BYTES = 64;

/** Copies a range to `at` in `into`, where it has to fit. */
export function putBytes(
  into: Uint8Array,
  at: number,
  from: Uint8Array,
  start = 0,
  length: number = from.length,
): void {
  if (length > LOOP_BYTES) {
    return into.set(from.subarray(start, start + length), at);
  }
  for (let i = 0; i < length; i++) into[at + i] = from[start + i]!;
}

/** A range as text; malformed UTF-8 becomes U+FFFD. */
export function textOf(
  bytes: Uint8Array,
  start: number,
  length: number,
): string {
  // A copy: a decoder takes no memory that another thread may write to.
  return asciiOf(bytes, start, length) ??
    decoder.decode(bytes.slice(start, start + length));
}

/**
 * A short range as text when it is ASCII. The names and values of messages
 * come again and again: to compare one with what it was the last time is
 * faster than to make it anew.
 */
export function asciiOf(
  bytes: Uint8Array,
  start: number,
  length: number,
): string | undefined {
  if (length > LOOP_BYTES) return undefined;
  if (length === 0) return "";
  const slot = (length ^ bytes[start]! * 5 ^ bytes[start + length - 1]! * 13) &
    SLOTS - 1;
  const before = recent[slot]!;
  if (before.length === length) {
    let at = 0;
    while (at < length && before.charCodeAt(at) === bytes[start + at]) at++;
    if (at === length) return before;
  }
  let text = "";
  for (let at = 0; at < length; at++) {
    const byte = bytes[start + at]!;
    if (byte > 0x7f) return undefined;
    text += String.fromCharCode(byte);
  }
  return recent[slot] = text;
}

/** A power of two. */
const SLOTS = 128;
const recent: string[] = Array(SLOTS).fill("");

/** Names come again and again; that many are kept. */
const NAMES = 64;
const names = new Map<string, Uint8Array>();

/** A name as UTF-8. Not to be written to. */
export function bytesOfName(name: string): Uint8Array {
  const known = names.get(name);
  if (known !== undefined) return known;
  const bytes = encoder.encode(name);
  if (bytes.length <= LOOP_BYTES) {
    if (names.size >= NAMES) names.clear();
    names.set(name, bytes);
  }
  return bytes;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
