/**
 * Frames of the control socket: a little-endian u32 length, then that many
 * bytes.
 *
 * @module
 */

import { PulpError } from "../../errors.ts";
import { LIMITS } from "../../limits.ts";

/** What frames are read from: a connection. */
export interface ByteSource {
  /** Reads at most as many bytes as fit; `null` at the end. */
  read(into: Uint8Array): Promise<number | null>;
}

/** The first piece of memory for a frame, whatever length it announces. */
const FIRST_PIECE_BYTES = 4096;

/**
 * A message as a frame.
 *
 * @throws {PulpError} `contract` when it is longer than `LIMITS.controlFrameBytes`
 */
export function encodeFrame(message: Uint8Array): Uint8Array {
  checkLength(message.length);
  const frame = new Uint8Array(4 + message.length);
  new DataView(frame.buffer).setUint32(0, message.length, true);
  frame.set(message, 4);
  return frame;
}

/**
 * Reads one frame and gives the message in it. Memory grows with the bytes
 * that came, never with the length that was announced.
 *
 * @throws {PulpError} `contract` when the length is 0 or above
 * `LIMITS.controlFrameBytes`, or the source ends early
 */
export async function readFrame(source: ByteSource): Promise<Uint8Array> {
  const header = await readExactly(source, 4);
  const length = new DataView(header.buffer).getUint32(0, true);
  checkLength(length);
  return await readExactly(source, length);
}

async function readExactly(
  source: ByteSource,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  let bytes = new Uint8Array(Math.min(length, FIRST_PIECE_BYTES));
  let at = 0;
  while (at < length) {
    if (at === bytes.length) {
      const grown = new Uint8Array(Math.min(length, at * 2));
      grown.set(bytes);
      bytes = grown;
    }
    const count = await source.read(bytes.subarray(at));
    if (count === null) {
      throw new PulpError(
        "contract",
        `Cannot read a frame: it ends after ${at} of ${length} bytes`,
      );
    }
    at += count;
  }
  return bytes;
}

function checkLength(length: number): void {
  if (length >= 1 && length <= LIMITS.controlFrameBytes) return;
  throw new PulpError(
    "contract",
    `Cannot use a frame of ${length} bytes: ` +
      `it takes 1 to ${LIMITS.controlFrameBytes}`,
  );
}
