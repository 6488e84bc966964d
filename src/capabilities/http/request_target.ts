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
  readonly query: Query;
  /** Present when the path has `.`, `..` or empty segments: where it leads. */
  readonly cleaned?: string;
}

const NO_QUERY: Query = new Map();
const LOOSE_UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });
const UTF8 = new TextEncoder();

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
  const search = mark === -1 ? "" : url.slice(mark);
  const query = search.length < 2 ? NO_QUERY : parseQuery(search.slice(1));
  if (!path.includes("//") && !path.includes("/.")) return { path, query };
  const cleaned = cleanPath(path);
  return cleaned === path
    ? { path, query }
    : { path, query, cleaned: escapePath(cleaned) + search };
}

/** Pairs that are malformed, or hold a semicolon, are left out, as Go does. */
function parseQuery(search: string): Query {
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

/** `undefined` for a `%` without two hex digits. Bytes that are not UTF-8 become U+FFFD. */
function unescape(text: string): string | undefined {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    if (/%(?![0-9a-fA-F]{2})/.test(text)) return undefined;
  }
  const bytes: number[] = [];
  for (const [part] of text.matchAll(/%..|[^%]+/gs)) {
    if (part.startsWith("%")) bytes.push(parseInt(part.slice(1), 16));
    else bytes.push(...UTF8.encode(part));
  }
  return LOOSE_UTF8.decode(Uint8Array.from(bytes));
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
