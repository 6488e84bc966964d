/**
 * What holds for every database of a cell.
 *
 * @module
 */

import { LIMITS } from "../../limits.ts";
import type { SqliteDatabase } from "./node_sqlite.ts";

/** SQL around a cell's own, when the host adds to it. */
const WRAPPED_TEXT_FACTOR = 4;

/** Bounds a database that was just opened, and has it keep what was acknowledged. */
export function applySettings(database: SqliteDatabase): void {
  const { limits } = database;
  limits.length = LIMITS.messageBytes;
  limits.sqlLength = WRAPPED_TEXT_FACTOR * LIMITS.sqliteTextBytes;
  // VACUUM needs one. Deno has none for a process that it grants less than all.
  if (limits.attach > 1) limits.attach = 1;
  // Of the whole process; what is lower already stays. A statement of a
  // kilobyte can make SQLite take gigabytes before any other limit is reached.
  database.prepare(`PRAGMA hard_heap_limit = ${LIMITS.sqliteHeapBytes}`)
    .all();
  // For the cells that VACUUM. It works before anything is written only.
  const isNew = database.prepare("PRAGMA page_count").all()[0]?.[0] === 0n;
  if (isNew) database.prepare("PRAGMA auto_vacuum = INCREMENTAL").all();
  database.prepare("PRAGMA journal_mode = WAL").all();
  // An acknowledged write outlives a power cut, not only the process.
  database.prepare("PRAGMA synchronous = FULL").all();
}
