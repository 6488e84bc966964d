/**
 * One request to one target, without redirects.
 *
 * @module
 */

import { type IncomingMessage, request as nodeRequest } from "node:http";
import { Duplex, Readable } from "node:stream";
import { PulpError } from "../../errors.ts";
import { acceptEncoding, isUndone } from "./fetch_encoding.ts";
import type { RedirectState } from "./redirect.ts";

/** What came back. */
export interface HopResponse {
  readonly status: number;
  /** In order of arrival; names in any case, values as byte strings. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: AsyncIterable<Uint8Array>;
  /** Whether the body's encoding is undone. */
  readonly decoded: boolean;
  /** Lets go of a body that nobody read to its end. */
  discard(): void;
}

/**
 * Sends a request over a connection that was made for it, and ends with the
 * head of the answer; the body follows over the same connection, which the
 * caller closes.
 */
export async function sendHop(
  request: RedirectState,
  conn: Deno.Conn,
  signal: AbortSignal,
): Promise<HopResponse> {
  const response = await exchangeHeads(request, conn, signal);
  const { rawHeaders, statusCode } = response;
  if (statusCode === undefined) {
    throw new PulpError("host", "Cannot read the answer: it has no status");
  }
  const headers: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    headers.push([rawHeaders[i]!, rawHeaders[i + 1]!]);
  }
  const coding = headers.find(([name]) =>
    name.toLowerCase() === "content-encoding"
  )?.[1];
  const decoded = isUndone(request.headers, coding) &&
    request.method !== "HEAD" && statusCode !== 204 && statusCode !== 304;
  return {
    status: statusCode,
    headers,
    body: decoded
      ? Readable.toWeb(response).pipeThrough(new DecompressionStream("gzip"))
      : response,
    decoded,
    discard: () => {
      // Its connection is closed beneath it, which is no error any more.
      response.on("error", () => {});
      response.destroy();
    },
  };
}

function exchangeHeads(
  { to: { url }, method, headers, body }: RedirectState,
  conn: Deno.Conn,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const socket = Duplex.fromWeb({
    readable: conn.readable,
    writable: conn.writable,
  });
  const sent = nodeRequest({
    // With an `agent`, even `false`, createConnection would not be used.
    createConnection: () => socket,
    // Where it would connect to without one: nowhere.
    host: "nowhere.invalid",
    method,
    path: url.pathname + url.search,
    headers: {
      "host": url.host,
      "user-agent": navigator.userAgent,
      "accept-encoding": acceptEncoding(method, headers),
      ...Object.fromEntries(headers),
      // Always said, so that no body is ever chunked: not every server takes that.
      ...(body !== undefined || BODY_METHODS.has(method)
        ? { "content-length": String(body?.length ?? 0) }
        : {}),
    },
    signal,
  });
  sent.once("socket", (used: unknown) => {
    if (used !== socket) sent.destroy(new Error("another connection was used"));
  });
  sent.once("response", resolve);
  // Stays for good: an error after the head reaches the reader of the body.
  sent.on("error", reject);
  sent.end(body);
  return promise;
}

/** Methods for which a server expects to be told that there is no body. */
const BODY_METHODS: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);
