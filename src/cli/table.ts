/**
 * Tables for people.
 *
 * @module
 */

import { escapeUnprintable } from "./record_text.ts";

/**
 * Rows below a header, in columns as wide as their widest cell, two spaces
 * apart, each line behind `indent` and without spaces at its end.
 */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  indent = "  ",
): string {
  const lines = [header, ...rows].map((row) => row.map(escapeUnprintable));
  const widths = header.map((_, column) =>
    Math.max(...lines.map((line) => width(line[column] ?? "")))
  );
  return lines.map((line) =>
    indent + line.map((text, column) =>
      text + " ".repeat((widths[column] ?? 0) - width(text))
    ).join("  ").trimEnd() + "\n"
  ).join("");
}

function width(text: string): number {
  return [...text].length;
}
