/**
 * Cells that fetch a stream and read from it, for the tests of
 * `http_fetch_begin` and `http_respond_stream`.
 *
 * @module
 */

import { decode, encode } from "@msgpack/msgpack";
import { assertEquals } from "@std/assert";
import type { Capability } from "../../capability.ts";
import { httpInbound } from "../../http_inbound.ts";
import { httpOutbound } from "../../http_outbound.ts";
import { FetchStreams } from "../fetch_streams.ts";
import { type InboundLimits, InboundServer } from "../inbound_server.ts";
import type { FakeCell } from "./fake_cell.ts";

/** A `[permissions] net` for an upstream on loopback. */
export const NET = ["127.0.0.1"];

/** The head of an answer whose body has no length. */
export const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/** What {@linkcode both} makes. */
export interface Both extends Capability {
  /** Where the clients' requests come from. */
  readonly server: InboundServer;
  /** What the cells have open. */
  readonly streams: FetchStreams;
}

/** Both capabilities of HTTP, as one registry has them. */
export function both(limits: InboundLimits = {}): Both {
  const server = new InboundServer(limits);
  const streams = new FetchStreams();
  const inbound = httpInbound(server, streams);
  const outbound = httpOutbound({ streams });
  return {
    ...inbound,
    server,
    streams,
    imports: (cell) => ({
      ...inbound.imports(cell),
      ...outbound.imports(cell),
    }),
  };
}

/** What `http_fetch_begin` gave. */
export interface Head {
  readonly code: number;
  readonly id: bigint;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** What `http_fetch_read` gave. */
export interface Chunk {
  readonly bytes: Uint8Array | null;
  readonly eof: boolean;
  readonly err?: string;
}

/** Decodes what a host function handed over. */
function handed(cell: FakeCell): unknown {
  return decode(cell.memory.handed, { useBigInt64: true });
}

/** Calls `http_fetch_begin`. */
export async function begin(cell: FakeCell, request: unknown): Promise<Head> {
  const code = await cell.call("http_fetch_begin", encode(request), 0, 4);
  if (code !== 0) return { code, id: 0n, status: 0, headers: {} };
  const { id, status, headers } = handed(cell) as Head;
  return { code, id: BigInt(id), status: Number(status), headers };
}

/** The words of an id, low first. */
export function halves(id: bigint): [number, number] {
  return [Number(id & 0xffffffffn) | 0, Number(id >> 32n) | 0];
}

/** Calls `http_fetch_read`. */
export async function read(
  cell: FakeCell,
  id: bigint,
  max = 1 << 20,
): Promise<Chunk> {
  const [lo, hi] = halves(id);
  assertEquals(await cell.raw("http_fetch_read", lo, hi, max, 0, 4), 0);
  const chunk = handed(cell) as Chunk;
  cell.memory.reset();
  return chunk;
}

/** The bytes of a chunk as text, none for `null`. */
export function text(bytes: Uint8Array | null): string {
  return new TextDecoder().decode(bytes ?? new Uint8Array(0));
}
