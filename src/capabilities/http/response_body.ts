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

/** The most that is unpacked before somebody takes it, in bytes: packed ones may grow a thousandfold. */
const UNPACKED_BYTES = 64 << 10;

/** The body without its gzip coding. */
export function gunzipped(body: BodySource): BodySource {
  const pieces = unpacked(body);
  return {
    async read(): Piece {
      const { done, value } = await pieces.next();
      return done ? undefined : value;
    },
  };
}

async function* unpacked(
  body: BodySource,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  // Not `DecompressionStream`: it unpacks all that it is given at once. Loaded
  // here, since most cells fetch nothing that is packed.
  const { createGunzip } = await import("node:zlib");
  const { pipeline } = await import("node:stream");
  const gunzip = createGunzip({ chunkSize: UNPACKED_BYTES });
  // What goes wrong on the way is thrown by the loop.
  pipeline(piecesOf(body), gunzip, () => {});
  try {
    for await (const { buffer, byteOffset, length } of gunzip) {
      const piece = new Uint8Array(buffer, byteOffset, length);
      // What is left of the memory is for the next piece.
      yield length < buffer.byteLength ? piece.slice() : piece;
    }
  } catch (error) {
    throw isOfZlib(error)
      ? new Error("the gzip coding of the body is broken", { cause: error })
      : error;
  }
}

function isOfZlib(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    String(error.code).startsWith("Z_");
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
