/**
 * Turns a stream of bytes into lines for the log.
 *
 * @module
 */

import { LIMITS } from "../limits.ts";

/** Collects bytes and hands out a line at a time; holds at most one line's limit. */
export class LineWriter {
  readonly #emit: (line: string) => void;
  readonly #pending = new Uint8Array(LIMITS.logTextBytes);
  #length = 0;

  /** `emit` gets each line, without its line break. */
  constructor(emit: (line: string) => void) {
    this.#emit = emit;
  }

  /** Takes bytes. A line longer than the limit is handed out in pieces. */
  write(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte === 0x0a) this.#send();
      else {
        if (this.#length === this.#pending.length) this.#send();
        this.#pending[this.#length++] = byte;
      }
    }
  }

  /** Hands out what was written since the last line break, if anything. */
  flush(): void {
    if (this.#length > 0) this.#send();
  }

  #send(): void {
    let end = this.#length;
    if (end > 0 && this.#pending[end - 1] === 0x0d) end--;
    const line = new TextDecoder().decode(this.#pending.subarray(0, end));
    this.#length = 0;
    this.#emit(line);
  }
}
