/**
 * Passing over the immediates of instructions.
 *
 * @module
 */

import { malformed } from "./reader.ts";

/** What a block type is that is no type index. */
export const BLOCK = Object.freeze({ empty: -1, oneResult: -2 });

/** The most that a 32-bit list holds. */
export const MOST_INT = 0x7fff_ffff;

/**
 * A cursor over instructions of a module that was validated before. It checks
 * no bounds: whatever the bytes hold, the position only rises, and who uses it
 * compares the position with the end of the function.
 */
export class InstructionCursor {
  /** The whole module. */
  readonly bytes: Uint8Array;
  /** The next byte. */
  pos = 0;

  /** Starts at the first byte. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Passes over a LEB128 of any width. Past the end it stops at once. */
  number(): void {
    const bytes = this.bytes;
    let pos = this.pos;
    while ((bytes[pos++] as number) >= 0x80);
    this.pos = pos;
  }

  /** A LEB128 of 32 bits; what is larger counts as 2^31 - 1. */
  u32(): number {
    const first = this.bytes[this.pos] ?? 0;
    if (first < 0x80) {
      this.pos++;
      return first;
    }
    let value = 0;
    let scale = 1;
    let byte: number;
    do {
      byte = this.bytes[this.pos++] ?? 0;
      value += (byte & 0x7f) * scale;
      scale *= 128;
    } while (byte >= 0x80);
    return Math.min(value, MOST_INT);
  }

  /** Passes over the address part of an access; gives its memory. */
  memory(): number {
    const flags = this.u32();
    const memory = (flags & 0x40) === 0 ? 0 : this.u32();
    this.number();
    return memory;
  }

  /** A block type: a type index, which it gives, or one of {@linkcode BLOCK}. */
  blockType(): number {
    const code = this.bytes[this.pos] ?? 0;
    if ((code & 0xc0) !== 0x40) return this.u32();
    this.valueType();
    return code === 0x40 ? BLOCK.empty : BLOCK.oneResult;
  }

  /** Passes over a value type. */
  valueType(): void {
    const code = this.bytes[this.pos++];
    if (code === 0x63 || code === 0x64) this.heapType();
  }

  /** Passes over a heap type. */
  heapType(): void {
    // 0x62 (exact) and 0x65 (shared) are prefixes that V8 takes with a flag
    // only. Taken for a whole type they would shift everything after them.
    const code = this.bytes[this.pos];
    if (code === 0x62 || code === 0x65) {
      throw malformed(
        `the heap type 0x${code.toString(16)} is not known`,
        this.pos,
      );
    }
    this.number();
  }
}
