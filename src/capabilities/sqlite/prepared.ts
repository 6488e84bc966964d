/**
 * Statements as a connection keeps them.
 *
 * @module
 */

import type { SqliteStatement } from "./node_sqlite.ts";
import type { ParameterLayout } from "./parameters.ts";
import type { SqlStatement } from "./sql_statement.ts";

/** A statement as it is kept: prepared for `exec`, for `query`, or for both. */
export interface Prepared {
  readonly statement: SqlStatement;
  layout?: ParameterLayout;
  exec?: PreparedExec;
  query?: PreparedQuery;
}

/** Prepared for `exec`. */
export interface PreparedExec {
  readonly prepared: SqliteStatement;
  /** Whether its work is done in several steps, which return nothing. */
  readonly steps: boolean;
}

/** Prepared for `query`. */
export interface PreparedQuery {
  readonly prepared: SqliteStatement;
  readonly columns: readonly string[];
  /** Whether its rows go through the sink. */
  readonly sunk: boolean;
  /** The schema that the columns are of. */
  readonly schema: string;
  /** Whether the columns that `*` stands for are in it by name. */
  readonly named: boolean;
}
