/**
 * Names may be as long as the SQL of the schema, or as the statement, and a
 * few bytes of SQL have thousands of them come out: as the columns of a
 * result, or in what EXPLAIN says.
 *
 * @module
 */

import { LIMITS } from "../../limits.ts";
import { isSqliteError, SqlFailure } from "./failure.ts";
import type { SqliteDatabase, SqliteStatement } from "./node_sqlite.ts";
import { SCHEMA } from "./schema_size.ts";

/** So many names are not too much, however long they are. */
const FEW = 100;

/** Bounds what comes out of one connection by the longest name that there can be. */
export class LongNames {
  readonly #database: SqliteDatabase;
  /** The columns that SQLite itself allows. */
  readonly #mostColumns: number;
  readonly #longest: SqliteStatement;
  #schema: string | undefined;
  #longestBytes = 0;

  /** Prepares for a connection that has no authorizer yet: that is the cell's. */
  constructor(database: SqliteDatabase) {
    this.#database = database;
    this.#mostColumns = database.limits.column;
    this.#longest = database.prepare(
      `SELECT max(octet_length(sql)) FROM ${SCHEMA}`,
    );
  }

  /**
   * Compiles a text with `compile`; `schema` changes whenever the schema does.
   *
   * @throws {SqlFailure} when its result has columns of which the names might
   * take too much
   */
  bound<T>(text: string, schema: string, compile: () => T): T {
    const most = this.most(text, schema);
    if (most >= this.#mostColumns) return compile();
    const { limits } = this.#database;
    limits.column = most;
    try {
      return compile();
    } catch (error) {
      if (!isSqliteError(error) || !/^too many /.test(error.message)) {
        throw error;
      }
      throw new SqlFailure(
        `Cannot run the SQL: ${error.message}; ${most} are the most with names ` +
          "as long as this SQL and the longest definition in the schema",
        undefined,
        { cause: error },
      );
    } finally {
      limits.column = this.#mostColumns;
    }
  }

  /** Throws {@linkcode SqlFailure} when an answer has so many rows, each with a name, and they might take too much. */
  demandFew(rows: number | undefined, text: string, schema: string): void {
    if (rows === undefined || rows <= FEW) return;
    const most = Math.max(FEW, this.most(text, schema));
    if (rows <= most) return;
    throw new SqlFailure(
      `Cannot run the SQL: ${rows} rows are too many; ${most} are the most ` +
        "with names as long as the longest definition in the schema",
    );
  }

  /** How many names may come out of a text, if each is as long as one can be. */
  most(text: string, schema: string): number {
    if (schema !== this.#schema) {
      this.#longestBytes = Number(this.#longest.all()[0]?.[0] ?? 0);
      this.#schema = schema;
    }
    return Math.floor(
      LIMITS.sqliteNamesBytes / (text.length + this.#longestBytes),
    );
  }
}
