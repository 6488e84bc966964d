/**
 * What `ALTER TABLE … RENAME` renames.
 *
 * @module
 */

import { SqlScanner } from "./sql_scanner.ts";

/** Names as they are, without quotes. */
export interface Renaming {
  readonly from: string;
  readonly to: string;
}

/**
 * Reads `ALTER TABLE [schema.]table RENAME TO name` and
 * `ALTER TABLE [schema.]table RENAME [COLUMN] name TO name`; `undefined` for
 * anything else.
 */
export function renamingOf(sql: string): Renaming | undefined {
  const scanner = new SqlScanner(sql);
  const tokens: string[] = [];
  while (tokens.length < MOST_TOKENS && scanner.next() !== undefined) {
    if (scanner.text !== ";") tokens.push(scanner.text);
  }
  const at = tokens[3] === "." ? 4 : 2;
  const [table = "", rename, ...rest] = tokens.slice(at);
  if (!isWord(rename, "RENAME")) return undefined;
  // Each of these words may be a name as well: what stands behind it tells.
  const [first = "", second = "", third = "", fourth = ""] = rest;
  const [from, to] = isWord(first, "COLUMN") && isWord(third, "TO")
    ? [second, fourth]
    : isWord(second, "TO") && third !== ""
    ? [first, third]
    : isWord(first, "TO")
    ? [table, second]
    : ["", ""];
  if (to === "") return undefined;
  return { from: unquoted(from), to: unquoted(to) };
}

/** `ALTER TABLE schema . table RENAME COLUMN from TO to` */
const MOST_TOKENS = 10;

function isWord(token: string | undefined, word: string): boolean {
  return token?.toUpperCase() === word;
}

function unquoted(token: string): string {
  const quote = token[0] ?? "";
  if (quote === "[") return token.slice(1, -1);
  if (!`"'\``.includes(quote) || quote === "") return token;
  return token.slice(1, -1).replaceAll(quote + quote, quote);
}
