/**
 * Failures of SQLite, as a cell is told of them.
 *
 * @module
 */

import { CODE } from "../../abi/codes.ts";
import { messageOf } from "../../errors.ts";
import { LIMITS } from "../../limits.ts";

/** A failure that a cell is told of: a code of the contract, and a text. */
export class SqlFailure extends Error {
  /** 5, or 12 busy or locked, 13 a constraint, 14 read-only. */
  readonly code: number;

  /** Cuts the text at `LIMITS.errorTextBytes`. */
  constructor(
    message: string,
    code: number = CODE.refused,
    options: ErrorOptions = {},
  ) {
    super(message.slice(0, LIMITS.errorTextBytes).toWellFormed(), options);
    this.name = "SqlFailure";
    this.code = code;
  }
}

/** Primary result codes of SQLite that the contract tells apart. */
const CODES: Readonly<Record<number, number>> = {
  5: CODE.sqliteBusy,
  6: CODE.sqliteBusy,
  8: CODE.sqliteReadOnly,
  19: CODE.sqliteConstraint,
};
const BUSY = 5;
const OUT_OF_MEMORY = 7;

/**
 * The failure that an error of `node:sqlite` stands for. The text has the form
 * that the Go host gives it, with SQLite's extended code:
 * `constraint failed: UNIQUE constraint failed: t.a (2067)`.
 */
export function sqlFailureOf(error: unknown): SqlFailure {
  if (error instanceof SqlFailure) return error;
  const message = messageOf(error);
  if (!isSqliteError(error)) {
    return new SqlFailure(message, CODE.refused, { cause: error });
  }
  const { errcode, errstr } = error;
  const text = message === errstr ? errstr : `${errstr}: ${message}`;
  return new SqlFailure(
    `${text} (${errcode})${errcode === BUSY ? " (SQLITE_BUSY)" : ""}`,
    CODES[errcode & 0xff],
    { cause: error },
  );
}

/** Whether SQLite itself reported an error. */
export function isSqliteError(
  error: unknown,
): error is Error & { readonly errcode: number; readonly errstr: string } {
  return error instanceof Error && "errcode" in error &&
    typeof error.errcode === "number" && "errstr" in error &&
    typeof error.errstr === "string";
}

/** Whether SQLite got no memory, or a statement has too many instructions. */
export function isOutOfMemory(error: unknown): boolean {
  return isSqliteError(error) && error.errcode === OUT_OF_MEMORY;
}
