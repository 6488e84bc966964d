/**
 * Who undoes `Content-Encoding`. As in Go's client the host asks for gzip and
 * undoes it, and the cell sees neither; a cell that names an encoding of its
 * own, or asks for a range of bytes, gets what the server sent.
 *
 * @module
 */

/** `Accept-Encoding` for a request. Names in lower case. */
export function acceptEncoding(
  method: string,
  headers: ReadonlyMap<string, string>,
): string {
  return headers.get("accept-encoding") ??
    (headers.has("range") || method === "HEAD" ? "identity" : "gzip");
}

/** Whether the host undoes this coding of a response's body. */
export function isUndone(
  headers: ReadonlyMap<string, string>,
  coding: string | undefined,
): boolean {
  return !headers.has("accept-encoding") && !headers.has("range") &&
    coding?.trim().toLowerCase() === "gzip";
}
