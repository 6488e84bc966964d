/** UTF-8 as the wire has it. */

/** Text as UTF-8. A surrogate without its pair becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  return Uint8Array.wrap(
    String.UTF8.encode(text, false, String.UTF8.ErrorMode.REPLACE),
  );
}

/** UTF-8 as text. */
export function decodeUtf8(bytes: Uint8Array): string {
  return String.UTF8.decodeUnsafe(bytes.dataStart, bytes.length);
}

/** Whether the bytes are well-formed: no overlong form, no surrogate, nothing past U+10FFFF. */
export function isUtf8(start: usize, length: i32): bool {
  let at = start;
  const end = start + length;
  while (at < end) {
    const lead = <u32> load<u8>(at++);
    if (lead < 0x80) continue;
    let more: u32 = 0;
    let lowest: u32 = 0x80;
    let highest: u32 = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf) more = 1;
    else if (lead >= 0xe0 && lead <= 0xef) {
      more = 2;
      if (lead == 0xe0) lowest = 0xa0;
      if (lead == 0xed) highest = 0x9f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      more = 3;
      if (lead == 0xf0) lowest = 0x90;
      if (lead == 0xf4) highest = 0x8f;
    } else return false;
    if (<u32> (end - at) < more) return false;
    const first = <u32> load<u8>(at++);
    if (first < lowest || first > highest) return false;
    for (; more > 1; more--) {
      if ((load<u8>(at++) & 0xc0) != 0x80) return false;
    }
  }
  return true;
}

/** The longest prefix of at most `most` bytes that ends between two characters. */
export function cutUtf8(bytes: Uint8Array, most: i32): Uint8Array {
  if (bytes.length <= most) return bytes;
  let end = most;
  while (end > 0 && (bytes[end] & 0xc0) == 0x80) end--;
  return bytes.subarray(0, end);
}
