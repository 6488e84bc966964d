/**
 * What a client is answered: by the cell, or by the host in its place. Plain
 * data, but for a body that is still to come, so that it can come from
 * another thread too.
 *
 * @module
 */

import type { HttpRespond, HttpRespondStream } from "../../abi/http.ts";
import { asciiOf } from "../../abi/short.ts";
import { LIMITS } from "../../limits.ts";
import { sniffContentType } from "./content_type.ts";
import type { FetchStream } from "./fetch_stream.ts";
import type { LiveBody } from "./live_body.ts";
import {
  isAscii,
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
  readonly headers: [name: string, value: string][];
  readonly body: Uint8Array<ArrayBuffer> | LiveBody | string | null;
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
 * message are the host's: those of the cell are dropped. A field Set-Cookie is
 * taken in the form in which `http_fetch` gives it: a cookie a line. 204, 205
 * and 304 have no body. Gives the reason, in words, when it can't be sent.
 */
export function checkAnswer(respond: HttpRespond): Answer | string {
  const status = respond.status === 0 ? 200 : respond.status;
  if (status < 200 || status > 599) return `status ${status} is no answer`;
  const { headers: given, cookies } = respond;
  let isAsGiven = cookies.length === 0;
  let needsType = true;
  let fields = given.length + cookies.length;
  if (fields > LIMITS.httpAnswerFields) return TOO_MANY_FIELDS;
  // Before anything is made of them.
  if (charsOf(respond) > LIMITS.httpAnswerFieldChars) {
    return `its header fields are over ${LIMITS.httpAnswerFieldChars} characters`;
  }
  for (const [name, value] of given) {
    const kind = KNOWN.get(name) ?? kindOf(name);
    const lines = kind === "cookies" ? linesOf(value) : undefined;
    const isSound = lines?.every(isFieldValue) ?? isFieldValue(value);
    if (kind === "malformed" || !isSound) {
      return `header "${name.slice(0, 100)}" is malformed`;
    }
    if (kind === "typed") needsType = false;
    else if (kind === "dropped") isAsGiven = false;
    else if (lines !== undefined && lines.length > 1) {
      isAsGiven = false;
      fields += lines.length - 1;
    }
    isAsGiven &&= isAscii(value);
  }
  if (fields > LIMITS.httpAnswerFields) return TOO_MANY_FIELDS;
  const body = hasBody(status) ? own(respond.body) : null;
  needsType &&= body !== null && body.length > 0;
  // The usual case, without making the fields anew.
  if (isAsGiven && !needsType && status !== 205) {
    return { status, headers: given, body };
  }
  const headers: [string, string][] = [];
  for (const [name, value] of given) {
    const lower = name.toLowerCase();
    if (isHopByHop(lower)) continue;
    const values = lower === SET_COOKIE ? linesOf(value) : [value];
    for (const value of values) headers.push([name, toByteString(value)]);
  }
  for (const cookie of cookies) {
    if (!isFieldValue(cookie)) return "a cookie is malformed";
    headers.push(["Set-Cookie", toByteString(cookie)]);
  }
  // Without it a client would wait for a body until the connection ends.
  if (status === 205) headers.push(["Content-Length", "0"]);
  if (needsType) headers.push(["Content-Type", sniffContentType(body!)]);
  return { status, headers, body };
}

/**
 * Checks what a cell answered with a stream, whose body then is the answer's.
 * Nothing is guessed about its type. Its length is sent along where the cell
 * does so and it is right. Gives the reason, in words, when it can't be sent.
 */
export function checkStreamAnswer(
  respond: HttpRespondStream,
  stream: FetchStream,
): Answer | string {
  const checked = checkAnswer({ ...respond, body: new Uint8Array(0) });
  if (typeof checked === "string") return checked;
  if (checked.body === null) {
    stream.close();
    return checked;
  }
  const length = respond.headers.find(([name]) =>
    name.toLowerCase() === "content-length"
  )?.[1];
  const { status, headers } = checked;
  return {
    status,
    headers: length !== undefined && length === `${stream.left}`
      ? [...headers, ["Content-Length", length]]
      : headers,
    body: stream.toLiveBody(),
  };
}

/** Says that nobody will send an answer. */
export function dropAnswer({ body }: Answer): void {
  // How its source ends is nobody's concern any more.
  if (body instanceof ReadableStream) body.cancel().catch(() => {});
}

/** The answer in the form that Deno sends; to a HEAD, its head. */
export function toResponse(answer: Answer, isHead = false): Response {
  const { status, headers, body } = isHead ? headOf(answer) : answer;
  const sent = body instanceof Uint8Array ? briefText(body, headers) : body;
  return new Response(sent, { status, headers });
}

/**
 * A few letters as text, where that makes no difference: of bytes Deno makes a
 * copy. To text without a type it would give one.
 */
function briefText(
  body: Uint8Array<ArrayBuffer>,
  headers: Answer["headers"],
): string | Uint8Array<ArrayBuffer> {
  const isTyped = headers.some(([name]) =>
    KNOWN.get(name) === "typed" || name.toLowerCase() === "content-type"
  );
  return isTyped && asciiOf(body, 0, body.length) || body;
}

/** Without the body, which Deno would send over HTTP/2, and clients refuse. */
function headOf(answer: Answer): Answer {
  const { status, headers, body } = answer;
  if (body === null) return answer;
  if (body instanceof ReadableStream) {
    dropAnswer(answer);
    // With none at all Deno says that its length is 0.
    return { status, headers, body: emptyStream() };
  }
  const length = typeof body === "string"
    ? new TextEncoder().encode(body).length
    : body.length;
  return {
    status,
    headers: [...headers, ["Content-Length", `${length}`]],
    body: null,
  };
}

function emptyStream(): LiveBody {
  return new ReadableStream({ start: (controller) => controller.close() });
}

function hostAnswer(
  status: number,
  body: string,
  type = "text/plain; charset=utf-8",
): Answer {
  return { status, headers: [["Content-Type", type]], body };
}

/** Deno takes time that grows with the square of them, on a thread that may serve other cells. */
const TOO_MANY_FIELDS =
  `it has more than ${LIMITS.httpAnswerFields} header fields`;

const SET_COOKIE = "set-cookie";

/** The cookies that one field holds. */
function linesOf(value: string): string[] {
  return value.split("\n");
}

/** What a field is to the host; `typed`: it says what the body is. */
type FieldKind = "plain" | "typed" | "cookies" | "dropped" | "malformed";

function kindOf(name: string): FieldKind {
  if (!isToken(name)) return "malformed";
  const lower = name.toLowerCase();
  if (isHopByHop(lower)) return "dropped";
  if (lower === SET_COOKIE) return "cookies";
  return lower === "content-type" || lower === "content-encoding"
    ? "typed"
    : "plain";
}

/** What nearly every answer has: looked up, not looked at. */
const KNOWN: ReadonlyMap<string, FieldKind> = new Map(
  [
    "Content-Type",
    "content-type",
    "Cache-Control",
    "cache-control",
    "Content-Length",
    "content-length",
    "ETag",
    "etag",
    "Location",
    "location",
    "Vary",
    "vary",
  ].map((name) => [name, kindOf(name)]),
);

function charsOf(
  { headers, cookies }: Pick<HttpRespond, "headers" | "cookies">,
): number {
  let chars = 0;
  for (const [name, value] of headers) chars += name.length + value.length;
  for (const cookie of cookies) chars += cookie.length;
  return chars;
}

function hasBody(status: number): boolean {
  return status !== 204 && status !== 205 && status !== 304;
}

/** Without what else the cell's request holds, which would wait for the client too. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, length } = bytes;
  const isMost = 2 * length >= buffer.byteLength ||
    buffer.byteLength <= SHARED_BYTES;
  return buffer instanceof ArrayBuffer && isMost
    ? bytes as Uint8Array<ArrayBuffer>
    : bytes.slice();
}

/** Short requests share a block, and are not worth a copy. */
const SHARED_BYTES = 64 << 10;
