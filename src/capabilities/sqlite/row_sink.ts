/**
 * Takes the rows of one query, bounded while they come.
 *
 * @module
 */

import type { SqlValue } from "../../abi/sqlite.ts";
import { LIMITS } from "../../limits.ts";

/** Where {@linkcode RowSink.receive} puts rows, between `open` and `close`. */
export class RowSink {
  #open = false;
  #rows: SqlValue[][] = [];
  #bytes = 0;
  #overflow: string | undefined;

  /** Why the query was stopped: it has more rows, or is larger, than allowed. */
  get overflow(): string | undefined {
    return this.#overflow;
  }

  /** Gets ready for a query. */
  open(): void {
    this.#open = true;
    this.#rows = [];
    this.#bytes = 0;
    this.#overflow = undefined;
  }

  /** Lets go of everything. */
  close(): void {
    this.#open = false;
    this.#rows = [];
  }

  /**
   * The function that SQL calls: keeps a row and returns its number. `true`,
   * which is no value of SQLite, makes SQLite stop with an error; an
   * exception would do harm here.
   */
  readonly receive = (...values: SqlValue[]): number | null | true => {
    if (!this.#open) return null;
    const rows = this.#rows;
    // SQL says so of a row that is too large to be handed over.
    if (values.length === 0) return this.#stop(TOO_LARGE);
    this.#bytes += leastBytes(values);
    if (this.#bytes > LIMITS.messageBytes) return this.#stop(TOO_LARGE);
    if (rows.length >= LIMITS.sqliteRows) return this.#stop(TOO_MANY);
    return rows.push(values) - 1;
  };

  /**
   * The rows in the order in which a query returned their numbers; `undefined`
   * when it returned some so often that they are too large together.
   */
  take(
    numbers: readonly (readonly SqlValue[])[],
  ): readonly SqlValue[][] | undefined {
    const rows = this.#rows;
    if (numbers.every((row, at) => row.length === 1 && row[0] === at)) {
      return rows;
    }
    let bytes = 0;
    const taken: SqlValue[][] = [];
    for (const row of numbers) {
      const values = row.flatMap((number) => rows[Number(number)] ?? []);
      bytes += leastBytes(values);
      if (bytes > LIMITS.messageBytes) {
        this.#overflow = TOO_LARGE;
        return undefined;
      }
      taken.push(values);
    }
    return taken;
  }

  #stop(reason: string): true {
    this.#overflow = reason;
    this.#rows = [];
    return true;
  }
}

/** The answer to a query that is over `LIMITS.messageBytes`. */
export const TOO_LARGE =
  `the rows are larger than ${LIMITS.messageBytes} bytes`;
const TOO_MANY = `there are more than ${LIMITS.sqliteRows} rows`;

/** What a row takes at least in a response. */
function leastBytes(values: readonly SqlValue[]): number {
  let bytes = 1;
  for (const value of values) {
    if (value === null) bytes += 1;
    else if (typeof value === "string") bytes += 1 + value.length;
    else if (typeof value === "object") bytes += 2 + value.byteLength;
    else bytes += 9;
  }
  return bytes;
}
