/**
 * Text that has to be what it says, to the byte.
 *
 * @module
 */

const EXACT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const LENIENT = new TextDecoder("utf-8", { ignoreBOM: true });
const ENCODER = new TextEncoder();

/** What `LENIENT` puts where bytes are not UTF-8. It may also be meant. */
const REPLACEMENT = "\ufffd";

/** Up to here, in bytes, the error of `EXACT` takes longer than all else. */
const SHORT_BYTES = 4096;

/** The text of bytes that are UTF-8, a mark at their start included; `undefined` when they are not. */
export function utf8Of(bytes: Uint8Array): string | undefined {
  if (bytes.length <= SHORT_BYTES) {
    const text = LENIENT.decode(bytes);
    return text.includes(REPLACEMENT) && !isTextOf(bytes, text)
      ? undefined
      : text;
  }
  try {
    return EXACT.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Whether the bytes are just those of the text. */
function isTextOf(bytes: Uint8Array, text: string): boolean {
  const exact = new Uint8Array(bytes.length);
  const { read } = ENCODER.encodeInto(text, exact);
  return read === text.length && exact.every((byte, at) => byte === bytes[at]);
}
