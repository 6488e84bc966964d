/**
 * Requests that want to become WebSocket connections.
 *
 * @module
 */

import type { LogFields } from "../../logger.ts";
import type { RequestHeaders } from "../http/request_headers.ts";

/** A request whose handshake can't go on, and what it is answered. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What the log says besides, for who runs the host. */
  readonly fields?: LogFields;
}

/** The most of a field of a client that the log gets. */
const SHOWN_CHARS = 200;

/** Whether a request asks for a WebSocket connection. */
export function wantsWebSocket(
  method: string,
  { fields, connection }: RequestHeaders,
): boolean {
  return method === "GET" &&
    fields.get("Upgrade")?.toLowerCase() === "websocket" &&
    lists(connection, "upgrade");
}

/**
 * What is wrong with a handshake, if something is. A browser says in `Origin`
 * which site its page is from: that has to be this one, or any page could
 * act here with its visitor's cookies. Who sends no origin is no browser.
 */
export function refusalOf(
  { fields, host }: RequestHeaders,
): Refusal | undefined {
  const origin = fields.get("Origin");
  if (origin !== undefined && !isSameHost(origin, host)) {
    return {
      ...refusal(403, "origin not allowed"),
      fields: {
        origin: origin.slice(0, SHOWN_CHARS),
        host: host?.slice(0, SHOWN_CHARS) ?? "",
        hint:
          "the page has to come from the host that it connects to; a proxy has to pass the client's Host on",
      },
    };
  }
  if (fields.get("Sec-Websocket-Version") !== "13") {
    return refusal(426, "websocket version not supported", {
      "Sec-WebSocket-Version": "13",
    });
  }
  if (!KEY.test(fields.get("Sec-Websocket-Key") ?? "")) {
    return refusal(400, "websocket key missing or malformed");
  }
  return undefined;
}

/** What is answered in a handshake's place. */
export function refusal(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Refusal {
  return {
    status,
    headers: { "Content-Type": "text/plain; charset=utf-8", ...headers },
    body,
  };
}

/** 16 bytes in base64. */
const KEY = /^[A-Za-z0-9+/]{22}==$/;

function isSameHost(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) return false;
  const site = new URL(origin);
  if (site.protocol !== "http:" && site.protocol !== "https:") return false;
  // With the scheme of the origin, so that its default port may be written or not.
  const own = `${site.protocol}//${host}`;
  return URL.canParse(own) && new URL(own).host === site.host;
}

function lists(value: string | undefined, option: string): boolean {
  return value !== undefined &&
    value.split(",").some((part) => part.trim().toLowerCase() === option);
}
