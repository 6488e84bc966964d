/**
 * The URL of an outbound request, read once; what is judged is what is dialled.
 *
 * @module
 */

import { PulpError } from "../../errors.ts";
import type { EgressTarget } from "../net/egress.ts";
import { parseIp } from "../net/ip_address.ts";
import { normalName } from "../net/net_list.ts";

/** A URL that may be judged and dialled. */
export interface FetchUrl {
  readonly url: URL;
  readonly target: EgressTarget;
  readonly secure: boolean;
}

/**
 * Reads an absolute URL, or a redirect's `Location` against `base`. The URL
 * parser turns each spelling of an address into one; a trailing dot goes.
 * Throws `host` when the URL is malformed, has another scheme than http or
 * https, carries a user name, or names port 0.
 */
export function parseFetchUrl(text: string, base?: URL): FetchUrl {
  let url: URL;
  try {
    url = new URL(text, base);
  } catch (cause) {
    throw refused(text, "it is not an absolute URL", cause);
  }
  const secure = url.protocol === "https:";
  if (!secure && url.protocol !== "http:") {
    throw refused(text, "only http and https are served");
  }
  if (url.username !== "" || url.password !== "") {
    throw refused(
      text,
      "the URL carries a user name; send an Authorization header instead",
    );
  }
  const literal = parseIp(url.hostname);
  if (literal === undefined) {
    const name = normalName(url.hostname);
    if (name === "" || name.endsWith(".")) {
      throw refused(text, "it names no host");
    }
    if (name !== url.hostname) url.hostname = name;
  }
  const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
  if (port === 0) throw refused(text, "nothing listens on port 0");
  url.hash = "";
  const host = url.hostname;
  return {
    url,
    secure,
    target: literal === undefined ? { host, port } : { host, literal, port },
  };
}

function refused(text: string, why: string, cause?: unknown): PulpError {
  // Log records are no place for passwords and tokens.
  const shown = text.replace(/\/\/[^/]*@/, "//").replace(/\?.*/s, "?...");
  return new PulpError(
    "host",
    `Cannot fetch "${shown.slice(0, 200)}": ${why}`,
    cause === undefined ? {} : { cause },
  );
}
