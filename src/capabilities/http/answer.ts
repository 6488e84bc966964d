/**
 * What a client is answered: by the cell, or by the host in its place. Plain
 * data, so that it can come from another thread too.
 *
 * @module
 */

import type { HttpRespond } from "../../abi/http.ts";
import { sniffContentType } from "./content_type.ts";
import {
  isFieldValue,
  isHopByHop,
  isToken,
  toByteString,
} from "./header_text.ts";

/** An answer that can be sent as it is. */
export interface Answer {
  /** 200 to 599. */
  readonly status: number;
  /** Values as byte strings. */
  readonly headers: readonly [string, string][];
  readonly body: Uint8Array<ArrayBuffer> | string | null;
}

/** What the host answers in a cell's place. */
export const ANSWERS = Object.freeze({
  badRequest: hostAnswer(400, "bad request"),
  notFound: hostAnswer(404, "404 page not found", "text/plain"),
  bodyTimeout: hostAnswer(408, "request body timeout"),
  bodyTooLarge: hostAnswer(413, "request body too large"),
  noResponse: hostAnswer(500, "cell did not respond"),
  queueFull: hostAnswer(503, "queue full"),
  down: hostAnswer(503, "cell shut down"),
  timeout: hostAnswer(504, "cell timeout"),
});

/** Sends a client to the cleaned form of its path; other methods than GET and HEAD must not change. */
export function redirectTo(location: string, method: string): Answer {
  const status = method === "GET" || method === "HEAD" ? 301 : 308;
  return { status, headers: [["Location", location]], body: null };
}

/**
 * Checks what a cell answered. Status 0 is 200. The fields that frame a
 * message are the host's: those of the cell are dropped. 204, 205 and 304
 * have no body. Gives the reason, in words, when it can't be sent.
 */
export function checkAnswer(respond: HttpRespond): Answer | string {
  const status = respond.status === 0 ? 200 : respond.status;
  if (status < 200 || status > 599) return `status ${status} is no answer`;
  const headers: [string, string][] = [];
  let type: string | undefined;
  let encoded = false;
  for (const [name, value] of Object.entries(respond.headers)) {
    if (!isToken(name) || !isFieldValue(value)) {
      return `header "${name.slice(0, 100)}" is malformed`;
    }
    const lower = name.toLowerCase();
    if (isHopByHop(lower)) continue;
    if (lower === "content-type") type = value;
    else if (lower === "content-encoding") encoded = true;
    headers.push([name, toByteString(value)]);
  }
  for (const cookie of respond.cookies) {
    if (!isFieldValue(cookie)) return "a cookie is malformed";
    headers.push(["Set-Cookie", toByteString(cookie)]);
  }
  if (status === 204 || status === 205 || status === 304) {
    // Without it a client would wait for a body until the connection ends.
    if (status === 205) headers.push(["Content-Length", "0"]);
    return { status, headers, body: null };
  }
  const body = own(respond.body);
  if (type === undefined && !encoded && body.length > 0) {
    headers.push(["Content-Type", sniffContentType(body)]);
  }
  return { status, headers, body };
}

/** The answer in the form that Deno sends. For HEAD Deno leaves the body out. */
export function toResponse({ status, headers, body }: Answer): Response {
  return new Response(body, { status, headers: headers as [string, string][] });
}

function hostAnswer(
  status: number,
  body: string,
  type = "text/plain; charset=utf-8",
): Answer {
  return { status, headers: [["Content-Type", type]], body };
}

function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer
    ? bytes as Uint8Array<ArrayBuffer>
    : bytes.slice();
}
