/**
 * Reads the requests of a cell: maps with known keys, tolerant about width and
 * nil as the contract asks, exact about everything else.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import { MessageReader, type WireKind } from "./reader.ts";
import { scanFirst } from "./scan.ts";

const EMPTY = new Uint8Array(0);

/**
 * One map with string keys. A key that is absent or nil reads as the zero
 * value; keys that nobody asks for are ignored; of a repeated key the last one
 * counts. Reading a wrong type, or a number that the field cannot hold, throws
 * `contract` with the key's name.
 */
export class RecordReader {
  readonly #bytes: Uint8Array;
  /** Offsets of key, value, key, value and so on. */
  readonly #members: readonly number[];

  private constructor(bytes: Uint8Array, members: readonly number[]) {
    this.#bytes = bytes;
    this.#members = members;
  }

  /**
   * Takes a message; the reader keeps a view of it. What follows it is passed
   * over, as cells hand over whole buffers. Nil is an empty record. Throws
   * `contract` when the message is not a sound map.
   */
  static parse(bytes: Uint8Array): RecordReader {
    const members: number[] = [];
    const end = scanFirst(bytes, members);
    const kind = new MessageReader(bytes).kind();
    if (kind !== "map" && kind !== "nil") {
      throw new PulpError(
        "contract",
        `Cannot decode a request: it is ${ARTICLE[kind]}, not a map`,
      );
    }
    const message = end === bytes.length ? bytes : bytes.subarray(0, end);
    return new RecordReader(message, members);
  }

  /** Whether the key is there and not nil. */
  has(key: string): boolean {
    return this.#find(key) !== undefined;
  }

  /** Text; malformed UTF-8 becomes U+FFFD. Default: `fallback`, or "". */
  str(key: string, fallback = ""): string {
    const value = this.#find(key);
    if (value === undefined) return fallback;
    return text(value, key);
  }

  /** Bytes from `bin` or `str`: a view of the message. Default: empty. */
  bytes(key: string): Uint8Array {
    const value = this.#find(key);
    if (value === undefined) return EMPTY;
    expect(value, key, "bytes", "bin", "str");
    return value.readBytes();
  }

  /** 0 to 2^64-1, from any integer form. Default: 0. */
  u64(key: string): bigint {
    return BigInt(this.#int(key, 0n, 0xffff_ffff_ffff_ffffn));
  }

  /** 0 to 2^32-1, from any integer form. Default: 0. */
  u32(key: string): number {
    return Number(this.#int(key, 0, 0xffff_ffff));
  }

  /** 0 to 65535, from any integer form. Default: 0. */
  u16(key: string): number {
    return Number(this.#int(key, 0, 0xffff));
  }

  /** -2^63 to 2^63-1, from any integer form. Default: 0. */
  i64(key: string): bigint {
    return BigInt(
      this.#int(key, -0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn),
    );
  }

  /** A boolean. Default: false. */
  bool(key: string): boolean {
    const value = this.#find(key);
    if (value === undefined) return false;
    expect(value, key, "a boolean", "bool");
    return value.readBool();
  }

  /** A map from text to text, without a prototype. Nil values are "". Default: empty. */
  strMap(key: string): Record<string, string> {
    const map: Record<string, string> = Object.create(null);
    for (const [name, text] of this.strPairs(key)) map[name] = text;
    return map;
  }

  /** As {@linkcode strMap}, in pairs, each name once. */
  strPairs(key: string): [name: string, text: string][] {
    const pairs: [string, string][] = [];
    const value = this.#find(key);
    if (value === undefined) return pairs;
    expect(value, key, "a map", "map");
    for (let left = value.readHeader(); left > 0; left--) {
      const name = text(value, key);
      pairs.push([name, value.skipNil() ? "" : text(value, key)]);
    }
    if (pairs.length < 2) return pairs;
    const last = new Map(pairs);
    return last.size === pairs.length ? pairs : [...last];
  }

  /** A list of text. Nil members are "". Default: empty. */
  strList(key: string): string[] {
    const value = this.#find(key);
    if (value === undefined) return [];
    expect(value, key, "a list", "array");
    const list: string[] = [];
    for (let left = value.readHeader(); left > 0; left--) {
      list.push(value.skipNil() ? "" : text(value, key));
    }
    return list;
  }

  /** A value as it stands in the message, to be decoded by itself; `undefined` when absent or nil. */
  raw(key: string): Uint8Array | undefined {
    const value = this.#find(key);
    if (value === undefined) return undefined;
    return this.#bytes.subarray(
      value.at,
      this.#members.find((at) => at > value.at),
    );
  }

  #int(
    key: string,
    least: number | bigint,
    most: number | bigint,
  ): number | bigint {
    const value = this.#find(key);
    if (value === undefined) return 0;
    expect(value, key, "an integer", "int");
    const n = value.readInt();
    if (n < least || n > most) {
      throw new PulpError(
        "contract",
        `Cannot decode "${key}": ${n} is not within ${least} and ${most}`,
      );
    }
    return n;
  }

  /** A cursor at the value of the key; `undefined` when absent or nil. */
  #find(key: string): MessageReader | undefined {
    const members = this.#members;
    for (let i = members.length - 2; i >= 0; i -= 2) {
      if (!isKey(this.#bytes, members[i]!, key)) continue;
      const at = members[i + 1]!;
      return this.#bytes[at] === 0xc0
        ? undefined
        : new MessageReader(this.#bytes, at);
    }
    return undefined;
  }
}

/** Compares bytes, so that keys which nobody asks for are never decoded. Keys asked for are ASCII. */
function isKey(bytes: Uint8Array, at: number, key: string): boolean {
  if (bytes[at] !== (0xa0 | key.length) || key.length > 31) {
    const other = new MessageReader(bytes, at);
    const kind = other.kind();
    // A short form of another length can't be the key.
    if (kind !== "bin" && (kind !== "str" || bytes[at]! < 0xc0)) return false;
    const length = other.readBytes().length;
    if (length !== key.length) return false;
    return new MessageReader(bytes, at).readText() === key;
  }
  for (let i = 0; i < key.length; i++) {
    if (bytes[at + 1 + i] !== key.charCodeAt(i)) return false;
  }
  return true;
}

function text(value: MessageReader, key: string): string {
  expect(value, key, "text", "str", "bin");
  return value.readText();
}

function expect(
  value: MessageReader,
  key: string,
  what: string,
  kind: WireKind,
  other: WireKind = kind,
): void {
  const found = value.kind();
  if (found === kind || found === other) return;
  throw new PulpError(
    "contract",
    `Cannot decode "${key}": it is ${ARTICLE[found]}, not ${what}`,
  );
}

const ARTICLE: Readonly<Record<WireKind, string>> = {
  nil: "nil",
  bool: "a boolean",
  int: "an integer",
  float: "a float",
  str: "text",
  bin: "bytes",
  array: "an array",
  map: "a map",
  ext: "an extension",
};
