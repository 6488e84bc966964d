/**
 * Between the records of `http_fetch` and what goes over the wire.
 *
 * @module
 */

import { canonicalHeader, type HttpFetch } from "../../abi/http.ts";
import { PulpError } from "../../errors.ts";
import { parseFetchUrl } from "./fetch_url.ts";
import {
  fromByteString,
  isFieldValue,
  isHopByHop,
  isToken,
  toByteString,
} from "./header_text.ts";
import type { RedirectState } from "./redirect.ts";

/**
 * The first hop's request. `Host` and fields of the connection are dropped,
 * as Go's client does. Throws `host` for a method, URL or field that can't be
 * sent.
 */
export function toRequest(fetch: HttpFetch): RedirectState {
  const to = parseFetchUrl(fetch.url.trim());
  const method = fetch.method.trim().toUpperCase() || "GET";
  if (!isToken(method) || method === "CONNECT") {
    throw new PulpError(
      "host",
      `Cannot fetch with method "${fetch.method.slice(0, 100)}": it is not one`,
    );
  }
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(fetch.headers)) {
    if (!isToken(name) || !isFieldValue(value)) {
      throw new PulpError(
        "host",
        `Cannot send header "${
          name.slice(0, 100)
        }": its name or value is malformed`,
      );
    }
    const lower = name.toLowerCase();
    if (lower !== "host" && lower !== "expect" && !isHopByHop(lower)) {
      headers.set(lower, toByteString(value));
    }
  }
  const body = fetch.body.length === 0 ? undefined : fetch.body.slice();
  return { to, method, headers, body };
}

/**
 * The response's fields for the cell: canonical names; repeated ones joined
 * by `, `, and Set-Cookie, whose values hold commas, by a line feed.
 */
export function joinFields(
  fields: readonly (readonly [string, string])[],
): Map<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of fields) {
    const key = canonicalHeader(name);
    const text = fromByteString(value);
    const before = joined.get(key);
    joined.set(
      key,
      before === undefined
        ? text
        : `${before}${key === "Set-Cookie" ? "\n" : ", "}${text}`,
    );
  }
  return joined;
}
