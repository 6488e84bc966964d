/**
 * Integers whose width the contract does not fix: Go's `int` is written in the
 * shortest form.
 *
 * @module
 */

import type { MsgpackWriter } from "./writer.ts";

/** Writes an integer from -2^31 to 2^32-1 in its shortest form. */
export function writeCompactInt(
  writer: MsgpackWriter,
  n: number,
): MsgpackWriter {
  if (n >= 0 && n < 0x80 || n < 0 && n >= -32) {
    return writer.raw(Uint8Array.of(n & 0xff));
  }
  if (n < 0) return writer.i64(n);
  if (n <= 0xff) return writer.u8(n);
  return n <= 0xffff ? writer.u16(n) : writer.u32(n);
}
