/**
 * The view that capabilities have of a guest's memory. Every pointer and
 * length that comes from a guest passes through here.
 *
 * @module
 */

import type { Slab } from "../abi/short.ts";
import { LIMITS } from "../limits.ts";

/**
 * A guest's linear memory. Pointers and lengths are taken as `u32` whatever
 * their sign. Nothing that is returned is a view into the guest: a copy made
 * here can't change while the host reads it.
 */
export interface GuestMemory {
  /** Whether a range lies within the memory. */
  holds(ptr: number, len: number): boolean;
  /**
   * The bytes of a range, copied. `undefined` when the range leaves the
   * memory (code 2) or is longer than `limit` (default: `LIMITS.messageBytes`).
   */
  read(ptr: number, len: number, limit?: number): Uint8Array | undefined;
  /** Copies a range to `target` at `at`; `false` when it leaves the memory, or the target. */
  copy(ptr: number, len: number, target: Uint8Array, at: number): boolean;
  /** A range as text; malformed UTF-8 becomes U+FFFD. `undefined` as for `read`. */
  readText(ptr: number, len: number, limit?: number): string | undefined;
  /** Writes a little-endian `u32`; `false` when the address leaves the memory (code 8). */
  writeU32(ptr: number, value: number): boolean;
  /**
   * Hands bytes to the guest: `pulp_alloc`, copy, then pointer and length at
   * the two out addresses. Returns 0, or 6 no allocator, 7 the allocation
   * failed or gave 0, 8 a place to write to lies outside the memory. Empty
   * bytes write 0, 0 and never allocate. The out addresses are checked first.
   */
  respond(bytes: Uint8Array, ptrOut: number, lenOut: number): number;
}

/** As `read`, for bytes that are used at once: short ones get no memory of their own. */
export function readBriefly(
  memory: GuestMemory,
  ptr: number,
  len: number,
  slab: Slab,
  limit: number = LIMITS.messageBytes,
): Uint8Array | undefined {
  const length = len >>> 0;
  // Nothing is allocated on the word of a length that leads nowhere.
  if (length > limit || !memory.holds(ptr, length)) return undefined;
  const bytes = slab.take(length);
  return memory.copy(ptr, length, bytes, 0) ? bytes : undefined;
}
