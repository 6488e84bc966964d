/**
 * The records of `transport.sse`.
 *
 * @module
 */

import { RecordReader } from "./record.ts";

/** What a cell sends with `sse_emit`. */
export interface SseEmit {
  /** Concrete and decoded: no pattern. */
  readonly path: string;
  /** Absent when empty. */
  readonly id?: string;
  /** Absent when empty. */
  readonly event?: string;
  readonly data: string;
}

/** Throws `contract`. */
export function decodeSseEmit(bytes: Uint8Array): SseEmit {
  const record = RecordReader.parse(bytes);
  const id = record.str("id");
  const event = record.str("event");
  return {
    path: record.str("path"),
    ...(id === "" ? {} : { id }),
    ...(event === "" ? {} : { event }),
    data: record.str("data"),
  };
}
