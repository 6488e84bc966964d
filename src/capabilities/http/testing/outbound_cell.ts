/**
 * A cell that may fetch from loopback, and what it fetches from, for the tests
 * of `transport.http.outbound`.
 *
 * @module
 */

import { within } from "../../../testing/until.ts";
import { httpOutbound } from "../../http_outbound.ts";
import { FakeCell } from "./fake_cell.ts";

/** A `[permissions] net` of all of loopback. */
export const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];

/** A cell with a capability of its own and this list. */
export function newCell(net: readonly string[] = LOOPBACK): FakeCell {
  return new FakeCell(httpOutbound(), { net });
}

/** Answers with what it was sent. */
export async function mirror(request: Request): Promise<Response> {
  return Response.json({
    method: request.method,
    headers: Object.fromEntries(request.headers),
    body: await request.text(),
  });
}

/** Answers `/go?to=` with a redirect, and the rest with what it was sent. */
export function redirects(request: Request): Response | Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname !== "/go") return mirror(request);
  const to = searchParams.get("to");
  return new Response("moved", {
    status: Number(searchParams.get("status") ?? 302),
    headers: to === null ? {} : { location: to },
  });
}

/** Reads from a connection until what came ends with this. */
export async function readUntil(
  conn: Deno.Conn,
  end: string,
): Promise<string> {
  const buffer = new Uint8Array(4096);
  let text = "";
  while (!text.endsWith(end)) {
    const n = await within("more", conn.read(buffer), () => text);
    if (n === null) break;
    text += new TextDecoder().decode(buffer.subarray(0, n));
  }
  return text;
}
