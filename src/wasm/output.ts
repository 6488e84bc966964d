/**
 * Writing the binary format.
 *
 * @module
 */

/** Bytes that grow by doubling. */
export class Output {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  /** `capacity` is a guess; a good one saves copies. */
  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array(Math.max(16, capacity));
  }

  /** How many bytes were written. */
  get length(): number {
    return this.#length;
  }

  /** What was written, as a view. */
  get view(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Writes bytes. */
  bytes(source: Uint8Array | readonly number[]): this {
    this.#reserve(source.length);
    this.#bytes.set(source, this.#length);
    this.#length += source.length;
    return this;
  }

  /** Writes a part of `source`. */
  range(source: Uint8Array, start: number, end: number): this {
    return start < end ? this.bytes(source.subarray(start, end)) : this;
  }

  /** Writes an unsigned LEB128 in its shortest form. Exact up to 2^53. */
  leb(value: number): this {
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
    return this;
  }

  /** Writes a section. */
  section(id: number, contents: Output): this {
    return this.bytes([id]).leb(contents.length).bytes(contents.view);
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.view);
    this.#bytes = grown;
  }
}

/** An unsigned LEB128 in its shortest form. */
export function unsigned(value: number): number[] {
  return Array.from(new Output(16).leb(value).view);
}

/** A signed LEB128 in its shortest form. */
export function signed(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (;;) {
    const byte = Number(rest & 0x7fn);
    rest >>= 7n;
    const done = rest === 0n && (byte & 0x40) === 0 ||
      rest === -1n && (byte & 0x40) !== 0;
    bytes.push(done ? byte : byte | 0x80);
    if (done) return bytes;
  }
}
