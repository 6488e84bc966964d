/**
 * How large the schema of a database may get: SQLite keeps all of it in memory.
 *
 * @module
 */

import { LIMITS } from "../../limits.ts";
import { SqlFailure } from "./failure.ts";
import type { SqliteDatabase, SqliteStatement } from "./node_sqlite.ts";
import { renamingOf } from "./renaming.ts";
import { makesTableOfQuery, type SqlStatement } from "./sql_statement.ts";

/** The SQL of a connection's schema, with its temporary objects. */
export const SCHEMA =
  "(SELECT sql FROM sqlite_schema UNION ALL SELECT sql FROM sqlite_temp_schema)";
const SAVEPOINT = `"pulp schema"`;

/** Keeps the schema of one connection within its limit. */
export class SchemaSize {
  readonly #bytes: SqliteStatement;
  readonly #mentions: SqliteStatement;
  readonly #begin: SqliteStatement;
  readonly #undo: SqliteStatement;
  readonly #end: SqliteStatement;

  /** Prepares for a connection that has no authorizer yet: that is the cell's. */
  constructor(database: SqliteDatabase) {
    this.#bytes = database.prepare(
      `SELECT sum(octet_length(sql)) FROM ${SCHEMA}`,
    );
    this.#mentions = database.prepare(
      "SELECT sum((octet_length(sql) - octet_length(replace(lower(sql), ?1, ''))) " +
        `/ octet_length(?1)) FROM ${SCHEMA}`,
    );
    this.#begin = database.prepare(`SAVEPOINT ${SAVEPOINT}`);
    this.#undo = database.prepare(`ROLLBACK TO ${SAVEPOINT}`);
    this.#end = database.prepare(`RELEASE ${SAVEPOINT}`);
  }

  /** Throws {@linkcode SqlFailure} when a statement would make the schema too large. */
  demandRoom({ keyword, text }: SqlStatement): void {
    const bytes = this.#read();
    const more = keyword === "ALTER" ? this.#growth(text) : utf8Length(text);
    if (bytes + more > LIMITS.sqliteSchemaBytes) throw tooLarge(bytes, more);
  }

  /**
   * Runs a statement. One that names columns after what it reads is undone,
   * with {@linkcode SqlFailure}, when that made the schema too large.
   */
  within<T>(statement: SqlStatement, run: () => T): T {
    if (!makesTableOfQuery(statement)) return run();
    const before = this.#read();
    this.#begin.run();
    try {
      const result = run();
      const after = this.#read();
      if (after > LIMITS.sqliteSchemaBytes) {
        throw tooLarge(before, after - before);
      }
      this.#end.run();
      return result;
    } catch (error) {
      this.#abandon();
      throw error;
    }
  }

  #abandon(): void {
    try {
      this.#undo.run();
      this.#end.run();
    } catch {
      // What failed has rolled back the transaction, and with it this.
    }
  }

  #read(): number {
    return Number(this.#bytes.all()[0]?.[0] ?? 0);
  }

  /** How much more of a schema an ALTER makes at most: a new name may stand in all of it. */
  #growth(text: string): number {
    const renaming = renamingOf(text);
    if (renaming === undefined) return utf8Length(text);
    const { from, to } = renaming;
    // A quote within a name stands there twice.
    const part = from.split(/["'`]/).reduce((longest, part) =>
      part.length > longest.length ? part : longest
    );
    const mentions = part === ""
      ? this.#read()
      : Number(this.#mentions.all(lower(part))[0]?.[0] ?? 0);
    const quotes = to.split('"').length + 1;
    return mentions * (utf8Length(to) + quotes);
  }
}

function tooLarge(bytes: number, more: number): SqlFailure {
  return new SqlFailure(
    `Cannot run the SQL: the schema has ${bytes} bytes and would get ` +
      `${more} more, the most is ${LIMITS.sqliteSchemaBytes}`,
  );
}

/** As SQLite's function of that name does it. */
function lower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function utf8Length(text: string): number {
  return encoder.encode(text).length;
}

const encoder = new TextEncoder();
