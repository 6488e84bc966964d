/**
 * Prepared statements that are kept, and what happens to the others.
 *
 * @module
 */

import { LIMITS } from "../../limits.ts";

/** Statements that a ballast stands for, and its size. A statement takes some 4 KiB. */
const BALLAST_STATEMENTS = 2_000;
const BALLAST_BYTES = 32 << 20;
const BALLASTS = 4;

/**
 * The statements used last, by their text: at most `LIMITS.sqliteStatements`,
 * none longer than `LIMITS.sqliteKeptTextBytes`, nor of more instructions than
 * `LIMITS.sqliteKeptOps`.
 *
 * A statement that is not kept is finalised when it is garbage, but its memory
 * is SQLite's, which V8 knows nothing of: a cell that writes its values into
 * the SQL could fill the machine before V8 collects. The ballast tells V8 of
 * it. It is never written to, so it takes no memory itself.
 */
export class StatementCache<T> {
  readonly #kept = new Map<string, T>();
  readonly #ballast: ArrayBuffer[] = [];
  #dropped = 0;

  /** How many are kept. */
  get size(): number {
    return this.#kept.size;
  }

  /** The entry for a text, which becomes the one used last. */
  get(text: string): T | undefined {
    const entry = this.#kept.get(text);
    if (entry !== undefined && this.#kept.size > LIMITS.sqliteStatements / 2) {
      this.#kept.delete(text);
      this.#kept.set(text, entry);
    }
    return entry;
  }

  /** Keeps an entry, unless its text is too long. */
  set(text: string, entry: T): void {
    if (text.length > LIMITS.sqliteKeptTextBytes) return this.countDropped();
    if (this.#kept.size >= LIMITS.sqliteStatements) {
      for (const [oldest] of this.#kept) {
        this.delete(oldest);
        break;
      }
    }
    this.#kept.set(text, entry);
  }

  /** Lets go of an entry. */
  delete(text: string): void {
    if (this.#kept.delete(text)) this.countDropped();
  }

  /** Lets go of an entry that takes a lot of memory, kept or not. */
  forget(entry: T): void {
    for (const [text, kept] of this.#kept) {
      if (kept === entry) this.#kept.delete(text);
    }
    // As much as so many others.
    this.#dropped += BALLAST_STATEMENTS - this.#dropped % BALLAST_STATEMENTS;
    this.#weigh();
  }

  /** Lets go of all. */
  clear(): void {
    this.#kept.clear();
    this.#ballast.length = 0;
  }

  /** Counts a statement that nobody keeps. */
  countDropped(): void {
    if (++this.#dropped % BALLAST_STATEMENTS === 0) this.#weigh();
  }

  #weigh(): void {
    const at = (this.#dropped / BALLAST_STATEMENTS) % BALLASTS;
    this.#ballast[at] = new ArrayBuffer(BALLAST_BYTES);
  }
}
