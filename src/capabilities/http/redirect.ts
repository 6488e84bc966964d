/**
 * Which request follows a redirect, by the rules of Go's client.
 *
 * @module
 */

import { type FetchUrl, parseFetchUrl } from "./fetch_url.ts";

/** What changes from hop to hop. */
export interface RedirectState {
  readonly to: FetchUrl;
  readonly method: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array<ArrayBuffer> | undefined;
}

/** Credentials: for the host that the cell named, and hosts below it. */
const SECRETS = [
  "authorization",
  "cookie",
  "cookie2",
  "proxy-authorization",
  "www-authenticate",
  "proxy-authenticate",
];

/** Fields that describe a body which is not sent again. */
const ABOUT_BODY = [
  "content-encoding",
  "content-language",
  "content-location",
  "content-type",
];

/**
 * The request that follows, or `undefined` when the response is the answer:
 * another status, or no `Location`. 301, 302 and 303 turn everything but HEAD
 * into GET, 307 and 308 keep method and body. Secrets are dropped, for good,
 * at the first hop to another host or from https to http. Throws `host` for a
 * location that can't be fetched.
 */
export function followRedirect(
  current: RedirectState,
  status: number,
  location: string | undefined,
): RedirectState | undefined {
  const keeps = status === 307 || status === 308;
  if (!keeps && ![301, 302, 303].includes(status)) return undefined;
  if (location === undefined || location === "") return undefined;
  const to = parseFetchUrl(location, current.to.url);
  const headers = new Map(current.headers);
  if (!sharesSecrets(current.to, to)) {
    for (const name of SECRETS) headers.delete(name);
  }
  if (keeps) return { ...current, to, headers };
  for (const name of ABOUT_BODY) headers.delete(name);
  const method = current.method === "HEAD" ? "HEAD" : "GET";
  return { to, method, headers, body: undefined };
}

function sharesSecrets(from: FetchUrl, to: FetchUrl): boolean {
  if (from.secure && !to.secure) return false;
  const { host, literal } = from.target;
  if (to.target.host === host) return true;
  return literal === undefined && to.target.host.endsWith(`.${host}`);
}
