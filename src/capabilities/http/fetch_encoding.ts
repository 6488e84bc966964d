/**
 * Who undoes `Content-Encoding`. As in Go's client the host asks for
 * compression and undoes it, and the cell sees neither; a cell that asks for
 * `identity`, or for a range of bytes, gets what the server sent.
 *
 * @module
 */

/** The codings that Deno's `fetch` asks for and undoes. */
const UNDONE: ReadonlySet<string> = new Set(["gzip", "br"]);

/** Whether nothing is to be undone for this request. Names in lower case. */
export function wantsIdentity(headers: ReadonlyMap<string, string>): boolean {
  return headers.has("range") ||
    headers.get("accept-encoding")?.trim().toLowerCase() === "identity";
}

/** The request's fields for `fetch`, which adds an `Accept-Encoding` of its own if there is none. */
export function toFetchHeaders(
  headers: ReadonlyMap<string, string>,
): [string, string][] {
  const fields = [...headers].filter(([name]) => name !== "accept-encoding");
  if (wantsIdentity(headers)) fields.push(["accept-encoding", "identity"]);
  return fields;
}

/** Whether `fetch` undid the response's coding. */
export function undoneEncoding(
  request: ReadonlyMap<string, string>,
  response: readonly (readonly [string, string])[],
): boolean {
  return !wantsIdentity(request) && UNDONE.has(codingOf(response));
}

/** The one coding of a response, in lower case; "" when there is none. */
export function codingOf(
  response: readonly (readonly [string, string])[],
): string {
  return response.find(([name]) => name.toLowerCase() === "content-encoding")
    ?.[1].trim().toLowerCase() ?? "";
}
