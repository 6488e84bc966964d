/**
 * The records of `entropy_read`.
 *
 * @module
 */

import { RecordReader } from "./record.ts";
import { MsgpackWriter } from "./writer.ts";

/** How many random bytes a cell asks for. */
export interface EntropyRequest {
  /** Not yet compared with the limit; from 2^53 on rounded. */
  readonly n: number;
}

/** Throws `contract` when the request is not a map with an unsigned `n`. */
export function decodeEntropyRequest(bytes: Uint8Array): EntropyRequest {
  // The whole range is read: too many bytes has a code of its own.
  return { n: Number(RecordReader.parse(bytes).u64("n")) };
}

/** The answer `{bytes}`. */
export function encodeEntropyResult(
  bytes: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return new MsgpackWriter(16 + bytes.length).map(1).str("bytes").bin(bytes)
    .finish();
}
