/**
 * How much the names of a result's columns may take. Each may be as long as
 * the statement, or as anything in the schema, and stand there two thousand
 * times for a few bytes of SQL.
 *
 * @module
 */

import { LIMITS } from "../../limits.ts";
import { isSqliteError, SqlFailure } from "./failure.ts";
import type { SqliteDatabase, SqliteStatement } from "./node_sqlite.ts";

/** Bounds the results of one connection. */
export class ColumnNames {
  readonly #database: SqliteDatabase;
  /** The columns that SQLite itself allows. */
  readonly #most: number;
  readonly #longest: SqliteStatement;
  #schema: string | undefined;
  #longestBytes = 0;

  /** Prepares for a connection that has no authorizer yet: that is the cell's. */
  constructor(database: SqliteDatabase) {
    this.#database = database;
    this.#most = database.limits.column;
    this.#longest = database.prepare(
      "SELECT max(octet_length(sql)) FROM " +
        "(SELECT sql FROM sqlite_schema UNION ALL SELECT sql FROM sqlite_temp_schema)",
    );
  }

  /**
   * Compiles a text with `compile`; `schema` changes whenever the schema does.
   *
   * @throws {SqlFailure} when its result has columns of which the names might
   * take too much
   */
  bound<T>(text: string, schema: string, compile: () => T): T {
    if (schema !== this.#schema) {
      this.#longestBytes = Number(this.#longest.all()[0]?.[0] ?? 0);
      this.#schema = schema;
    }
    const nameBytes = text.length + this.#longestBytes;
    const most = Math.floor(LIMITS.sqliteColumnNamesBytes / nameBytes);
    if (most >= this.#most) return compile();
    const { limits } = this.#database;
    limits.column = most;
    try {
      return compile();
    } catch (error) {
      if (!isSqliteError(error) || !/^too many /.test(error.message)) {
        throw error;
      }
      throw new SqlFailure(
        `Cannot run the SQL: ${error.message}; ${most} are the most with ` +
          `names of up to ${nameBytes} bytes, as long as the SQL and the ` +
          "longest definition in the schema are together",
        undefined,
        { cause: error },
      );
    } finally {
      limits.column = this.#most;
    }
  }
}
