/**
 * The head of an HTTP/1 response, as RFC 9112 has it.
 *
 * @module
 */

import { LIMITS } from "../../limits.ts";
import type { ConnReader } from "./conn_reader.ts";
import { byteString, isFieldValue, isToken } from "./header_text.ts";

/** What a response begins with. */
export interface ResponseHead {
  readonly status: number;
  /** The second digit of `HTTP/1.x`. */
  readonly minor: number;
  /** In order of arrival; names as they came, values as byte strings. */
  readonly headers: readonly (readonly [string, string])[];
}

/** How the end of a body is told. A number of bytes, or one of these. */
export type Framing = number | "chunked" | "to the end";

const LF = 10;
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: .*)?$/;

/**
 * Reads the head of the answer, behind any informational ones. Throws an
 * `Error` for what is none, ends early, or is over `LIMITS.fetchHeadBytes`.
 */
export async function readHead(reader: ConnReader): Promise<ResponseHead> {
  let left: number = LIMITS.fetchHeadBytes;
  for (;;) {
    const bytes = await headBytes(reader, left);
    left -= bytes.length;
    const head = parseHead(byteString(bytes));
    // 101 would be another protocol; nobody asked for one.
    if (head.status === 101) throw new Error("the server changes the protocol");
    if (head.status >= 200) return head;
  }
}

/** How the body of a response ends. Throws an `Error` when that can't be told for sure. */
export function framingOf(method: string, head: ResponseHead): Framing {
  const { status, headers, minor } = head;
  if (method === "HEAD" || status === 204 || status === 304) return 0;
  const all = (wanted: string): string[] =>
    headers.flatMap(([name, value]) =>
      name.toLowerCase() === wanted
        ? value.split(",").map((part) => part.trim())
        : []
    );
  const codings = all("transfer-encoding");
  const lengths = [...new Set(all("content-length"))];
  if (codings.length > 0) {
    if (
      codings.length > 1 || codings[0]?.toLowerCase() !== "chunked" ||
      minor === 0
    ) throw new Error("the body has a transfer coding that is not chunked");
    if (lengths.length > 0) {
      throw new Error("the body has both a length and a transfer coding");
    }
    return "chunked";
  }
  if (lengths.length === 0) return "to the end";
  const length = /^[0-9]{1,15}$/.test(lengths[0]!) ? Number(lengths[0]) : -1;
  if (lengths.length > 1 || length < 0) {
    throw new Error("the length of the body is malformed");
  }
  return length;
}

/** Through the empty line. */
async function headBytes(
  reader: ConnReader,
  limit: number,
): Promise<Uint8Array> {
  let searched = 0;
  for (;;) {
    const { waiting } = reader;
    const end = endOfHead(waiting, searched);
    if (end > limit || (end < 0 && waiting.length >= limit)) {
      throw new Error(`the header is over ${LIMITS.fetchHeadBytes} bytes`);
    }
    if (end >= 0) {
      const head = waiting.slice(0, end);
      reader.skip(end);
      return head;
    }
    // The empty line may have come in part.
    searched = Math.max(0, waiting.length - 2);
    if (!await reader.more()) {
      throw new Error("the connection ended before the answer's header did");
    }
  }
}

/** Where the head ends, behind the empty line; -1 when that is not there yet. */
function endOfHead(bytes: Uint8Array, from: number): number {
  for (
    let at = bytes.indexOf(LF, from);
    at >= 0;
    at = bytes.indexOf(LF, at + 1)
  ) {
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === 13 && bytes[at + 2] === LF) return at + 3;
  }
  return -1;
}

function parseHead(text: string): ResponseHead {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  const [, minor, status] = STATUS_LINE.exec(lines[0] ?? "") ?? [];
  if (minor === undefined) throw new Error("the answer is not HTTP/1");
  const headers: [string, string][] = [];
  for (const line of lines.slice(1, -2)) {
    const last = headers.at(-1);
    // A folded value: deprecated, and still sent by some.
    if (/^[ \t]/.test(line) && last !== undefined) {
      const more = trimField(line);
      if (last[1] === "") last[1] = more;
      else if (more !== "") last[1] = `${last[1]} ${more}`;
    } else {
      const colon = line.indexOf(":");
      headers.push([
        line.slice(0, Math.max(colon, 0)),
        trimField(line.slice(colon + 1)),
      ]);
    }
  }
  for (const [name, value] of headers) {
    if (!isToken(name) || !isFieldValue(value)) {
      throw new Error("the answer has a malformed header field");
    }
  }
  return { status: Number(status), minor: Number(minor), headers };
}

/**
 * Without the spaces and tabs around it; byte strings hold other white space.
 * No regular expression: at its end it would try each of many spaces.
 */
function trimField(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value, start)) start++;
  while (start < end && isBlank(value, end - 1)) end--;
  return value.slice(start, end);
}

function isBlank(text: string, at: number): boolean {
  return text[at] === " " || text[at] === "\t";
}
