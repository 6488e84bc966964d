/**
 * SQL that hands each row of a statement to a function of the host.
 *
 * The host reads rows through a function, because that way it sees values
 * whole (TEXT with NUL in it), counts rows and bytes while they come, and
 * gets SQLite's errors. A row's function yields the number under which the
 * row was kept, so it doesn't matter when SQLite calls it: what comes out is
 * in the order of the statement.
 *
 * @module
 */

import type { SqlStatement } from "./sql_statement.ts";

/** Name of the function that takes rows. */
export const ROW_FUNCTION = "pulp_row";

/** Columns that one call takes: a function of SQLite has at most 1000 arguments. */
const COLUMNS_PER_CALL = 500;

/** A name that a cell's own SQL doesn't use. */
const ROWS = '"pulp rows"';

/** A query of `columnCount` columns, as rows of {@linkcode ROW_FUNCTION}'s results. */
export function selectAsRows(
  { text, bodyEnd }: Pick<SqlStatement, "text" | "bodyEnd">,
  columnCount: number,
): string {
  // Without the LIMIT, SQLite may compute the result for rows that a LIMIT in
  // the query itself then drops: they would count.
  return `WITH ${ROWS}(${columns(columnCount).join()}) AS (${
    text.slice(0, bodyEnd)
  }\n) SELECT ${calls(columnCount).join()} FROM ${ROWS} LIMIT -1`;
}

/**
 * The same for the list behind `RETURNING`, with the names of its columns: in
 * the order of preference, the second for an item with a name and no `AS`. A
 * statement without a list comes back as it is.
 */
export function returningAsRows(
  { text, returning }: SqlStatement,
  names: readonly string[],
): readonly [plain: string, nested: string] {
  if (returning === undefined) return [text, text];
  const items = withoutStars(returning.items, names);
  const head = text.slice(0, returning.start) + " ";
  const plain = chunks(items).map((some) =>
    `${ROW_FUNCTION}(${some.join(",\n")}\n)`
  );
  const width = names.length;
  // SQLite computes it once for all rows when no column of the row is in it.
  const as = `(WITH ${ROWS}(${columns(width).join()}) AS (SELECT ${
    items.join(",\n")
  }\n)`;
  const nested = calls(width).map((call) =>
    `${as} SELECT ${call} FROM ${ROWS})`
  );
  return [head + plain.join(), head + nested.join()];
}

/** `*` stands for columns only directly behind `RETURNING`. */
function withoutStars(
  items: readonly string[],
  names: readonly string[],
): string[] {
  const stars = items.filter((item) => item === "*").length;
  const width = (names.length - (items.length - stars)) / stars;
  const out: string[] = [];
  let column = 0;
  for (const item of items) {
    if (item !== "*") {
      out.push(item);
      column++;
      continue;
    }
    for (const end = column + width; column < end; column++) {
      out.push(`"${(names[column] ?? "").replaceAll('"', '""')}"`);
    }
  }
  return out;
}

function calls(columnCount: number): string[] {
  return chunks(columns(columnCount)).map((some) =>
    `${ROW_FUNCTION}(${some.join()})`
  );
}

function columns(columnCount: number): string[] {
  return Array.from({ length: columnCount }, (_, at) => `c${at}`);
}

function chunks(items: readonly string[]): string[][] {
  const out: string[][] = [];
  for (let from = 0; from < items.length; from += COLUMNS_PER_CALL) {
    out.push(items.slice(from, from + COLUMNS_PER_CALL));
  }
  return out;
}
