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

import { LIMITS } from "../../limits.ts";
import type { Compound, SqlStatement } from "./sql_statement.ts";

/** Name of the function that takes rows. */
export const ROW_FUNCTION = "pulp_row";

/** Columns that one call takes: a function of SQLite has at most 1000 arguments. */
const COLUMNS_PER_CALL = 500;
/**
 * Columns that one call takes unseen. Each may be as large as an answer may
 * be, and Deno makes values of all before they can be counted.
 */
const UNSEEN_COLUMNS = 8;
/** Values of that size are no matter, whatever their number. */
const SMALL_BYTES = 65_536;

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
  }\n) SELECT ${calls(columns(columnCount)).join()} FROM ${ROWS} LIMIT -1`;
}

/**
 * The same for several queries in one, in the order of preference. A column of
 * those has a type where it is read from, which changes values: an INTEGER
 * becomes REAL when another query yields REAL there. An empty query of text
 * takes the type away. It comes last, where it changes neither order nor
 * collation, unless the columns can't be told apart by their `names`.
 */
export function compoundAsRows(
  { text, bodyEnd }: SqlStatement,
  { start, end, operator }: Compound,
  names: readonly string[],
): readonly string[] {
  const rows = (columns: readonly string[], query: string): string =>
    `SELECT ${calls(columns).join()} FROM (${query}\n) LIMIT -1`;
  const given = names.map((name) => `\`${name.replaceAll("`", "``")}\``);
  const made = names.map((_, at) => `"pulp ${at}"`);
  // What two queries have in common is there once, so it may be united.
  const also = operator === "INTERSECT" ? "UNION" : operator;
  const last = rows(
    given,
    `${text.slice(0, end)}\n${also} SELECT ${
      names.map(() => "''").join()
    } WHERE 0 ${text.slice(end, bodyEnd)}`,
  );
  const first = rows(
    made,
    `${text.slice(0, start)} SELECT ${
      made.map((name) => `'' AS ${name}`).join()
    } WHERE 0 UNION ALL ${text.slice(start, bodyEnd)}`,
  );
  const isDistinct =
    new Set(names.map((name) => name.toLowerCase())).size === names.length;
  return isDistinct ? [last, first] : [first];
}

/**
 * The same for the list behind `RETURNING`, with the names of its columns: in
 * the order of preference, the others for items with a name and no `AS`. A
 * statement without a list comes back as it is.
 */
export function returningAsRows(
  { text, returning }: SqlStatement,
  names: readonly string[],
): readonly string[] {
  if (returning === undefined) return [text];
  const head = text.slice(0, returning.start) + " ";
  const items = withoutStars(returning.items, names);
  const [plain, bare] = [items, withoutStars(returning.bare, names)]
    .map((list) =>
      head +
      // What is written twice would be computed twice, so few at a time.
      chunks(list, UNSEEN_COLUMNS)
        .map((some) => `${ROW_FUNCTION}(${some.join("\n,")}\n)`).join()
    );
  const width = names.length;
  // SQLite computes it once for all rows when no column of the row is in it.
  const as = `(WITH ${ROWS}(${columns(width).join()}) AS (SELECT ${
    items.join("\n,")
  }\n)`;
  const nested = calls(columns(width)).map((call) =>
    `${as} SELECT ${call} FROM ${ROWS})`
  );
  return [plain!, bare!, head + nested.join()];
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

/** Calls of the function with these columns; one without any stands for a row that is too large. */
function calls(names: readonly string[]): string[] {
  return chunks(names, COLUMNS_PER_CALL).map((some) => {
    const call = `${ROW_FUNCTION}(${some.join()})`;
    return some.length <= UNSEEN_COLUMNS
      ? call
      : `CASE WHEN ${isTooLarge(some)} THEN ${ROW_FUNCTION}() ELSE ${call} END`;
  });
}

/** Looks at sizes first where there is text or a blob: to ask for that of a number makes text of it. */
function isTooLarge(names: readonly string[]): string {
  const anyLarge = names.map((name) =>
    `(${name}>='' AND octet_length(${name})>${SMALL_BYTES})`
  );
  const bytes = names.map((name) => `ifnull(octet_length(${name}),0)`);
  return `(${anyLarge.join(" OR ")}) AND ${
    bytes.join("+")
  }>${LIMITS.messageBytes}`;
}

function columns(columnCount: number): string[] {
  return Array.from({ length: columnCount }, (_, at) => `c${at}`);
}

function chunks(items: readonly string[], size: number): string[][] {
  const out: string[][] = [];
  for (let from = 0; from < items.length; from += size) {
    out.push(items.slice(from, from + size));
  }
  return out;
}
