/**
 * A server with cells, and clients of it, for the tests of
 * `transport.http.inbound`.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Capability } from "../../capability.ts";
import { httpInbound } from "../../http_inbound.ts";
import { FetchStreams } from "../fetch_streams.ts";
import { type InboundLimits, InboundServer } from "../inbound_server.ts";
import { FakeCell, type FakeCellOptions, type FakeEvent } from "./fake_cell.ts";

/** A capability with its cells, which end with the test. */
export class InboundRig implements AsyncDisposable {
  /** Where the requests come from. */
  readonly server: InboundServer;
  readonly #capability: Capability;
  readonly #cells: FakeCell[] = [];

  /** Listens nowhere yet. */
  constructor(limits: InboundLimits = {}) {
    this.server = new InboundServer(limits);
    this.#capability = httpInbound(this.server, new FetchStreams());
  }

  /** A cell with these routes, each as `METHOD /path`. */
  cell(options: FakeCellOptions = {}, ...routes: string[]): FakeCell {
    const cell = new FakeCell(this.#capability, options);
    this.#cells.push(cell);
    for (const route of routes) assertEquals(register(cell, route), 0);
    return cell;
  }

  /** The URL of a path on a listener, by default on the first one. */
  url(path: string, place = 0): string {
    return `http://${this.server.addresses()[place]}${path}`;
  }

  /** Ends the cells, then the server. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const cell of this.#cells) await cell.close();
    await this.#capability.teardown?.();
  }
}

/** Registers `METHOD /path`; gives the code. */
export function register(cell: FakeCell, route: string): number {
  const [method, path] = route.split(" ");
  return cell.send("http_register", { method, path });
}

/** A step that answers every request with its own event as JSON. */
export function echo({ payload }: FakeEvent, cell: FakeCell): void {
  const event = { ...payload };
  const body = new TextEncoder().encode(JSON.stringify({
    ...event,
    id: String(event.id),
    body: new TextDecoder().decode(event.body),
  }));
  const headers = { "content-type": "application/json" };
  assertEquals(
    cell.send("http_respond", { id: event.id, status: 0, headers, body }),
    0,
  );
}

/** A step that answers with these fields. */
export function answering(
  fields: Record<string, unknown>,
): NonNullable<FakeCellOptions["step"]> {
  return ({ payload }, cell) =>
    void cell.send("http_respond", { id: payload.id, ...fields });
}

/** Status, text and type of an answer. */
export async function answer(
  request: Promise<Response>,
): Promise<(number | string | null)[]> {
  const response = await request;
  return [
    response.status,
    await response.text(),
    response.headers.get("content-type"),
  ];
}

/** Sends bytes over a connection of its own, and reads until it ends, or until a text arrived. */
export async function exchangeRaw(
  rig: InboundRig,
  text: string,
  until?: string,
): Promise<string> {
  const [hostname, port] = rig.server.addresses()[0]!.split(":");
  const conn = await Deno.connect({ hostname: hostname!, port: Number(port) });
  await conn.write(Uint8Array.from(text, (char) => char.charCodeAt(0)));
  const chunks: Uint8Array[] = [];
  for await (const chunk of conn.readable) {
    chunks.push(chunk);
    if (until !== undefined && latin1(chunk).includes(until)) break;
  }
  return chunks.map(latin1).join("");
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
