/**
 * Text that has to be what it says, to the byte.
 *
 * @module
 */

const EXACT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of bytes that are UTF-8, a mark at their start included; `undefined` when they are not. */
export function utf8Of(bytes: Uint8Array): string | undefined {
  try {
    return EXACT.decode(bytes);
  } catch {
    return undefined;
  }
}
