/**
 * Words and paths as a person types them into a shell.
 *
 * @module
 */

import { escapeUnprintable } from "./record_text.ts";

const SEPARATOR = Deno.build.os === "windows" ? "\\" : "/";

/** An absolute path as a person would type it: relative below `cwd`, whole elsewhere. */
export function shownPath(path: string, cwd: string): string {
  if (path === cwd) return ".";
  const root = cwd.endsWith(SEPARATOR) ? cwd : cwd + SEPARATOR;
  if (!path.startsWith(root)) return path;
  const below = path.slice(root.length);
  // Not to be taken for an option.
  return below.startsWith("-") ? `.${SEPARATOR}${below}` : below;
}

/** A word as a POSIX shell takes it back. */
export function shellQuote(word: string): string {
  if (/^[\w./,:=@%+-]+$/.test(word)) return word;
  if (escapeUnprintable(word) !== word) {
    return `$'${Array.from(word, quoteChar).join("")}'`;
  }
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** One character within `$'...'`; what does not print as its UTF-8 bytes. */
function quoteChar(char: string): string {
  if (char === "'" || char === "\\") return `\\${char}`;
  if (escapeUnprintable(char) === char) return char;
  return Array.from(
    new TextEncoder().encode(char),
    (byte) => `\\x${byte.toString(16).padStart(2, "0")}`,
  ).join("");
}
