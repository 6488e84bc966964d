/**
 * What a command that takes its time is about, for who waits.
 *
 * @module
 */

import type { CliIo } from "./io.ts";
import { escapeUnprintable } from "./record_text.ts";

/** What is over sooner needs no progress. */
const QUIET_MS = 1_000;

/** Empties the line that the cursor of a terminal stands on. */
export const CLEAR_LINE = "\r\x1b[K";

/** One line on standard error, from the second second on, and only on a terminal. Gone when disposed of. */
export class Progress implements Disposable {
  readonly #io: CliIo;
  readonly #now: () => number;
  readonly #start: number;
  #shown = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Starts the clock; `now` is in milliseconds. */
  constructor(io: CliIo, now: () => number = () => performance.now()) {
    this.#io = io;
    this.#now = now;
    this.#start = now();
  }

  /** Says what goes on now. */
  show(text: string): void {
    if (this.#now() - this.#start >= QUIET_MS) this.#write(text);
  }

  /** Says what is waited for, if it is still waited for after a second. */
  showIfLong(text: string): void {
    if (!this.#io.stderr.isTerminal) return;
    this.#timer = setTimeout(() => this.#write(text), QUIET_MS);
  }

  #write(text: string): void {
    const { stderr } = this.#io;
    if (!stderr.isTerminal) return;
    this.#shown = true;
    stderr.write(`${CLEAR_LINE}${escapeUnprintable(text).slice(0, 79)}`);
  }

  /** Takes the line away, for something else that goes there. */
  clear(): void {
    if (this.#shown) this.#io.stderr.write(CLEAR_LINE);
    this.#shown = false;
  }

  /** Takes the line away. */
  [Symbol.dispose](): void {
    // Timers are a part of Deno that takes 5 ms to load, used or not.
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.clear();
  }
}
