/**
 * A cursor over the bytes of a module that never leaves its bounds.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";

/** The longest name that V8 takes, in bytes of UTF-8. */
const NAME_BYTES = 100_000;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** An error about the bytes of a module; `at` is the offset in the file. */
export function malformed(what: string, at: number): PulpError {
  return new PulpError(
    "module",
    `Cannot read the module: ${what} (byte ${at})`,
  );
}

/**
 * Reads from `start` up to, not including, `end`. Every read that would pass
 * the end throws {@linkcode PulpError} `module` with the name of the part.
 */
export class ByteReader {
  /** The whole module; offsets are offsets in the file. */
  readonly bytes: Uint8Array;
  /** The first byte that does not belong to this part. */
  readonly end: number;
  /** The next byte. */
  pos: number;
  readonly #part: string;

  /** A cursor over one part of a module. `part` names it in messages. */
  constructor(bytes: Uint8Array, start: number, end: number, part: string) {
    this.bytes = bytes;
    this.pos = start;
    this.end = Math.min(end, bytes.length);
    this.#part = part;
  }

  /** Bytes that are left. */
  get left(): number {
    return this.end - this.pos;
  }

  /** One byte. `what` says in a message what it was to be. */
  u8(what: string): number {
    const byte = this.pos < this.end ? this.bytes[this.pos] : undefined;
    if (byte === undefined) throw this.#short(what);
    this.pos++;
    return byte;
  }

  /** An unsigned LEB128 of 32 bits, in at most 5 bytes as V8 takes them. */
  u32(what: string): number {
    const at = this.pos;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8(what);
      if (shift === 28 && byte > 0x0f) break;
      value = (value | ((byte & 0x7f) << shift)) >>> 0;
      if (byte < 0x80) return value;
    }
    throw malformed(`${what} does not fit 32 bits`, at);
  }

  /**
   * An unsigned LEB128 of 64 bits, in at most 10 bytes. Exact up to 2^53, the
   * nearest double above that: enough to compare it with a limit.
   */
  u64(what: string): number {
    const at = this.pos;
    let value = 0;
    let scale = 1;
    for (let count = 1; count <= 10; count++) {
      const byte = this.u8(what);
      if (count === 10 && byte > 1) break;
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return value;
    }
    throw malformed(`${what} does not fit 64 bits`, at);
  }

  /** A signed LEB128 of 33 bits: an index, or a negative type code. */
  s33(what: string): number {
    const at = this.pos;
    let value = 0;
    let scale = 1;
    for (let count = 1; count <= 5; count++) {
      const byte = this.u8(what);
      // The fifth byte holds bits 28 to 32; the rest must repeat the sign.
      if (count === 5 && byte > 0x0f && (byte < 0x70 || byte > 0x7f)) break;
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return (byte & 0x40) === 0 ? value : value - scale;
    }
    throw malformed(`${what} does not fit 33 bits`, at);
  }

  /** The next `count` bytes as a view, not a copy. */
  view(count: number, what: string): Uint8Array {
    if (count > this.left) throw this.#short(what);
    const view = this.bytes.subarray(this.pos, this.pos + count);
    this.pos += count;
    return view;
  }

  /** Passes over `count` bytes. */
  skip(count: number, what: string): void {
    if (count > this.left) throw this.#short(what);
    this.pos += count;
  }

  /** A length and that many bytes of UTF-8, at most 100,000. */
  name(what: string): string {
    const at = this.pos;
    const length = this.u32(`the length of ${what}`);
    if (length > NAME_BYTES) {
      throw malformed(`${what} is longer than ${NAME_BYTES} bytes`, at);
    }
    const view = this.view(length, what);
    try {
      return utf8.decode(view);
    } catch (cause) {
      throw new PulpError(
        "module",
        `Cannot read the module: ${what} is not UTF-8 (byte ${at})`,
        { cause },
      );
    }
  }

  /** Checks that everything was read. */
  finish(): void {
    if (this.pos !== this.end) {
      throw malformed(
        `the ${this.#part} has ${this.left} bytes too many`,
        this.pos,
      );
    }
  }

  #short(what: string): PulpError {
    return malformed(`the ${this.#part} ends within ${what}`, this.end);
  }
}

/**
 * Reads how many of something there are beside `imported` ones; none without a
 * section. Throws `PulpError` `module` when they are more than `most` together.
 */
export function readCount(
  reader: ByteReader | undefined,
  what: string,
  most: number,
  imported = 0,
): number {
  const at = reader?.pos ?? 0;
  const count = imported + (reader?.u32(`the number of ${what}`) ?? 0);
  if (count <= most) return count - imported;
  throw malformed(`it says ${count} ${what}, more than ${most}`, at);
}

/** Reads names, and holds the sum of their lengths within bounds. */
export class NameBudget {
  readonly #whose: string;
  #left: number = LIMITS.moduleNameBytes;

  /** Begins with the whole limit. `whose` names are counted, messages say. */
  constructor(whose: string) {
    this.#whose = whose;
  }

  /** As `name` of the reader. Throws `PulpError` `module` past the limit. */
  read(reader: ByteReader, what: string): string {
    const at = reader.pos;
    const name = reader.name(what);
    this.#left -= reader.pos - at;
    if (this.#left >= 0) return name;
    throw malformed(
      `the names of its ${this.#whose} have more than ${LIMITS.moduleNameBytes} bytes`,
      at,
    );
  }
}
