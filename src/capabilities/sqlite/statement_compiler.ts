/**
 * From the statements of a cell to statements of SQLite, bounded in what they
 * may make the host hold.
 *
 * @module
 */

import { LIMITS } from "../../limits.ts";
import { isSqliteError, SqlFailure } from "./failure.ts";
import type { LargeStatements } from "./large_statements.ts";
import { LongNames } from "./long_names.ts";
import type { SqliteDatabase, SqliteStatement } from "./node_sqlite.ts";
import type { Act } from "./policy.ts";
import { pragmaAsQuery, rowsOfCheck } from "./pragma_query.ts";
import type { PreparedExec, PreparedQuery } from "./prepared.ts";
import { compoundAsRows, returningAsRows, selectAsRows } from "./row_sql.ts";
import type { SchemaSize } from "./schema_size.ts";
import {
  makesTableOfQuery,
  namesColumns,
  type SqlStatement,
  writesRows,
} from "./sql_statement.ts";
import type { StatementGuard } from "./statement_guard.ts";

/** What a compiler shares with its connection. */
export interface CompilerParts {
  readonly guard: StatementGuard;
  readonly large: LargeStatements;
  readonly schemaSize: SchemaSize;
  /** Told of each statement that was compiled only to learn its columns. */
  readonly onDropped: () => void;
}

/** Compiles the statements of one connection. Throws what SQLite says, and {@linkcode SqlFailure}. */
export class StatementCompiler {
  readonly #guard: StatementGuard;
  readonly #large: LargeStatements;
  readonly #schemaSize: SchemaSize;
  readonly #longNames: LongNames;
  readonly #onDropped: () => void;
  readonly #schemaVersion: SqliteStatement;
  /** Makes SQLite read the schema again if it changed. */
  readonly #readSchema: SqliteStatement;

  /** Prepares for a connection that has no authorizer yet: that is the cell's. */
  constructor(
    database: SqliteDatabase,
    { guard, large, schemaSize, onDropped }: CompilerParts,
  ) {
    this.#guard = guard;
    this.#large = large;
    this.#schemaSize = schemaSize;
    this.#onDropped = onDropped;
    this.#longNames = new LongNames(database);
    this.#schemaVersion = database.prepare("PRAGMA schema_version");
    this.#readSchema = database.prepare("SELECT 1 FROM sqlite_schema LIMIT 0");
  }

  /** Changes whenever the schema does, whoever changed it. */
  get schema(): string {
    return `${this.#schemaVersion.all()[0]?.[0]}/${this.#guard.temporary}`;
  }

  /** Compiles a statement for its effect. */
  forExec(statement: SqlStatement): PreparedExec {
    const prepared = makesTableOfQuery(statement)
      ? this.#compileNaming(statement, this.schema)
      : this.#compile(statement);
    const steps = statement.keyword === "PRAGMA" &&
      prepared.columns().length === 0;
    return { prepared, steps };
  }

  /** Compiles a statement for its rows, and learns their columns. */
  forQuery(statement: SqlStatement): PreparedQuery {
    // SQLite compiles for the schema that it knows, and finds out when it runs.
    this.#readSchema.all();
    const schema = this.schema;
    const plain = namesColumns(statement)
      ? this.#compileNaming(statement, schema)
      : this.#compile(statement);
    const pragma = this.#guard.pragma;
    if (statement.keyword === "PRAGMA" && !statement.explained) {
      this.#longNames.demandFew(rowsOfCheck(pragma), statement.text, schema);
    }
    const columns = plain.columns().map(({ name }) => name);
    const named = statement.returning?.items.includes("*") ?? false;
    const sunk = sinkSql(statement, columns, pragma);
    if (sunk.length > 0) this.#onDropped();
    const prepared = sunk.length === 0 ? plain : this.#prepareFirst(sunk);
    return { prepared, columns, sunk: sunk.length > 0, schema, named };
  }

  /** Compiles the first text that is valid. */
  #prepareFirst([text = "", ...others]: readonly string[]): SqliteStatement {
    try {
      return this.#large.prepare(text, LIMITS.sqliteOps);
    } catch (error) {
      if (others.length === 0 || !isSqliteError(error)) throw error;
      return this.#prepareFirst(others);
    }
  }

  #compile(statement: SqlStatement): SqliteStatement {
    const { keyword, text, explained } = statement;
    if (keyword === "CREATE" || keyword === "ALTER") {
      this.#schemaSize.demandRoom(statement);
    }
    this.#guard.foreign = true;
    try {
      const prepared = explained
        ? this.#large.prepareWithin(text, this.#explainOps(text))
        : this.#large.prepare(text, LIMITS.sqliteOps);
      if (this.#guard.readsPragma) this.#large.admit();
      if (prepared.sourceSQL.length === text.length) return prepared;
    } finally {
      this.#guard.foreign = false;
    }
    // Never seen; running a part of it would be worse than refusing it.
    throw new SqlFailure("Cannot run the SQL: it is unclear where it ends");
  }

  /** Compiles what names columns: for its answer, or for a table. */
  #compileNaming(statement: SqlStatement, schema: string): SqliteStatement {
    return this.#longNames.bound(
      statement.text,
      schema,
      () => this.#compile(statement),
    );
  }

  /** The instructions of a statement that is explained: each is a row of the answer, and may have names in it. */
  #explainOps(text: string): number {
    const most = this.#longNames.most(text, this.schema);
    return Math.min(LIMITS.sqliteExplainOps, most);
  }
}

/**
 * How the rows of a statement get into the sink: the first text that compiles.
 * None for rows that are few and small anyway.
 */
function sinkSql(
  statement: SqlStatement,
  columns: readonly string[],
  pragma: Act | undefined,
): readonly string[] {
  if (columns.length === 0 || statement.explained) return [];
  if (statement.keyword === "PRAGMA") {
    const query = pragmaAsQuery(pragma);
    return query === undefined ? [] : [selectAsRows(query, columns.length)];
  }
  if (writesRows(statement)) return returningAsRows(statement, columns);
  const { compound } = statement;
  const rows = selectAsRows(statement, columns.length);
  // SQLite takes 500 queries in one: one more may be too many.
  return compound === undefined
    ? [rows]
    : [...compoundAsRows(statement, compound, columns), rows];
}
