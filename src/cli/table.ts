/**
 * Tables for people.
 *
 * @module
 */

import { escapeUnprintable } from "./record_text.ts";

/** More rows than this nobody reads; the JSON has them all. */
export const MOST_ROWS = 200;
/** A name or a type that is longer is no name that people gave. */
const MOST_CHARS = 80;
/** A column is no wider, or one long cell would make every row as long. */
const MOST_WIDTH = 200;

/**
 * Rows below a header, in columns as wide as their widest cell, two spaces
 * apart, each line behind `indent` and without spaces at its end. A cell of
 * more than 200 characters moves what follows it in its row.
 */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  indent = "  ",
): string {
  const lines = [header, ...rows].map((row) => row.map(escapeUnprintable));
  const widths = header.map((_, column) =>
    Math.min(
      MOST_WIDTH,
      Math.max(...lines.map((line) => width(line[column] ?? ""))),
    )
  );
  return lines.map((line) =>
    indent + line.map((text, column) =>
      text + " ".repeat(Math.max(0, (widths[column] ?? 0) - width(text)))
    ).join("  ").trimEnd() + "\n"
  ).join("");
}

/** A table of as many rows as people read, for a command whose `--json` has them all. */
export function cutTable<T>(
  header: readonly string[],
  items: readonly T[],
  rowOf: (item: T, index: number) => readonly string[],
): string {
  const more = items.length - MOST_ROWS;
  return table(header, items.slice(0, MOST_ROWS).map(rowOf)) +
    (more > 0 ? `  and ${more} more; --json has them all\n` : "");
}

/** The first so many of a list, and how many more there are. */
export function firstOf(texts: readonly string[], most: number): string[] {
  const more = texts.length - most;
  return [...texts.slice(0, most), ...more > 0 ? [`${more} more`] : []];
}

/** A text, or as much of it as people read. */
export function cut(text: string, most = MOST_CHARS): string {
  return text.length > most ? `${text.slice(0, most)}...` : text;
}

function width(text: string): number {
  return [...text].length;
}
