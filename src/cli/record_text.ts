/**
 * Log records as text: logfmt, pretty, JSON. Whatever a guest writes stays
 * inside its own record: nothing in a line can end it, start another one or
 * drive the terminal.
 *
 * @module
 */

import type { LogFields, LogLevel } from "../logger.ts";

/** One record. */
export interface LogEntry {
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** How records are written. */
export type LogFormat = "logfmt" | "pretty" | "json";

// Most of what is written, and far sooner known than the rest.
const PLAIN = /^[ -~]*$/;
// Printable ASCII without space, quote and equals sign.
const BARE = /^[!#-<>-~]+$/;

const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** Text with every character that does not print escaped as Go does it: `\n`, `\x1b`, `\u202e`, `\U000e0001`. */
export function escapeUnprintable(text: string): string {
  return replaceUnprintable(text, (char) => {
    const named = NAMED_ESCAPES[char];
    if (named !== undefined) return named;
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x80) return `\\x${hex(code, 2)}`;
    return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
  });
}

/**
 * Replaces whatever is not a letter, a mark, a number, punctuation or a
 * symbol: controls (C1 as well), format characters such as bidi overrides,
 * lone surrogates, and every space but the plain one.
 */
function replaceUnprintable(
  text: string,
  replacement: (char: string) => string,
): string {
  if (PLAIN.test(text)) return text;
  // Here, because it takes V8 a millisecond to make.
  return text.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, replacement);
}

/** One line: `time=... level=INFO msg="pulp boot" cell=heartbeat`. */
export function formatLogfmt(entry: LogEntry): string {
  const time = new Date(entry.timeMs).toISOString();
  let line = `time=${time} level=${entry.level.toUpperCase()} msg=${
    quoteIfNeeded(entry.message)
  }`;
  for (const [key, value] of Object.entries(entry.fields)) {
    if (value === undefined) continue;
    line += ` ${quoteIfNeeded(key)}=${quoteIfNeeded(textOf(value))}`;
  }
  return line + "\n";
}

/** One JSON object a line: `time`, `level`, `msg`, then the fields. */
export function formatJson(entry: LogEntry): string {
  const record: Record<string, unknown> = {
    time: new Date(entry.timeMs).toISOString(),
    level: entry.level.toUpperCase(),
    msg: entry.message,
  };
  for (const [key, value] of Object.entries(entry.fields)) {
    // A field never replaces what the host says about the record.
    record[Object.hasOwn(record, key) ? `field.${key}` : key] = value;
  }
  let text: string;
  try {
    text = JSON.stringify(record, jsonValue);
  } catch {
    text = JSON.stringify(textFields(record));
  }
  return replaceUnprintable(text, escapeUtf16) + "\n";
}

/**
 * A value as JSON for scripts, indented. Names that a guest made up stand in
 * it, so what does not print is escaped: a script reads the same, and a
 * terminal is left alone.
 */
export function formatDocument(value: unknown): string {
  const text = JSON.stringify(value, undefined, 2);
  // Within a string JSON escapes line feeds itself; these are between them.
  return replaceUnprintable(
    text,
    (char) => char === "\n" ? char : escapeUtf16(char),
  ) + "\n";
}

/** One line for people; `colour` only where a terminal shows it. */
export function formatPretty(entry: LogEntry, colour: boolean): string {
  const paint = (code: string, text: string): string =>
    colour ? `\x1b[${code}m${text}\x1b[0m` : text;
  const time = new Date(entry.timeMs).toISOString().slice(11, 23);
  const level = entry.level.toUpperCase().padEnd(5);
  const { cell, ...fields } = entry.fields;
  let line = `${paint("2", time)} ${paint(LEVEL_COLOURS[entry.level], level)} `;
  if (cell !== undefined) {
    line += `${paint("36", quoteIfNeeded(textOf(cell)))}: `;
  }
  line += escapeUnprintable(entry.message);
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const name = paint("2", `${quoteIfNeeded(key)}=`);
    line += ` ${name}${quoteIfNeeded(textOf(value))}`;
  }
  return line + "\n";
}

const LEVEL_COLOURS: Readonly<Record<LogLevel, string>> = {
  debug: "2",
  info: "32",
  warn: "33",
  error: "31",
};

function quoteIfNeeded(text: string): string {
  if (BARE.test(text)) return text;
  const escaped = escapeUnprintable(
    text.replaceAll("\\", "\\\\").replaceAll('"', '\\"'),
  );
  // Unicode that prints needs no quotes, as with Go's TextHandler.
  const plain = text !== "" && escaped === text && !/[ =]/.test(text);
  return plain ? text : `"${escaped}"`;
}

function textOf(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value;
    case "object":
      if (value === null) return "null";
      if (value instanceof Error) return value.message;
      if (value instanceof Date) return dateText(value);
      try {
        // Throws where a value holds itself, which would have no end as a list.
        const text = JSON.stringify(value, jsonValue) ?? String(value);
        return Array.isArray(value) ? `[${value.map(textOf).join(" ")}]` : text;
      } catch {
        return "[object]";
      }
    default:
      return String(value);
  }
}

function dateText(date: Date): string {
  return Number.isNaN(date.getTime()) ? "invalid date" : date.toISOString();
}

function textFields(fields: LogFields): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, textOf(value)]),
  );
}

function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") {
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  }
  if (value instanceof Error) return value.message;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return value;
}

function escapeUtf16(char: string): string {
  let escaped = "";
  for (let i = 0; i < char.length; i++) {
    escaped += `\\u${hex(char.charCodeAt(i), 4)}`;
  }
  return escaped;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
