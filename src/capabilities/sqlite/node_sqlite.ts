/**
 * The part of `node:sqlite` in use, as Deno 2.9.6 has it: the types that come
 * with Deno are older than its implementation.
 *
 * What to know about the implementation:
 * - `iterate()` ends silently where SQLite reports an error, so it is not here.
 * - A TEXT value that `all()` or `get()` returns ends at its first NUL;
 *   arguments of functions don't.
 * - A statement of nothing but blanks and comments crashes the process.
 * - An exception in a callback can make a later error of SQLite disappear:
 *   callbacks must not throw.
 *
 * @module
 */

const { DatabaseSync } = await import("node:sqlite");
import type { SqlValue } from "../../abi/sqlite.ts";

/** A value, or named values before the others. */
export type Binding = SqlValue | Readonly<Record<string, SqlValue>>;

/** A prepared statement. It is finalised when it is garbage. */
export interface SqliteStatement {
  /** The text of the one statement that was compiled. */
  readonly sourceSQL: string;
  /** Steps once, which completes everything but reading rows. */
  run(...bindings: Binding[]): {
    readonly changes: bigint;
    readonly lastInsertRowid: bigint;
  };
  /** Steps to the end. */
  all(...bindings: Binding[]): SqlValue[][];
  /** The columns of the result; none for a statement that returns no rows. */
  columns(): { readonly name: string }[];
}

/** Asked at each compilation of a statement; 0 allows, 1 denies, 2 ignores. */
export type Authorizer = (
  action: number,
  first: string | null,
  second: string | null,
  schema: string | null,
  source: string | null,
) => number;

/** A connection. */
export interface SqliteDatabase {
  readonly limits: {
    length: number;
    sqlLength: number;
    vdbeOp: number;
    attach: number;
    column: number;
  };
  prepare(sql: string): SqliteStatement;
  function(
    name: string,
    options: {
      readonly varargs: boolean;
      readonly directOnly: boolean;
      readonly useBigIntArguments: boolean;
    },
    call: (...values: SqlValue[]) => number | null | true,
  ): void;
  setAuthorizer(authorizer: Authorizer): void;
  close(): void;
}

/** Actions of SQLite that an {@linkcode Authorizer} is asked about. */
export const ACTION = Object.freeze({
  createTempTable: 4,
  createTempView: 6,
  dropTempTable: 13,
  dropTempView: 15,
  pragma: 19,
  read: 20,
  attach: 24,
  detach: 25,
  alterTable: 26,
  function: 31,
});

/** Answers of an {@linkcode Authorizer}. */
export const ANSWER = Object.freeze({ allow: 0, deny: 1, ignore: 2 });

type Constructor = new (
  path: string,
  options: Readonly<Record<string, boolean | number>>,
) => SqliteDatabase;

/**
 * Opens or creates the database at `path`. Integers come as `bigint`, rows as
 * arrays.
 *
 * @throws when the file can't be opened, or Deno does not grant it.
 */
export function openSqlite(path: string, busyMs: number): SqliteDatabase {
  const Database = DatabaseSync as unknown as Constructor;
  return new Database(path, {
    timeout: busyMs,
    defensive: true,
    allowExtension: false,
    enableForeignKeyConstraints: true,
    // As SQLite does by default, and so the host that cells were written for:
    // "text" that names no column is a string.
    enableDoubleQuotedStringLiterals: true,
    allowBareNamedParameters: false,
    readBigInts: true,
    returnArrays: true,
  });
}
