/**
 * For a process that Deno narrows to names: Deno connects to the name, as it
 * may, and the address that it reached is judged before a byte is sent.
 *
 * @module
 */

import { type IncomingMessage, request as nodeRequest } from "node:http";
import { Duplex, Readable } from "node:stream";
import { PulpError } from "../../errors.ts";
import { codingOf, wantsIdentity } from "./fetch_encoding.ts";
import type { HopContext, HopRequest, HopResponse } from "./fetch_hop.ts";
import { formatIp, parseIp } from "./ip_address.ts";
import { deniedBy } from "./fetch_errors.ts";

/**
 * Sends over a connection of its own. Rejects with `permission` when the
 * address is forbidden, and as `Deno.connect` does when there is none.
 */
export async function sendChecked(
  request: HopRequest,
  { policy, caCerts }: HopContext,
): Promise<HopResponse> {
  const { to: { target, secure }, signal } = request;
  const tcp = await Deno.connect({
    hostname: target.literal === undefined
      ? target.host
      : formatIp(target.literal),
    port: target.port,
    signal,
  });
  let conn: Deno.Conn = tcp;
  const close = (): void => {
    try {
      conn.close();
    } catch {
      // The stream that wraps it closed it already.
    }
  };
  try {
    const reached = parseIp(tcp.remoteAddr.hostname);
    const denial = reached === undefined
      ? { reason: "the address it stands for can't be told", hint: "" }
      : policy.checkAddress(target, reached);
    if (denial !== undefined) throw deniedBy(denial, target);
    signal.addEventListener("abort", close, { once: true });
    if (secure) {
      const tls = await Deno.startTls(tcp, {
        hostname: target.host.replace(/^\[|\]$/g, ""),
        caCerts: [...caCerts],
        alpnProtocols: ["http/1.1"],
      });
      conn = tls;
      await tls.handshake();
    }
    const response = await exchange(request, conn);
    return toHopResponse(request, response, () => {
      signal.removeEventListener("abort", close);
      response.destroy();
      close();
    });
  } catch (error) {
    signal.removeEventListener("abort", close);
    close();
    signal.throwIfAborted();
    throw error;
  }
}

function exchange(
  { to, method, headers, body, signal }: HopRequest,
  conn: Deno.Conn,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const { url, secure } = to;
  const fields: Record<string, string> = {
    "host": url.host,
    "user-agent": navigator.userAgent,
    "accept": "*/*",
    ...Object.fromEntries(headers),
    "accept-encoding": wantsIdentity(headers) ? "identity" : "gzip",
  };
  if (body !== undefined) fields["content-length"] = String(body.length);
  else if (!["GET", "HEAD", "OPTIONS", "DELETE"].includes(method)) {
    fields["content-length"] = "0";
  }
  const socket = Duplex.fromWeb({
    readable: conn.readable,
    writable: conn.writable,
  });
  const sent = nodeRequest({
    // With an `agent`, even `false`, createConnection would not be used.
    createConnection: () => socket,
    // Where it would connect to without one: nowhere.
    host: "nowhere.invalid",
    protocol: secure ? "https:" : "http:",
    defaultPort: to.target.port,
    method,
    path: url.pathname + url.search,
    headers: fields,
    signal,
  });
  sent.once("socket", (used: unknown) => {
    if (used !== socket) sent.destroy(new Error("another connection was used"));
  });
  sent.once("response", resolve);
  sent.once("error", reject);
  sent.end(body);
  return promise;
}

function toHopResponse(
  request: HopRequest,
  response: IncomingMessage,
  cancel: () => void,
): HopResponse {
  const { rawHeaders, statusCode } = response;
  if (statusCode === undefined) {
    throw new PulpError("host", "Cannot read the answer: it has no status");
  }
  const headers: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    headers.push([rawHeaders[i]!, rawHeaders[i + 1]!]);
  }
  const decoded = !wantsIdentity(request.headers) &&
    codingOf(headers) === "gzip" &&
    request.method !== "HEAD" && statusCode !== 204 && statusCode !== 304;
  const body: AsyncIterable<Uint8Array> = decoded
    ? Readable.toWeb(response).pipeThrough(new DecompressionStream("gzip"))
    : response;
  return {
    status: statusCode,
    headers,
    body,
    decoded,
    cancel: () => Promise.resolve(cancel()),
  };
}
