/**
 * How large the schema of a database may get: SQLite keeps all of it in memory.
 *
 * @module
 */

import { LIMITS } from "../../limits.ts";
import { SqlFailure } from "./failure.ts";
import type { SqliteDatabase, SqliteStatement } from "./node_sqlite.ts";

/** The schema of one connection, with its temporary objects. */
export class SchemaSize {
  readonly #database: SqliteDatabase;
  #bytes: SqliteStatement | undefined;

  /** Reads nothing yet. */
  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  /** Throws {@linkcode SqlFailure} when the schema would get too large by a text. */
  demandRoom(text: string): void {
    this.#bytes ??= this.#database.prepare(
      "SELECT sum(octet_length(sql)) FROM (SELECT sql FROM sqlite_schema " +
        "UNION ALL SELECT sql FROM sqlite_temp_schema)",
    );
    const bytes = Number(this.#bytes.all()[0]?.[0] ?? 0);
    if (bytes + text.length <= LIMITS.sqliteSchemaBytes) return;
    throw new SqlFailure(
      `Cannot run the SQL: the schema has ${bytes} bytes and would get ` +
        `${text.length} more, the most is ${LIMITS.sqliteSchemaBytes}`,
    );
  }
}
