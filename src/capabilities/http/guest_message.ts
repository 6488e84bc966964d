/**
 * The request bytes of a host call, or the code for what is wrong with them.
 *
 * @module
 */

import { CODE } from "../../abi/codes.ts";
import { Slab } from "../../abi/short.ts";
import { type GuestMemory, readBriefly } from "../guest_memory.ts";

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

/**
 * Makes a {@linkcode readMessage} for requests that are used at once: short
 * ones get no memory of their own.
 */
export function blockReader(): typeof readMessage {
  const slab = new Slab();
  return (memory, ptr, len, limit) =>
    len === 0 ? CODE.empty : readBriefly(memory, ptr, len, slab, limit) ??
      readMessage(memory, ptr, len, limit);
}
