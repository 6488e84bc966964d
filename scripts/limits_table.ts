/**
 * The table of limits in the documentation, made from `src/limits.ts`.
 *
 *     deno run --allow-read=src,docs --allow-write=docs scripts/limits_table.ts
 *
 * @module
 */

import { LIMITS } from "../src/limits.ts";

const BEGIN = "<!-- made by scripts/limits_table.ts -->\n";
const END = "<!-- end -->\n";

/** A row for each limit: its name, its value and its comment in the source. */
export function limitsTable(source: string): string {
  const rows = Object.entries(LIMITS).map(([name, value]) => [
    `\`${name}\``,
    typeof value === "number" ? value.toLocaleString("en-US") : `\`${value}\``,
    commentOf(source, name),
  ]);
  const lines = [["limit", "value", "meaning"], ...rows];
  // As the formatter aligns it, so that one step is enough.
  const widths = [0, 1, 2].map((column) =>
    Math.max(...lines.map((row) => row[column]!.length))
  );
  const rule = widths.map((width) => "-".repeat(width));
  return [lines[0]!, rule, ...rows].map((row) =>
    `| ${row.map((text, at) => text.padEnd(widths[at]!)).join(" | ")} |\n`
  ).join("");
}

/** The document with a table in the place of the one that it has. */
function withTable(document: string, table: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error("the document has no marks");
  return document.slice(0, begin + BEGIN.length) + "\n" + table + "\n" +
    document.slice(end);
}

function commentOf(source: string, name: string): string {
  const comment = new RegExp(
    `/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\s*${name}:`,
  ).exec(source)?.[1];
  if (comment === undefined) throw new Error(`"${name}" has no comment`);
  return comment.replaceAll(/\n\s*\*/g, " ")
    .replaceAll(/\{@linkcode LIMITS\.(\w+)\}/g, "`$1`")
    .replaceAll(/\s+/g, " ").trim();
}

if (import.meta.main) {
  const path = new URL("../docs/limits.md", import.meta.url);
  const source = await Deno.readTextFile(
    new URL("../src/limits.ts", import.meta.url),
  );
  const document = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, withTable(document, limitsTable(source)));
}
