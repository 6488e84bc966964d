/**
 * The request bytes of a host call, or the code for what is wrong with them.
 *
 * @module
 */

import { CODE } from "../../abi/codes.ts";
import type { GuestMemory } from "../guest_memory.ts";

/**
 * Copies a request of at most `limit` bytes. Otherwise 1 it is empty, 2 it
 * leaves the memory, 4 it is too long.
 */
export function readMessage(
  memory: GuestMemory,
  ptr: number,
  len: number,
  limit: number,
): Uint8Array | number {
  if (len === 0) return CODE.empty;
  const bytes = memory.read(ptr, len, limit);
  if (bytes !== undefined) return bytes;
  return memory.holds(ptr, len) ? CODE.failed : CODE.range;
}

/** Requests over this, in bytes, get memory of their own. */
const SHORT_BYTES = 2 << 10;
const BLOCK_BYTES = 32 << 10;

/**
 * Makes a {@linkcode readMessage} that puts short requests side by side into
 * one block: memory for each costs more than all that is done with it. Nothing
 * is overwritten, but one request that is kept keeps its whole block, so it is
 * for those that are used at once.
 */
export function blockReader(): typeof readMessage {
  let block = new Uint8Array(0);
  let used = 0;
  return (memory, ptr, len, limit) => {
    const length = len >>> 0;
    if (length === 0 || length > SHORT_BYTES || length > limit) {
      return readMessage(memory, ptr, len, limit);
    }
    if (used + length > block.length) {
      block = new Uint8Array(BLOCK_BYTES);
      used = 0;
    }
    if (!memory.copy(ptr, length, block, used)) return CODE.range;
    used += length;
    return block.subarray(used - length, used);
  };
}
