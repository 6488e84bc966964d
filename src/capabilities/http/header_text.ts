/**
 * Header fields on their way between a cell, which holds UTF-8, and Deno,
 * which holds one character for each byte.
 *
 * @module
 */

import { utf8Of } from "../../abi/utf8.ts";

const UTF8 = new TextEncoder();

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// deno-lint-ignore no-control-regex -- these are what a value must not hold
const FORBIDDEN = /[\x00-\x08\x0a-\x1f\x7f]/;
// deno-lint-ignore no-control-regex -- ASCII ends at 7f
const ASCII = /^[\x00-\x7f]*$/;

/** Fields that belong to one connection, or to the framing of one message. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Whether this is a method, or the name of a field. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Whether the value can go on the wire: no line ends, no other controls. */
export function isFieldValue(value: string): boolean {
  return !FORBIDDEN.test(value);
}

/** Whether the host alone decides about this field. `name` in lower case. */
export function isHopByHop(name: string): boolean {
  return HOP_BY_HOP.has(name);
}

/** Whether a text is the same as bytes and as characters. */
export function isAscii(text: string): boolean {
  return ASCII.test(text);
}

/** Text as Deno wants it: a character for each byte of its UTF-8. */
export function toByteString(text: string): string {
  return ASCII.test(text) ? text : byteString(UTF8.encode(text));
}

/** A character for each byte. */
export function byteString(bytes: Uint8Array): string {
  let text = "";
  // More arguments than that don't fit on the stack.
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}

/** The text that Deno gave as bytes: UTF-8 if it is that, Latin-1 otherwise. */
export function fromByteString(value: string): string {
  if (ASCII.test(value)) return value;
  return utf8Of(bytesOf(value)) ?? value;
}

/** The bytes that {@linkcode byteString} made a text of. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  // `Uint8Array.from` makes a list of all characters first.
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}
