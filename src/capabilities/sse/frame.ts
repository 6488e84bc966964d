/**
 * Events as lines of `text/event-stream`.
 *
 * @module
 */

import type { SseEmit } from "../../abi/sse.ts";
import { LIMITS } from "../../limits.ts";

const UTF8 = new TextEncoder();
const LINE_END = /\r\n|\r|\n/g;
/** Of each line of the data: `data: ` and its end. */
const LINE_BYTES = 7;

/** The comment that keeps a quiet connection alive. */
export const PING = UTF8.encode(":ping\n\n");

/**
 * Why an event can't be sent; `undefined` for one that can. A line end in `id`
 * or `event` would begin another field, and clients ignore an id with a NUL.
 * Data of nothing but line ends would become seven times as much.
 */
export function faultOfEvent(
  { id = "", event = "", data }: Omit<SseEmit, "path">,
): string | undefined {
  if (/[\r\n]/.test(event) || /[\r\n\0]/.test(id)) {
    return "its id or name holds a line end, or its id a NUL";
  }
  const texts = 3 * (id.length + event.length + data.length);
  // Most are known to be small enough without a look at each letter.
  if (texts * (1 + LINE_BYTES) <= LIMITS.sseEventBytes) return undefined;
  const bytes = utf8Length(id) + utf8Length(event) + utf8Length(data) +
    linesOf(data) * LINE_BYTES;
  return bytes <= LIMITS.sseEventBytes
    ? undefined
    : `its lines have ${bytes} bytes, the most is ${LIMITS.sseEventBytes}`;
}

/**
 * The lines of one event without a fault. Every line of the data, however it
 * ends, gets a line of its own.
 */
export function encodeSseEvent(
  { id, event, data }: Omit<SseEmit, "path">,
): Uint8Array<ArrayBuffer> {
  let text = "";
  if (id !== undefined) text += `id: ${id}\n`;
  if (event !== undefined) text += `event: ${event}\n`;
  return UTF8.encode(
    `${text}data: ${data.replace(LINE_END, "\ndata: ")}\n\n`,
  );
}

/** Counted without an object for each. */
function linesOf(data: string): number {
  let lines = 1;
  for (let at = 0; at < data.length; at++) {
    const code = data.charCodeAt(at);
    if (code === 0x0a || (code === 0x0d && data.charCodeAt(at + 1) !== 0x0a)) {
      lines++;
    }
  }
  return lines;
}

function utf8Length(text: string): number {
  return UTF8.encode(text).length;
}
