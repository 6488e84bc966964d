/**
 * Statements that compile to a lot: they are run, but not kept.
 *
 * @module
 */

import { LIMITS } from "../../limits.ts";
import { isOutOfMemory } from "./failure.ts";
import type { SqliteDatabase, SqliteStatement } from "./node_sqlite.ts";

/**
 * The bound on the instructions of a connection's statements. It is the one
 * for what is kept, also where SQLite compiles by itself what is kept once
 * more, and wider while a large statement is in use.
 */
export class LargeStatements {
  readonly #database: SqliteDatabase;
  #inUse = false;

  /** Bounds the connection. */
  constructor(database: SqliteDatabase) {
    this.#database = database;
    database.limits.vdbeOp = LIMITS.sqliteKeptOps;
  }

  /** Whether the statement in use is large. */
  get inUse(): boolean {
    return this.#inUse;
  }

  /** The statement in use is large, or what SQLite compiles while it runs may be. */
  admit(mostOps: number = LIMITS.sqliteOps): void {
    if (this.#inUse) return;
    this.#inUse = true;
    this.#database.limits.vdbeOp = mostOps;
  }

  /** Compiles a text that may have so many instructions, and is not kept. */
  prepareWithin(text: string, mostOps: number): SqliteStatement {
    this.admit(mostOps);
    return this.#database.prepare(text);
  }

  /** Compiles a text that may be kept, or one that has up to `mostOps` instructions and may not. */
  prepare(text: string, mostOps: number): SqliteStatement {
    try {
      return this.#database.prepare(text);
    } catch (error) {
      if (this.#inUse || !isOutOfMemory(error)) throw error;
    }
    this.admit(mostOps);
    return this.#database.prepare(text);
  }

  /** The statement is in use no longer. Gives whether it was large. */
  end(): boolean {
    const wasLarge = this.#inUse;
    if (wasLarge) this.#database.limits.vdbeOp = LIMITS.sqliteKeptOps;
    this.#inUse = false;
    return wasLarge;
  }
}
