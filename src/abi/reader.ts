/**
 * Reads the values of a message one after the other, with their wire types:
 * an integer and an integral float stay apart, and 64 bits stay exact.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import { asciiOf } from "./short.ts";
import { Timestamp } from "./timestamp.ts";
import { utf8Of } from "./utf8.ts";

/** What a value is on the wire, whatever its width. */
export type WireKind =
  | "nil"
  | "bool"
  | "int"
  | "float"
  | "str"
  | "bin"
  | "array"
  | "map"
  | "ext";

/** A mark at the start of a text is text. */
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * A cursor over bytes that `scanMessage` accepted; on others it may read past
 * the end. Each `read` expects the kind that `kind()` gave.
 */
export class MessageReader {
  readonly #bytes: Uint8Array;
  #view: DataView | undefined;
  /** Offset of the next value. */
  at: number;

  /** Starts at an offset where a value begins. Default: the first one. */
  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** The kind of the next value. */
  kind(): WireKind {
    const head = this.#bytes[this.at] ?? 0xc1;
    if (head < 0x80 || head >= 0xe0) return "int";
    if (head < 0x90) return "map";
    if (head < 0xa0) return "array";
    if (head < 0xc0) return "str";
    return KINDS[head - 0xc0] ?? "nil";
  }

  /** Passes nil. `true` when it was one. */
  skipNil(): boolean {
    if (this.#bytes[this.at] !== 0xc0) return false;
    this.at++;
    return true;
  }

  /** A boolean. */
  readBool(): boolean {
    return this.#bytes[this.at++] === 0xc3;
  }

  /** An integer of any form: a bigint when it was sent in 64 bits, else a number. */
  readInt(): number | bigint {
    const head = this.#bytes[this.at++]!;
    if (head < 0x80) return head;
    if (head >= 0xe0) return head - 0x100;
    switch (head) {
      case 0xcc:
        return this.#unsigned(1);
      case 0xcd:
        return this.#unsigned(2);
      case 0xce:
        return this.#unsigned(4);
      case 0xd0:
        return this.#unsigned(1) << 24 >> 24;
      case 0xd1:
        return this.#unsigned(2) << 16 >> 16;
      case 0xd2:
        return this.#unsigned(4) | 0;
    }
    const high = this.#unsigned(4);
    const low = this.#unsigned(4);
    if (high === 0) return BigInt(low);
    const bits = BigInt(high) << 32n | BigInt(low);
    return head === 0xcf ? bits : BigInt.asIntN(64, bits);
  }

  /** A float of 32 or 64 bits. */
  readFloat(): number {
    const wide = this.#bytes[this.at] === 0xcb;
    const at = this.at + 1;
    this.at = at + (wide ? 8 : 4);
    const view = this.#dataView();
    return wide ? view.getFloat64(at) : view.getFloat32(at);
  }

  /** Text (`str` or `bin`); malformed UTF-8 becomes U+FFFD. */
  readText(): string {
    const length = this.#length();
    const start = this.at;
    const bytes = this.#bytes;
    this.at = start + length;
    return asciiOf(bytes, start, length) ??
      UTF8.decode(bytes.subarray(start, this.at));
  }

  /** Text that must be UTF-8. Throws `contract` when it is not. */
  readExactText(): string {
    const start = this.at;
    const text = utf8Of(this.readBytes());
    if (text !== undefined) return text;
    throw new PulpError(
      "contract",
      `Cannot decode a message: a string is not UTF-8 (byte ${start})`,
    );
  }

  /** The bytes of a `bin` or `str`: a view of the message. */
  readBytes(): Uint8Array {
    const length = this.#length();
    const start = this.at;
    this.at = start + length;
    return this.#bytes.subarray(start, this.at);
  }

  /** The header of an array (its values) or of a map (its pairs). */
  readHeader(): number {
    const head = this.#bytes[this.at++]!;
    if (head < 0xa0) return head & 0x0f;
    return this.#unsigned(head === 0xdc || head === 0xde ? 2 : 4);
  }

  /** An extension: a {@linkcode Timestamp}, or the type and a view of the bytes. */
  readExt(): Timestamp | { readonly type: number; readonly data: Uint8Array } {
    const head = this.#bytes[this.at++]!;
    const length = head >= 0xd4
      ? 1 << (head - 0xd4)
      : this.#unsigned(1 << (head - 0xc7));
    const type = this.#unsigned(1) << 24 >> 24;
    const start = this.at;
    this.at = start + length;
    const data = this.#bytes.subarray(start, this.at);
    return type === -1 ? Timestamp.decode(data) : { type, data };
  }

  #length(): number {
    const head = this.#bytes[this.at++]!;
    if (head < 0xc0) return head & 0x1f;
    return this.#unsigned(1 << (head - (head >= 0xd9 ? 0xd9 : 0xc4)));
  }

  #unsigned(width: number): number {
    let n = 0;
    for (let i = 0; i < width; i++) n = n * 256 + this.#bytes[this.at++]!;
    return n;
  }

  #dataView(): DataView {
    const { buffer, byteOffset, byteLength } = this.#bytes;
    return this.#view ??= new DataView(buffer, byteOffset, byteLength);
  }
}

/** Bytes from 0xc0 to 0xdf. 0xc1 is no value; a scanned message has none. */
// deno-fmt-ignore
const KINDS: readonly WireKind[] = [
  "nil", "nil", "bool", "bool", "bin", "bin", "bin", "ext", "ext", "ext",
  "float", "float", "int", "int", "int", "int",
  "int", "int", "int", "int", "ext", "ext", "ext", "ext", "ext",
  "str", "str", "str", "array", "array", "map", "map",
];
