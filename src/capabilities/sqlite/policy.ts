/**
 * What a cell may do to its connection.
 *
 * @module
 */

import { LIMITS } from "../../limits.ts";
import { ACTION } from "./node_sqlite.ts";

/** `true` = allowed, `false` = no effect and no error, text = refused because of it. */
export type Ruling = boolean | string;

/** One thing that a statement does, as SQLite's authorizer reports it. */
export interface Act {
  readonly action: number;
  readonly first: string | null;
  readonly second: string | null;
  /** First word of the statement, in upper case. */
  readonly keyword: string;
}

/** Rules on an act. What it doesn't know is SQLite's to decide. */
export function rule({ action, first, second, keyword }: Act): Ruling {
  switch (action) {
    case ACTION.pragma:
      return rulePragma((first ?? "").toLowerCase(), second);
    case ACTION.attach:
    case ACTION.detach:
      if (keyword !== "VACUUM") {
        return `Cannot ${keyword}: a cell has one database, its own`;
      }
      // VACUUM attaches a file without a name, VACUUM INTO one with a name.
      return action === ACTION.detach || first === "" ||
        "Cannot VACUUM INTO a file: a cell has one database, its own";
    case ACTION.function: {
      const name = (second ?? "").toLowerCase();
      return !CLOSED_FUNCTIONS.has(name) ||
        `Cannot call ${name}(): it is not for cells`;
    }
  }
  return true;
}

/** They load code, or show addresses of the process. */
const CLOSED_FUNCTIONS = new Set(["load_extension", "fts3_tokenizer"]);

/** They reach other files, or undo what keeps a schema sound. */
const CLOSED_PRAGMAS = new Set([
  "data_store_directory",
  "temp_store_directory",
  "writable_schema",
]);

/**
 * Settings of the cell's own database and connection. Those not listed can be
 * read but not changed: they weaken what is promised of acknowledged writes,
 * take memory of the host, reach beyond the connection, or are unknown.
 */
const OPEN_PRAGMAS = new Set([
  "analysis_limit",
  "application_id",
  "auto_vacuum",
  "automatic_index",
  "case_sensitive_like",
  "cell_size_check",
  "checkpoint_fullfsync",
  "collation_list",
  "defer_foreign_keys",
  "encoding",
  "foreign_key_check",
  "foreign_key_list",
  "foreign_keys",
  "fullfsync",
  "ignore_check_constraints",
  "incremental_vacuum",
  "index_info",
  "index_list",
  "index_xinfo",
  "integrity_check",
  "journal_size_limit",
  "legacy_alter_table",
  "max_page_count",
  "optimize",
  "page_size",
  "query_only",
  "quick_check",
  "read_uncommitted",
  "recursive_triggers",
  "reverse_unordered_selects",
  "secure_delete",
  "table_info",
  "table_list",
  "table_xinfo",
  "user_version",
  "wal_autocheckpoint",
  "wal_checkpoint",
]);

/** Settings with values of which some are open. */
const VALUES: Readonly<Record<string, (value: string) => boolean>> = {
  busy_timeout: (value) => within(value, 0, LIMITS.sqliteBusyMs),
  // Pages may be 64 KiB each.
  cache_size: (value) =>
    within(value, -LIMITS.sqliteCacheKib, LIMITS.sqliteCacheKib / 64),
  journal_mode: (value) => value === "wal",
  locking_mode: (value) => value === "normal",
  synchronous: (value) =>
    ["normal", "full", "extra", "1", "2", "3"].includes(value),
  temp_store: (value) => ["default", "file", "0", "1"].includes(value),
};

function rulePragma(name: string, value: string | null): Ruling {
  if (CLOSED_PRAGMAS.has(name)) {
    return `Cannot use PRAGMA ${name}: it is not for cells`;
  }
  if (value === null || OPEN_PRAGMAS.has(name)) return true;
  const open = Object.hasOwn(VALUES, name) ? VALUES[name] : undefined;
  return open?.(value.toLowerCase()) ?? false;
}

function within(text: string, least: number, most: number): boolean {
  if (!/^[+-]?\d{1,9}$/.test(text)) return false;
  const value = Number(text);
  return value >= least && value <= most;
}
