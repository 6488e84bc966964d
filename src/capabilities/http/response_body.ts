/**
 * The body of an HTTP/1 response, a piece at a time.
 *
 * @module
 */

import { ChunkedDecoder } from "./chunked.ts";
import type { ConnReader } from "./conn_reader.ts";
import type { Framing } from "./response_head.ts";

type Piece = Promise<Uint8Array<ArrayBuffer> | undefined>;

/** A body that is read as it comes. */
export interface BodySource {
  /**
   * At least one byte, as memory of the taker's own; `undefined` at the end of
   * the body. Throws when the connection ends or breaks before that.
   */
  read(): Piece;
}

/** The body that follows a head. */
export function bodyOf(reader: ConnReader, framing: Framing): BodySource {
  if (framing === "chunked") return chunkedBody(reader);
  if (framing === "to the end") return { read: () => reader.take() };
  let left = framing;
  return {
    async read(): Piece {
      if (left === 0) return undefined;
      const piece = await reader.take(left);
      if (piece === undefined) throw endedEarly();
      left -= piece.length;
      return piece;
    },
  };
}

/** The body for who takes all of it. */
export async function* piecesOf(
  { read }: BodySource,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let piece = await read(); piece !== undefined; piece = await read()) {
    yield piece;
  }
}

/** Compressed bytes that are unpacked at a time: they may grow a thousandfold. */
const UNPACKED_AT_ONCE = 4 << 10;

/** The body without its gzip coding. */
export function gunzipped(body: BodySource): BodySource {
  const pieces = async function* (): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for await (const piece of piecesOf(body)) {
      for (let at = 0; at < piece.length; at += UNPACKED_AT_ONCE) {
        yield piece.subarray(at, at + UNPACKED_AT_ONCE);
      }
    }
  };
  const reader = ReadableStream.from(pieces())
    .pipeThrough(new DecompressionStream("gzip"))
    .getReader();
  return {
    async read(): Piece {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return undefined;
        if (value.length > 0) return value;
      }
    },
  };
}

function chunkedBody(reader: ConnReader): BodySource {
  const decoder = new ChunkedDecoder();
  return {
    async read(): Piece {
      while (!decoder.done) {
        const piece = await reader.take();
        if (piece === undefined) throw endedEarly();
        const length = decoder.decode(piece);
        if (length > 0) return piece.subarray(0, length);
      }
      return undefined;
    },
  };
}

function endedEarly(): Error {
  return new Error("the connection ended before the body did");
}
