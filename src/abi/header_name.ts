/**
 * Names of HTTP headers in the form that Go gives them.
 *
 * @module
 */

/**
 * The canonical form of a header's name: the first letter and each one behind
 * a hyphen in upper case, the others in lower case (`X-Request-Id`, `Etag`).
 * A name with a character that no name may have is returned as it is.
 */
export function canonicalHeader(name: string): string {
  const common = COMMON.get(name);
  if (common !== undefined) return common;
  if (!TOKEN.test(name)) return name;
  return canonical(name);
}

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

function canonical(name: string): string {
  return name.toLowerCase().replace(
    /(?:^|-)[a-z]/g,
    (start) => start.toUpperCase(),
  );
}

/** What nearly every request has: looked up, not made anew. */
const COMMON: ReadonlyMap<string, string> = new Map(
  [
    "accept",
    "accept-encoding",
    "accept-language",
    "authorization",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "date",
    "dnt",
    "etag",
    "if-modified-since",
    "if-none-match",
    "last-modified",
    "location",
    "origin",
    "pragma",
    "range",
    "referer",
    "sec-ch-ua",
    "sec-ch-ua-mobile",
    "sec-ch-ua-platform",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "sec-fetch-user",
    "server",
    "set-cookie",
    "traceparent",
    "upgrade-insecure-requests",
    "user-agent",
    "vary",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "x-request-id",
  ].map((name) => [name, canonical(name)]),
);
