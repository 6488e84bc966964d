/**
 * A path that a guest hands over as raw bytes.
 *
 * @module
 */

import { CODE } from "../../abi/codes.ts";
import { LIMITS } from "../../limits.ts";
import type { GuestMemory } from "../guest_memory.ts";
import { readMessage } from "./guest_message.ts";

const STRICT_UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The path. Otherwise 1 it is empty, 2 it leaves the memory, 3 it is not
 * UTF-8, 4 it is longer than any message.
 */
export function readPath(
  memory: GuestMemory,
  ptr: number,
  len: number,
): string | number {
  const bytes = readMessage(memory, ptr, len, LIMITS.messageBytes);
  if (typeof bytes === "number") return bytes;
  try {
    return STRICT_UTF8.decode(bytes);
  } catch {
    return CODE.undecodable;
  }
}
