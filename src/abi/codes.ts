/**
 * Codes that host functions return to a cell.
 *
 * @module
 */

/** The names of the common codes. */
export type CodeName =
  | "ok"
  | "empty"
  | "range"
  | "undecodable"
  | "failed"
  | "refused"
  | "noAllocator"
  | "allocFailed"
  | "writeFailed"
  | "noResource"
  | "notAllowed"
  | "sqliteBusy"
  | "sqliteConstraint"
  | "sqliteReadOnly"
  | "notBound";

/** The common codes of the contract; 5 and up vary by function where noted there. */
export const CODE: Readonly<Record<CodeName, number>> = Object.freeze({
  ok: 0,
  /** The request is empty. */
  empty: 1,
  /** A pointer or length leaves the memory. */
  range: 2,
  /** The request is not the MessagePack that the function takes. */
  undecodable: 3,
  /** The operation failed. */
  failed: 4,
  /** See the function: a refused path, a bind that failed, an SQL error. */
  refused: 5,
  /** The cell exports no allocator; for paths: not there. */
  noAllocator: 6,
  /** `pulp_alloc` failed or returned 0. */
  allocFailed: 7,
  /** The response could not be written into the cell. */
  writeFailed: 8,
  /** No such resource. */
  noResource: 9,
  /** The manifest does not allow it. */
  notAllowed: 11,
  /** SQLite: busy or locked. */
  sqliteBusy: 12,
  /** SQLite: a constraint was violated. */
  sqliteConstraint: 13,
  /** SQLite: the database is read-only. */
  sqliteReadOnly: 14,
  /** The capability is not declared: this is its stub. */
  notBound: 99,
});
