/**
 * What `pulp_step` gets: a header of 20 bytes, and the event behind it.
 *
 * @module
 */

import { MsgpackWriter } from "./writer.ts";

/** Call number (u64), wall time (u64 nanoseconds), payload length (u32). */
export const ENVELOPE_HEADER_BYTES = 20;

/**
 * The payload of a step: the map `{kind, payload}` with the event's own map
 * embedded in place. An empty `payload` is written as nil. Default for
 * `writer`: one of its own.
 */
export function encodeEvent(
  kind: string,
  payload: Uint8Array,
  // The keys and every header take 64 bytes at most.
  writer: MsgpackWriter = new MsgpackWriter(
    64 + kind.length * 3 + payload.length,
  ),
): Uint8Array<ArrayBuffer> {
  writer.map(2).str("kind").str(kind).str("payload");
  return (payload.length === 0 ? writer.nil() : writer.raw(payload)).finish();
}

/**
 * Writes header and payload to `target` at `at`, where there must be
 * `ENVELOPE_HEADER_BYTES + payload.length` bytes. `callNumber` is a safe
 * integer, `wallMs` the Unix time in milliseconds; its fraction counts.
 * Throws a RangeError when `target` is too short.
 */
export function writeEnvelope(
  target: Uint8Array,
  at: number,
  callNumber: number,
  wallMs: number,
  payload: Uint8Array,
): void {
  if (target.length - at < ENVELOPE_HEADER_BYTES + payload.length) {
    throw new RangeError(
      `Cannot write an envelope to ${target.length - at} bytes: ${
        ENVELOPE_HEADER_BYTES + payload.length
      } are needed`,
    );
  }
  writeU32(target, at, callNumber);
  writeU32(target, at + 4, Math.floor(callNumber / TWO_32));
  // Nanoseconds pass 2^53, and a bigint here costs more than the rest of the
  // step: wallMs * 10^6 as high * 2^16 + low, each part exact.
  const wholeMs = Math.floor(wallMs);
  const high = Math.floor(wholeMs / TWO_16) * 1_000_000;
  const low = (wholeMs % TWO_16) * 1_000_000 +
    Math.floor((wallMs - wholeMs) * 1_000_000);
  const sum = (high % TWO_16) * TWO_16 + low;
  writeU32(target, at + 8, sum);
  writeU32(
    target,
    at + 12,
    Math.floor(high / TWO_16) + Math.floor(sum / TWO_32),
  );
  writeU32(target, at + 16, payload.length);
  if (payload.length > 0) target.set(payload, at + ENVELOPE_HEADER_BYTES);
}

const TWO_16 = 0x1_0000;
const TWO_32 = 0x1_0000_0000;

/** Bitwise operators take a number modulo 2^32, also above it. */
function writeU32(target: Uint8Array, at: number, n: number): void {
  target[at] = n;
  target[at + 1] = n >>> 8;
  target[at + 2] = n >>> 16;
  target[at + 3] = n >>> 24;
}
