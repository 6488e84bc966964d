/**
 * The check that every message of a cell passes before anything is made of it.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";

/**
 * Checks that `bytes` begin with one MessagePack value whose nesting, number
 * of values and declared lengths are bounded by `LIMITS` and by the bytes that
 * are there, and gives its length. Allocates next to nothing and never recurses.
 *
 * With `children`, the offset of each direct member of the outermost array or
 * map is appended to it: values of an array, keys and values of a map by turns.
 *
 * @throws {PulpError} `contract`, with the offset of the byte that is wrong.
 */
export function scanFirst(bytes: Uint8Array, children?: number[]): number {
  const end = bytes.length;
  // How many values each open container still lacks, outermost first.
  const lacking: number[] = [];
  let open = 0;
  let values = 1;
  let at = 0;
  let left = 1;
  while (left > 0 || open > 0) {
    if (left === 0) {
      left = lacking[--open] ?? 0;
      continue;
    }
    left--;
    if (at >= end) throw broken("it ends early", at);
    if (open === 1 && children !== undefined) children.push(at);
    const start = at;
    const head = bytes[at++]!;
    let members = -1;
    if (head < 0x80 || head >= 0xe0) continue;
    if (head < 0x90) members = (head & 0x0f) * 2;
    else if (head < 0xa0) members = head & 0x0f;
    else if (head < 0xc0) at += head & 0x1f;
    else {
      const width = HEADER_BYTES[head - 0xc0]!;
      if (width === INVALID) throw broken("0xc1 is no value", start);
      if (at + width > end) throw broken("it ends early", start);
      switch (FORMS[head - 0xc0]) {
        case "plain":
          at += width;
          break;
        case "sized":
          at += width + unsigned(bytes, at, width);
          break;
        case "ext":
          // The type of an extension follows its length.
          at += width + 1 + unsigned(bytes, at, width);
          break;
        case "array":
          members = unsigned(bytes, at, width);
          at += width;
          break;
        default:
          members = unsigned(bytes, at, width) * 2;
          at += width;
      }
    }
    if (at > end) {
      throw broken("it declares more bytes than there are", start);
    }
    if (members < 0) continue;
    if (open >= LIMITS.msgpackDepth) {
      throw broken(`it nests deeper than ${LIMITS.msgpackDepth}`, start);
    }
    // Each member takes a byte at least.
    if (members > end - at) {
      throw broken("it declares more members than there are bytes", start);
    }
    values += members;
    if (values > LIMITS.msgpackValues) {
      throw broken(`it has more than ${LIMITS.msgpackValues} values`, start);
    }
    lacking[open++] = left;
    left = members;
  }
  return at;
}

/**
 * As {@linkcode scanFirst}, where the value has to be all that there is.
 *
 * @throws {PulpError} `contract`
 */
export function scanMessage(bytes: Uint8Array): void {
  const end = scanFirst(bytes);
  if (end !== bytes.length) throw broken("bytes follow its end", end);
}

type Form = "plain" | "sized" | "ext" | "array" | "map";

const INVALID = -1;

/** Bytes from 0xc0 to 0xdf: what follows the head, be it the value or its length. */
// deno-fmt-ignore
const HEADER_BYTES: readonly number[] = [
  0, INVALID, 0, 0, 1, 2, 4, 1, 2, 4, 4, 8, 1, 2, 4, 8, // nil - bool bin ext float uint
  1, 2, 4, 8, 2, 3, 5, 9, 17, 1, 2, 4, 2, 4, 2, 4, // int fixext str array map
];

// deno-fmt-ignore
const FORMS: readonly Form[] = [
  "plain", "plain", "plain", "plain", "sized", "sized", "sized", "ext", "ext", "ext",
  "plain", "plain", "plain", "plain", "plain", "plain",
  "plain", "plain", "plain", "plain", "plain", "plain", "plain", "plain", "plain",
  "sized", "sized", "sized", "array", "array", "map", "map",
];

function unsigned(bytes: Uint8Array, at: number, width: number): number {
  let n = 0;
  // Not shifts: a length of 4 GiB must stay positive.
  for (let i = 0; i < width; i++) n = n * 256 + bytes[at + i]!;
  return n;
}

function broken(what: string, at: number): PulpError {
  return new PulpError(
    "contract",
    `Cannot decode a message: ${what} (byte ${at})`,
  );
}
