/**
 * The type of a body whose sender named none: what Go's server does, so that a
 * cell that relies on it is shown by browsers as before.
 *
 * @module
 */

const HTML =
  /^(?:<!DOCTYPE HTML|<HTML|<HEAD|<SCRIPT|<IFRAME|<H1|<DIV|<FONT|<TABLE|<A|<STYLE|<TITLE|<B|<BODY|<BR|<P|<!--)[ >]/i;

/** First bytes, as text with a character for each. */
const SIGNATURES: readonly (readonly [string, string])[] = [
  ["%PDF-", "application/pdf"],
  ["%!PS-Adobe-", "application/postscript"],
  ["\xfe\xff", "text/plain; charset=utf-16be"],
  ["\xff\xfe", "text/plain; charset=utf-16le"],
  ["\xef\xbb\xbf", "text/plain; charset=utf-8"],
  ["GIF87a", "image/gif"],
  ["GIF89a", "image/gif"],
  ["\x89PNG\r\n\x1a\n", "image/png"],
  ["\xff\xd8\xff", "image/jpeg"],
  ["BM", "image/bmp"],
  ["OggS\0", "application/ogg"],
  ["PK\x03\x04", "application/zip"],
  ["\x1f\x8b\x08", "application/x-gzip"],
  ["\0asm", "application/wasm"],
];

/** Looks at the first 512 bytes, as Go does. */
export function sniffContentType(body: Uint8Array): string {
  const head = String.fromCharCode(...body.subarray(0, 512));
  const text = head.replace(/^[\t\n\f\r ]+/, "");
  if (HTML.test(text)) return "text/html; charset=utf-8";
  if (text.startsWith("<?xml")) return "text/xml; charset=utf-8";
  const known = SIGNATURES.find(([start]) => head.startsWith(start));
  if (known !== undefined) return known[1];
  if (/^RIFF....WEBPVP/s.test(head)) return "image/webp";
  // deno-lint-ignore no-control-regex -- the bytes that no text holds
  return /[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]/.test(head)
    ? "application/octet-stream"
    : "text/plain; charset=utf-8";
}
