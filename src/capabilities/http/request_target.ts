/**
 * The target of an inbound request: its path and query, decoded as Go's
 * server does.
 *
 * @module
 */

/** Text by name; the first value of each. */
export type Query = ReadonlyMap<string, string>;

/** A decoded request target. */
export interface RequestTarget {
  readonly path: string;
  /** Behind the `?`, as it came. See {@linkcode parseQuery}. */
  readonly search: string;
  /** Present when the path has `.`, `..` or empty segments: where it leads. */
  readonly cleaned?: string;
}

const NO_QUERY: Query = new Map();
const LOOSE_UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });
const UTF8 = new TextEncoder();
const PERCENT = 0x25;
const NINE = 0x39;

/**
 * Reads the URL of a request. The parts before the path are not looked at: a
 * client writes what it likes there. `undefined` when an escape in the path is
 * malformed, or there is no path.
 */
export function parseTarget(url: string): RequestTarget | undefined {
  // Behind `http://` and at least one character of the host.
  const start = url.indexOf("/", 8);
  const mark = url.indexOf("?", 8);
  // Of `http://host?/a` the path is empty: what slashes follow are the query's.
  const isBare = mark !== -1 && (start === -1 || mark < start);
  if (start === -1 && !isBare) return undefined;
  const hash = url.indexOf("#", 8);
  if (hash !== -1 && hash < start && !isBare) return undefined;
  const raw = isBare
    ? "/"
    : mark === -1
    ? url.slice(start)
    : url.slice(start, mark);
  const path = unescape(raw);
  if (path === undefined) return undefined;
  const search = mark === -1 ? "" : url.slice(mark + 1);
  if (!path.includes("//") && !path.includes("/.")) return { path, search };
  const cleaned = cleanPath(path);
  return cleaned === path ? { path, search } : {
    path,
    search,
    cleaned: escapePath(cleaned) + (mark === -1 ? "" : url.slice(mark)),
  };
}

/**
 * Takes the query of a target apart: once it is known who asks for it, because
 * it may be long. Pairs that are malformed, or hold a semicolon, are left out,
 * as Go does.
 */
export function parseQuery(search: string): Query {
  if (search === "") return NO_QUERY;
  const query = new Map<string, string>();
  for (const pair of search.split("&")) {
    if (pair === "" || pair.includes(";")) continue;
    const equals = pair.indexOf("=");
    const key = unescape(plus(equals === -1 ? pair : pair.slice(0, equals)));
    const value = equals === -1 ? "" : unescape(plus(pair.slice(equals + 1)));
    if (key === undefined || value === undefined || query.has(key)) continue;
    query.set(key, value);
  }
  return query;
}

function plus(text: string): string {
  return text.includes("+") ? text.replaceAll("+", " ") : text;
}

/**
 * `undefined` for a `%` without two hex digits. Bytes that are not UTF-8 become
 * U+FFFD. `decodeURIComponent` never gets what it would throw for: an error
 * costs far more than a pair, and a request may hold thousands of them.
 */
function unescape(text: string): string | undefined {
  if (!text.includes("%")) return text;
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return undefined;
  if (!/%[89a-fA-F]/.test(text)) return decodeURIComponent(text);
  const bytes = UTF8.encode(text);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    const isEscape = byte === PERCENT;
    bytes[length++] = isEscape
      ? hexDigit(bytes[at + 1]) << 4 | hexDigit(bytes[at + 2])
      : byte;
    if (isEscape) at += 2;
  }
  return LOOSE_UTF8.decode(bytes.subarray(0, length));
}

/** What a digit of either case stands for, given as its ASCII. */
function hexDigit(ascii = 0): number {
  return (ascii & 0xf) + (ascii > NINE ? 9 : 0);
}

/** Like Go's mux: dot segments resolved, empty ones dropped, a trailing slash kept. */
function cleanPath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(segment);
  }
  const clean = `/${kept.join("/")}`;
  return path.endsWith("/") && clean !== "/" ? `${clean}/` : clean;
}

function escapePath(path: string): string {
  return path.split("/").map((segment) =>
    encodeURIComponent(segment.toWellFormed())
  ).join("/");
}
