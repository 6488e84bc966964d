/**
 * Events as lines of `text/event-stream`.
 *
 * @module
 */

import type { SseEmit } from "../../abi/sse.ts";

const UTF8 = new TextEncoder();
const LINE_END = /\r\n|\r|\n/;

/** The comment that keeps a quiet connection alive. */
export const PING = UTF8.encode(":ping\n\n");

/**
 * The lines of one event. Every line of the data, however it ends, gets a
 * line of its own; a line end in `id` or `event` would begin another field,
 * so `undefined` is given for these, and for a NUL in `id`, which clients
 * ignore.
 */
export function encodeSseEvent(
  { id, event, data }: Omit<SseEmit, "path">,
): Uint8Array<ArrayBuffer> | undefined {
  let text = "";
  if (id !== undefined) {
    if (LINE_END.test(id) || id.includes("\0")) return undefined;
    text += `id: ${id}\n`;
  }
  if (event !== undefined) {
    if (LINE_END.test(event)) return undefined;
    text += `event: ${event}\n`;
  }
  for (const line of data.split(LINE_END)) text += `data: ${line}\n`;
  return UTF8.encode(`${text}\n`);
}
