/**
 * One request to one target, without redirects.
 *
 * @module
 */

import { ConnReader } from "./conn_reader.ts";
import { acceptEncoding, isUndone } from "./fetch_encoding.ts";
import { bytesOf } from "./header_text.ts";
import type { RedirectState } from "./redirect.ts";
import { bodyOf, type BodySource, gunzipped } from "./response_body.ts";
import { type Framing, framingOf, readHead } from "./response_head.ts";

/** What came back. */
export interface HopResponse {
  readonly status: number;
  /** In order of arrival; names in any case, values as byte strings. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: BodySource;
  /** The length of the body in bytes, where the head tells it. */
  readonly length: number | undefined;
}

/**
 * Sends a request over a connection that was made for it, and ends with the
 * head of the answer; the body follows over the same connection, which the
 * caller closes. An encoding that the host asked for is undone, and its
 * fields are left out.
 */
export async function sendHop(
  request: RedirectState,
  conn: Deno.Conn,
): Promise<HopResponse> {
  const { method } = request;
  const reader = new ConnReader(conn);
  let problem: unknown;
  // A server may answer before it has taken everything, and hang up.
  send(request, conn).catch((error) => problem = error);
  const head = await readHead(reader).catch((error) => {
    throw problem ?? error;
  });
  const framing = framingOf(method, head);
  const body = bodyOf(reader, framing);
  const coding = head.headers.find(([name]) =>
    name.toLowerCase() === "content-encoding"
  )?.[1];
  if (framing === 0 || !isUndone(request.headers, coding)) {
    const length = lengthOf(framing);
    return { status: head.status, headers: head.headers, body, length };
  }
  return {
    status: head.status,
    headers: head.headers.filter(([name]) =>
      !/^content-(encoding|length)$/i.test(name)
    ),
    body: gunzipped(body),
    length: undefined,
  };
}

function lengthOf(framing: Framing): number | undefined {
  return typeof framing === "number" ? framing : undefined;
}

async function send(
  { to: { url }, method, headers, body }: RedirectState,
  conn: Deno.Conn,
): Promise<void> {
  const fields: Record<string, string> = {
    "host": url.host,
    "user-agent": navigator.userAgent,
    "accept-encoding": acceptEncoding(method, headers),
    ...Object.fromEntries(headers),
    // Always said, so that no body is ever chunked: not every server takes that.
    ...(body !== undefined || BODY_METHODS.has(method)
      ? { "content-length": String(body?.length ?? 0) }
      : {}),
    "connection": "close",
  };
  const head = [
    `${method} ${url.pathname}${url.search} HTTP/1.1`,
    ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`),
    "\r\n",
  ].join("\r\n");
  await writeAll(conn, bytesOf(head));
  if (body !== undefined) await writeAll(conn, body);
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await conn.write(bytes.subarray(at));
  }
}

/** Methods for which a server expects to be told that there is no body. */
const BODY_METHODS: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);
