/**
 * PRAGMAs with as many rows as a database has objects or faults.
 *
 * @module
 */

import type { Act } from "./policy.ts";

const LISTS = new Set([
  "foreign_key_check",
  "foreign_key_list",
  "index_list",
  "table_list",
]);

const CHECKS = new Set(["integrity_check", "quick_check"]);
/** How many faults these name unless told otherwise. */
const FAULTS = 100;

/**
 * How many rows a PRAGMA may answer with. Only of those that can be told, and
 * that no query stands for: a table has no number in its argument.
 */
export function rowsOfCheck(pragma: Act | undefined): number | undefined {
  if (!CHECKS.has(pragma?.first?.toLowerCase() ?? "")) return undefined;
  const asked = Number(pragma?.second);
  return Number.isInteger(asked) && asked > 0 ? asked : FAULTS;
}

/**
 * A query that answers the same as a PRAGMA, with the same columns, so that
 * its rows can be bounded. `undefined` for one that answers in a few rows.
 */
export function pragmaAsQuery(
  pragma: Act | undefined,
): { readonly text: string; readonly bodyEnd: number } | undefined {
  const name = pragma?.first?.toLowerCase() ?? "";
  if (!LISTS.has(name)) return undefined;
  const argument = pragma?.second ?? null;
  const text = `SELECT * FROM pragma_${name}` +
    (argument === null ? "" : `('${argument.replaceAll("'", "''")}')`);
  return { text, bodyEnd: text.length };
}
