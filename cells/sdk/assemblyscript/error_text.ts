/** A message that stays at one address until the next one takes its place. */

import { cutUtf8, encodeUtf8 } from "./utf8";

const MOST_BYTES: i32 = 4096;

export class ErrorText {
  private bytes: Uint8Array = new Uint8Array(0);

  set(text: string): void {
    this.bytes = cutUtf8(encodeUtf8(text), MOST_BYTES);
  }

  get ptr(): u32 {
    return this.bytes.length == 0 ? 0 : <u32> this.bytes.dataStart;
  }

  get length(): u32 {
    return this.bytes.length;
  }
}
