/**
 * What a guest asks of a host function, or the code for what is wrong with it.
 *
 * @module
 */

import { CODE } from "../abi/codes.ts";
import { Slab } from "../abi/short.ts";
import { utf8Of } from "../abi/utf8.ts";
import { LIMITS } from "../limits.ts";
import type { HostCall } from "./capability.ts";
import { type GuestMemory, readBriefly } from "./guest_memory.ts";

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

/**
 * Copies and decodes a request. Otherwise what {@linkcode readMessage} says, or
 * 3 what `decode` throws for. `read` copies it from the guest. What follows a
 * request is passed over, so one may stand at the start of a longer range.
 */
export function readRequest<T extends Decoded>(
  memory: GuestMemory,
  ptr: number,
  len: number,
  limit: number,
  decode: (bytes: Uint8Array) => T,
  read: typeof readMessage = readMessage,
): T | number {
  const isLonger = len >>> 0 > limit;
  if (isLonger && !memory.holds(ptr, len)) return CODE.range;
  const bytes = read(memory, ptr, isLonger ? limit : len, limit);
  if (typeof bytes === "number") return bytes;
  try {
    return decode(bytes);
  } catch {
    return isLonger ? CODE.failed : CODE.undecodable;
  }
}

/** No number: those are codes. */
type Decoded = object | string | bigint;

/** A host function that takes one request and answers with a code. */
export function taking<T extends Decoded>(
  memory: GuestMemory,
  limit: number,
  decode: (bytes: Uint8Array) => T,
  use: (request: T) => number,
  read?: typeof readMessage,
): HostCall {
  return (ptr = 0, len = 0) => {
    const request = readRequest(memory, ptr, len, limit, decode, read);
    return typeof request === "number" ? request : use(request);
  };
}

/**
 * Reads a path that a guest hands over as raw bytes. Otherwise as
 * {@linkcode readRequest}: 3 it is not UTF-8, 4 it is longer than any message.
 */
export function readPath(
  memory: GuestMemory,
  ptr: number,
  len: number,
): string | number {
  const bytes = readMessage(memory, ptr, len, LIMITS.messageBytes);
  return typeof bytes === "number" ? bytes : utf8Of(bytes) ?? CODE.undecodable;
}
