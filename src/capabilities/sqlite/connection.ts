/**
 * The connection of one cell to its database.
 *
 * @module
 */

import { CODE } from "../../abi/codes.ts";
import type { ExecResult, QueryResult, SqlValue } from "../../abi/sqlite.ts";
import { messageOf } from "../../errors.ts";
import { LIMITS } from "../../limits.ts";
import {
  isOutOfMemory,
  isSqliteError,
  SqlFailure,
  sqlFailureOf,
} from "./failure.ts";
import { LargeStatements } from "./large_statements.ts";
import {
  type Binding,
  openSqlite,
  type SqliteDatabase,
  type SqliteStatement,
} from "./node_sqlite.ts";
import { bindingsOf, layoutOf } from "./parameters.ts";
import type { Prepared, PreparedExec, PreparedQuery } from "./prepared.ts";
import { ROW_FUNCTION } from "./row_sql.ts";
import { RowSink } from "./row_sink.ts";
import { SchemaSize } from "./schema_size.ts";
import { applySettings } from "./settings.ts";
import { splitSql, type SqlStatement, writesRows } from "./sql_statement.ts";
import { StatementCache } from "./statement_cache.ts";
import { StatementCompiler } from "./statement_compiler.ts";
import { StatementGuard } from "./statement_guard.ts";

/** How often a query is run when the schema changes under it. */
const ATTEMPTS = 3;

/** An open database. Every method throws {@linkcode SqlFailure}. */
export class SqlConnection {
  readonly #database: SqliteDatabase;
  readonly #statements = new StatementCache<Prepared>();
  readonly #sink = new RowSink();
  readonly #guard = new StatementGuard();
  readonly #lastInsertId: SqliteStatement;
  readonly #schemaSize: SchemaSize;
  readonly #large: LargeStatements;
  readonly #compiler: StatementCompiler;
  readonly #isStopped: () => boolean;
  #broken = false;

  /** Opens or creates the database at `path`, in WAL mode. Once `isStopped`, no statement begins. */
  constructor(path: string, isStopped: () => boolean) {
    this.#isStopped = isStopped;
    const database = openSqlite(path, LIMITS.sqliteBusyMs);
    try {
      applySettings(database);
      database.function(ROW_FUNCTION, {
        varargs: true,
        directOnly: true,
        useBigIntArguments: true,
      }, this.#sink.receive);
      this.#database = database;
      this.#large = new LargeStatements(database);
      // Before the authorizer, which is the cell's.
      this.#schemaSize = new SchemaSize(database);
      this.#compiler = new StatementCompiler(database, {
        guard: this.#guard,
        large: this.#large,
        schemaSize: this.#schemaSize,
        onDropped: () => this.#statements.countDropped(),
      });
      this.#lastInsertId = database.prepare("SELECT last_insert_rowid()");
      database.setAuthorizer(this.#guard.authorize);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /**
   * Whether something else than SQLite failed within a callback. SQLite's next
   * error might then go unnoticed: the connection must not be used any more.
   */
  get broken(): boolean {
    return this.#broken;
  }

  /** Runs every statement of a text; each takes the values from the first on. */
  exec(sql: string, values: readonly SqlValue[]): ExecResult {
    let rowsAffected = 0n;
    let lastInsertId: bigint | undefined;
    for (const kept of this.#statementsOf(sql)) {
      const { statement } = kept;
      const done = this.#using(
        kept,
        () => this.#guarded(statement, () => this.#execOne(kept, values)),
      );
      if (done === undefined) continue;
      if (writesRows(statement)) rowsAffected = done.changes;
      lastInsertId = done.lastInsertRowid;
    }
    return {
      rowsAffected,
      lastInsertId: lastInsertId ?? this.#queryLastInsertId(),
    };
  }

  /**
   * Runs every statement of a text; the result is that of the last one that
   * returns columns.
   */
  query(sql: string, values: readonly SqlValue[]): QueryResult {
    let result: QueryResult = { columns: [], rows: [] };
    for (const kept of this.#statementsOf(sql)) {
      const rows = this.#using(kept, () => this.#queryOne(kept, values));
      if (rows.columns?.length !== 0) result = rows;
    }
    return result;
  }

  /** Rolls back, writes the log into the database and closes it. */
  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  /**
   * The statements of a text. Each is compiled when its turn comes: it may
   * need what an earlier one makes.
   */
  #statementsOf(sql: string): readonly Prepared[] {
    const kept = this.#statements.get(sql);
    if (kept !== undefined) return [kept];
    if (sql.includes("\0")) {
      throw new SqlFailure("Cannot run the SQL: there is a NUL in it");
    }
    const statements = splitSql(sql);
    return statements.map((statement) => {
      const key = statements.length === 1 ? sql : statement.text;
      let prepared = this.#statements.get(key);
      if (prepared === undefined) {
        prepared = { statement };
        this.#statements.set(key, prepared);
      }
      return prepared;
    });
  }

  #execOne(
    kept: Prepared,
    values: readonly SqlValue[],
  ): ReturnType<SqliteStatement["run"]> | undefined {
    const { statement } = kept;
    const exec = kept.exec ??= this.#compiler.forExec(statement);
    const bindings = this.#bind(kept, values);
    const { asked } = this.#guard;
    try {
      return this.#run(statement, exec, bindings);
    } catch (error) {
      const recompiled = asked !== this.#guard.asked;
      if (!recompiled || this.#large.inUse || !isOutOfMemory(error)) {
        throw error;
      }
      // The schema is another one, and with it the statement too large to be
      // kept: nothing of it ran. Otherwise SQLite got no memory.
      kept.exec = this.#compiler.forExec(statement);
      if (!this.#large.inUse || this.#guard.readsPragma) throw error;
    }
    return this.#run(statement, kept.exec, bindings);
  }

  #run(
    statement: SqlStatement,
    { prepared, steps }: PreparedExec,
    bindings: readonly Binding[],
  ): ReturnType<SqliteStatement["run"]> | undefined {
    if (statement.keyword === "VACUUM") {
      this.#vacuum(prepared, bindings);
      return undefined;
    }
    if (!steps) {
      return this.#schemaSize.within(
        statement,
        () => prepared.run(...bindings),
      );
    }
    prepared.all(...bindings);
    return undefined;
  }

  #queryOne(kept: Prepared, values: readonly SqlValue[]): QueryResult {
    const { statement } = kept;
    for (let attempt = 1;; attempt++) {
      if (kept.query?.named && kept.query.schema !== this.#compiler.schema) {
        this.#drop(kept);
      }
      const query = kept.query ??= this.#guarded(
        statement,
        () => this.#compiler.forQuery(statement),
      );
      const bindings = this.#bind(kept, values);
      const compiled = this.#guard.compiled;
      let failure: SqlFailure | undefined;
      let rows: readonly SqlValue[][] = [];
      try {
        rows = this.#guarded(statement, () => {
          if (statement.keyword !== "VACUUM") {
            return this.#schemaSize.within(
              statement,
              () => this.#rows(query, bindings),
            );
          }
          this.#vacuum(query.prepared, bindings);
          return [];
        });
      } catch (error) {
        failure = sqlFailureOf(error);
      }
      const refused = failure?.code === CODE.refused;
      if (refused || compiled !== this.#guard.compiled) {
        const changed = query.schema !== this.#compiler.schema;
        if (changed || refused) this.#drop(kept);
        // What writes has its columns by name: it did its work, or SQLite
        // refused it.
        const again = failure === undefined
          ? !writesRows(statement)
          : isSqliteError(failure.cause);
        if (changed && again && attempt < ATTEMPTS) continue;
      }
      if (failure !== undefined) throw failure;
      return { columns: query.columns, rows };
    }
  }

  #rows(
    { prepared, sunk }: PreparedQuery,
    bindings: readonly Binding[],
  ): readonly SqlValue[][] {
    if (!sunk) return prepared.all(...bindings);
    const sink = this.#sink;
    sink.open();
    try {
      const rows = sink.take(prepared.all(...bindings));
      if (rows !== undefined) return rows;
    } catch (error) {
      if (sink.overflow === undefined) throw error;
    } finally {
      sink.close();
    }
    throw new SqlFailure(`Cannot answer the query: ${sink.overflow}`);
  }

  /** Uses a statement; one that is too large to be kept, or has become so, is let go of behind that. */
  #using<T>(kept: Prepared, use: () => T): T {
    const { keyword, text, explained } = kept.statement;
    // Within these SQLite compiles others, as large as the schema is.
    const compilesMore = !explained && (keyword === "ALTER" ||
      keyword === "PRAGMA" && /check|optimize/i.test(text));
    if (compilesMore) this.#large.admit();
    try {
      return use();
    } catch (error) {
      if (error instanceof SqlFailure && isOutOfMemory(error.cause)) {
        this.#large.admit();
      }
      throw error;
    } finally {
      if (this.#large.end()) {
        delete kept.exec;
        delete kept.query;
        this.#statements.forget(kept);
      }
    }
  }

  #drop(kept: Prepared): void {
    delete kept.query;
    this.#statements.countDropped();
  }

  #bind(kept: Prepared, values: readonly SqlValue[]): readonly Binding[] {
    kept.layout ??= layoutOf(kept.statement.variables);
    return bindingsOf(kept.layout, values);
  }

  #queryLastInsertId(): bigint {
    const id = this.#lastInsertId.all()[0]?.[0];
    return typeof id === "bigint" ? id : 0n;
  }

  /** Runs what calls SQLite for a statement, and puts its errors into words. */
  #guarded<T>(statement: SqlStatement, work: () => T): T {
    if (this.#isStopped()) {
      throw new SqlFailure("Cannot run the SQL: the cell was stopped");
    }
    this.#guard.begin(statement.keyword);
    try {
      return work();
    } catch (error) {
      const { refusal } = this.#guard;
      if (refusal !== undefined) throw new SqlFailure(refusal);
      if (error instanceof SqlFailure) throw error;
      // What node:sqlite reports has a code; a full stack has none.
      if (!(error instanceof Error && "code" in error)) this.#broken = true;
      throw sqlFailureOf(error);
    }
  }

  /**
   * Runs a VACUUM. It attaches a second database, which Deno refuses to a
   * process that it doesn't grant everything: then what is free goes back,
   * which new databases are made for.
   */
  #vacuum(prepared: SqliteStatement, bindings: readonly Binding[]): void {
    try {
      prepared.run(...bindings);
    } catch (error) {
      if (!messageOf(error).startsWith("too many attached")) throw error;
      this.#database.prepare("PRAGMA incremental_vacuum").all();
    }
  }
}
