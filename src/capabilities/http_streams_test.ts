import { decode, encode } from "@msgpack/msgpack";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { LIMITS } from "../limits.ts";
import type { Capability } from "./capability.ts";
import { FetchStreams } from "./http/fetch_streams.ts";
import { FakeCell, type FakeCellOptions } from "./http/testing/fake_cell.ts";
import { dataOverHttp2 } from "./http/testing/h2.ts";
import { Upstream, UpstreamConn } from "./http/testing/upstream.ts";
import { httpInbound, type HttpInboundOptions } from "./http_inbound.ts";
import { httpOutbound } from "./http_outbound.ts";

const NET = ["127.0.0.1"];

/** Both capabilities of HTTP, as one registry has them. */
function both(options: HttpInboundOptions = {}): Capability & {
  readonly streams: FetchStreams;
  addresses(): string[];
} {
  const streams = new FetchStreams();
  const inbound = httpInbound({ ...options, streams });
  const outbound = httpOutbound({ streams });
  return {
    ...inbound,
    streams,
    imports: (cell) => ({
      ...inbound.imports(cell),
      ...outbound.imports(cell),
    }),
  };
}

interface Head {
  readonly code: number;
  readonly id: bigint;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

interface Chunk {
  readonly bytes: Uint8Array | null;
  readonly eof: boolean;
  readonly err?: string;
}

/** Decodes what a host function handed over. */
function handed(cell: FakeCell): unknown {
  const [ptr, len] = new Uint32Array(cell.memory.bytes.buffer, 0, 2);
  return decode(cell.memory.read(ptr!, len!, Infinity)!, {
    useBigInt64: true,
  });
}

async function begin(cell: FakeCell, request: unknown): Promise<Head> {
  const code = await cell.call("http_fetch_begin", encode(request), 0, 4);
  if (code !== 0) return { code, id: 0n, status: 0, headers: {} };
  const { id, status, headers } = handed(cell) as Head;
  return { code, id: BigInt(id), status: Number(status), headers };
}

function halves(id: bigint): [number, number] {
  return [Number(id & 0xffffffffn) | 0, Number(id >> 32n) | 0];
}

async function read(
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

function text(bytes: Uint8Array | null): string {
  return new TextDecoder().decode(bytes ?? new Uint8Array(0));
}

const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

Deno.test("http_fetch_begin answers with the head while the body is still to come", async () => {
  using upstream = new Upstream();
  await using cell = new FakeCell(both(), { net: NET });
  const opening = begin(cell, { url: upstream.url });
  using conn = await upstream.accept(
    "HTTP/1.1 203 Fine\r\nx-one: 1\r\nset-cookie: a=1\r\nset-cookie: b=2\r\ncontent-length: 9\r\n\r\n",
  );
  const { id, code, status, headers } = await opening;
  assertEquals({ code, status, headers }, {
    code: 0,
    status: 203,
    headers: {
      "X-One": "1",
      "Set-Cookie": "a=1\nb=2",
      "Content-Length": "9",
    },
  });
  // Waits for a byte, and no longer.
  const first = read(cell, id);
  await conn.write("abc");
  assertEquals(await first, {
    bytes: new TextEncoder().encode("abc"),
    eof: false,
  });
  await conn.write("defghi");
  assertEquals(text((await read(cell, id, 2)).bytes), "de");
  let rest = "";
  for (;;) {
    const { bytes, eof } = await read(cell, id, 3);
    rest += text(bytes);
    if (eof) break;
  }
  assertEquals(rest, "fghi");
  // The end is told again, until the cell closes the stream.
  assertEquals(await read(cell, id), { bytes: null, eof: true });
  await conn.gone();
  assertEquals(await cell.raw("http_fetch_close", ...halves(id)), 0);
  assertEquals(await cell.raw("http_fetch_close", ...halves(id)), 0);
  assertEquals(await read(cell, id), {
    bytes: null,
    eof: false,
    err: `no such stream id ${id}`,
  });
});

Deno.test("http_fetch_read gives at most 4 MiB, and answers 1 for none and 8 outside memory", async () => {
  await using server = serveBytes(9 << 20);
  await using cell = new FakeCell(both(), { net: NET });
  const { id } = await begin(cell, { url: server.url });
  let total = 0;
  for (;;) {
    const { bytes, eof } = await read(cell, id, -1);
    assert((bytes?.length ?? 0) <= LIMITS.fetchReadBytes);
    total += bytes?.length ?? 0;
    if (eof) break;
  }
  assertEquals(total, 9 << 20);
  const [lo, hi] = halves(id);
  assertEquals(await cell.raw("http_fetch_read", lo, hi, 0, 0, 4), 1);
  const end = cell.memory.bytes.length;
  assertEquals(await cell.raw("http_fetch_read", lo, hi, 1, end - 2, 4), 8);
  assertEquals(await cell.raw("http_fetch_read", lo, hi, 1, 0, end), 8);
});

Deno.test("http_fetch_begin checks its request, and follows the rules for targets", async () => {
  await using cell = new FakeCell(both());
  assertEquals(await cell.raw("http_fetch_begin", 0, 0, 0, 4), 1);
  assertEquals(await cell.raw("http_fetch_begin", -8, 16, 0, 4), 2);
  assertEquals(
    await cell.call("http_fetch_begin", new Uint8Array([0xc1]), 0, 4),
    3,
  );
  assertEquals((await begin(cell, { url: "ftp://example.com/" })).code, 4);
  // Loopback without a list that names it.
  assertEquals((await begin(cell, { url: "http://127.0.0.1:1/" })).code, 11);
  assertEquals(cell.records.length, 2);
});

Deno.test("a stream that breaks off says so, again and again", async () => {
  using upstream = new Upstream();
  await using cell = new FakeCell(both(), { net: NET });
  for (
    const body of [
      "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
      `${CHUNKED}3\r\nabc\r\n`,
      `${CHUNKED}3\r\nabcdef`,
    ]
  ) {
    const opening = begin(cell, { url: upstream.url });
    const conn = await upstream.accept(body);
    const { id } = await opening;
    conn[Symbol.dispose]();
    let seen = "";
    let chunk = await read(cell, id);
    for (; chunk.bytes !== null; chunk = await read(cell, id)) {
      seen += text(chunk.bytes);
    }
    assert(seen === "abc" || seen === "", seen);
    assertEquals(chunk.eof, false);
    assertStringIncludes(chunk.err ?? "", "Cannot fetch from");
    assertEquals(await read(cell, id), chunk);
  }
});

Deno.test("a stream has no time limit of its own, and keeps the one that it is given", async () => {
  using upstream = new Upstream();
  await using cell = new FakeCell(both(), { net: NET });
  const opening = begin(cell, { url: upstream.url, timeout: 60_000_000 });
  using conn = await upstream.accept(CHUNKED);
  const { id } = await opening;
  const { err } = await read(cell, id);
  assertStringIncludes(err ?? "", "within 60 ms");
  await conn.gone();
});

Deno.test("a stream belongs to its instance, and ends with it", async () => {
  using upstream = new Upstream();
  const capability = both();
  await using cell = new FakeCell(capability, { net: NET });
  const opening = begin(cell, { url: upstream.url });
  using conn = await upstream.accept(CHUNKED);
  const { id } = await opening;

  await using other = new FakeCell(capability, { net: NET, name: "other" });
  assertStringIncludes((await read(other, id)).err ?? "", "no such stream");
  assertEquals(await other.raw("http_fetch_close", ...halves(id)), 0);

  const waiting = read(cell, id);
  await cell.close();
  await conn.gone();
  assertEquals((await waiting).bytes, null);

  await using again = new FakeCell(capability, { net: NET });
  assertStringIncludes((await read(again, id)).err ?? "", "no such stream");
  const reopening = begin(again, { url: upstream.url });
  using _conn = await upstream.accept(CHUNKED);
  assert((await reopening).id > id);
});

Deno.test("a request whose instance ends is given up before it has an answer", async () => {
  using upstream = new Upstream();
  const capability = both();
  const cell = new FakeCell(capability, { net: NET });
  const opening = begin(cell, { url: upstream.url });
  using conn = await upstream.accept();
  await cell.close();
  assertEquals((await opening).code, 4);
  await conn.gone();
});

Deno.test("the streams of a cell are bounded, those of its former instances with clients included", async () => {
  using upstream = new Upstream();
  const capability = both();
  await using cell = new FakeCell(capability, { net: NET });
  const releases = Array.from(
    { length: LIMITS.fetchStreams },
    () => capability.streams.claim(cell)!,
  );
  assertEquals((await begin(cell, { url: upstream.url })).code, 4);
  assertStringIncludes(String(cell.records[0]?.fields.error), "256 streams");
  await using other = new FakeCell(capability, { net: NET, name: "other" });
  const opening = begin(other, { url: upstream.url });
  using _first = await upstream.accept(CHUNKED);
  assertEquals((await opening).code, 0);
  releases[0]!();
  releases[0]!();
  const reopening = begin(cell, { url: upstream.url });
  using _second = await upstream.accept(CHUNKED);
  assertEquals((await reopening).code, 0);
  assertEquals((await begin(cell, { url: upstream.url })).code, 4);
});

/** A cell whose route `/` waits for the test, and a client that asks. */
class Relay implements AsyncDisposable {
  readonly capability: ReturnType<typeof both>;
  readonly cell: FakeCell;
  readonly upstream = new Upstream();
  readonly #clients: UpstreamConn[] = [];
  #events = 0;

  constructor(options: HttpInboundOptions = {}, cell: FakeCellOptions = {}) {
    this.capability = both(options);
    this.cell = new FakeCell(this.capability, { net: NET, ...cell });
    const route = { method: "GET", path: "/" };
    assertEquals(this.cell.send("http_register", route), 0);
  }

  get port(): number {
    return Number(this.capability.addresses()[0]!.split(":").at(-1));
  }

  /** Sends a request; gives the connection, and the id of the request. */
  async ask(method = "GET"): Promise<{ client: UpstreamConn; id: bigint }> {
    const client = new UpstreamConn(
      await Deno.connect({ hostname: "127.0.0.1", port: this.port }),
    );
    this.#clients.push(client);
    await client.write(`${method} / HTTP/1.1\r\nHost: test\r\n\r\n`);
    const events = await this.cell.received(++this.#events);
    return { client, id: events.at(-1)!.payload.id };
  }

  /** Opens a stream. */
  async open(head = CHUNKED): Promise<{ conn: UpstreamConn; stream: bigint }> {
    const opening = begin(this.cell, { url: this.upstream.url });
    const conn = await this.upstream.accept(head);
    this.#clients.push(conn);
    const { id, code } = await opening;
    assertEquals(code, 0);
    return { conn, stream: id };
  }

  /** Answers with a stream. */
  respond(id: bigint, stream: bigint, more: object = {}): number {
    return this.cell.send("http_respond_stream", {
      id,
      stream_id: stream,
      status: 200,
      headers: {},
      ...more,
    });
  }

  /** Ends the step of the last request. */
  done(): void {
    this.cell.events.at(-1)!.done();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { conn } of this.#clients) {
      try {
        conn.close();
      } catch {
        // It was.
      }
    }
    this.upstream[Symbol.dispose]();
    await this.cell.close();
    await this.capability.teardown?.();
  }
}

Deno.test("http_respond_stream sends the head at once and the body as it comes", async () => {
  await using relay = new Relay({ answerMs: 1000 });
  const { client, id } = await relay.ask();
  const { conn, stream } = await relay.open();
  const code = relay.respond(id, stream, {
    status: 203,
    headers: { "X-One": "1", "Transfer-Encoding": "identity" },
    cookies: ["a=1", "b=2"],
  });
  assertEquals(code, 0);
  // It is the client's now.
  assertStringIncludes((await read(relay.cell, stream)).err ?? "", "no such");
  assertEquals(relay.respond(id, stream), 4);
  relay.done();
  const head = (await client.until("\r\n\r\n")).toLowerCase();
  assertStringIncludes(head, "http/1.1 203");
  assertStringIncludes(head, "x-one: 1");
  assertStringIncludes(head, "set-cookie: a=1\r\nset-cookie: b=2");
  assertStringIncludes(head, "transfer-encoding: chunked");
  assert(!head.includes("content-type"), head);
  await conn.write("3\r\none\r\n");
  await client.until("one");
  // The time for an answer is over: it has begun.
  await new Promise((resolve) => setTimeout(resolve, 1200));
  await conn.write("3\r\ntwo\r\n");
  await client.until("two");
  await conn.write("0\r\n\r\n");
  await client.until("0\r\n\r\n");
  await conn.gone();
  assertEquals(
    relay.cell.records.filter((it) =>
      it.level !== "info" && it.level !== "debug"
    ),
    [],
  );
});

Deno.test("http_respond_stream goes on where the cell stopped reading, and outlives its instance", async () => {
  await using relay = new Relay();
  const { client, id } = await relay.ask();
  const { conn, stream } = await relay.open(`${CHUNKED}6\r\nabcdef\r\n`);
  assertEquals(text((await read(relay.cell, stream, 2)).bytes), "ab");
  assertEquals(relay.respond(id, stream), 0);
  relay.done();
  await client.until("cdef");
  await relay.cell.close();
  await conn.write("3\r\nend\r\n0\r\n\r\n");
  await client.until("0\r\n\r\n");
  assert(!client.seen.includes("ab"), client.seen);
});

Deno.test("http_respond_stream answers 4 without the stream and 5 without the request, which ends the stream", async () => {
  await using relay = new Relay();
  const { id } = await relay.ask();
  assertEquals(relay.respond(id, 77n), 4);
  const { conn, stream } = await relay.open();
  assertEquals(relay.respond(id + 1n, stream), 5);
  await conn.gone();
  assertStringIncludes((await read(relay.cell, stream)).err ?? "", "no such");
  assertEquals(relay.cell.raw("http_respond_stream", 0, 0), 1);
  assertEquals(relay.cell.raw("http_respond_stream", -4, 8), 2);
  assertEquals(relay.cell.call("http_respond_stream", new Uint8Array([1])), 3);
  const { conn: other, stream: malformed } = await relay.open();
  assertEquals(relay.respond(id, malformed, { headers: { "a b": "c" } }), 4);
  await other.gone();
  assertEquals(
    relay.cell.send("http_respond", { id, status: 200, headers: {} }),
    0,
  );
});

Deno.test("the length goes along when the cell sends it and it is right", async () => {
  await using relay = new Relay();
  const sized = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  for (const [length, expected] of [["5", true], ["6", false]] as const) {
    const { client, id } = await relay.ask();
    const { stream } = await relay.open(sized);
    const headers = { "Content-Length": length };
    assertEquals(relay.respond(id, stream, { headers }), 0);
    relay.done();
    await client.until("hello");
    const head = client.seen.toLowerCase();
    assertEquals(head.includes("content-length: 5"), expected);
    assertEquals(head.includes("transfer-encoding"), !expected);
  }
});

Deno.test("an answer without a body closes the stream", async () => {
  await using relay = new Relay();
  for (
    const [method, status] of [["GET", 204], ["GET", 304], [
      "HEAD",
      200,
    ]] as const
  ) {
    const { client, id } = await relay.ask(method);
    const { conn, stream } = await relay.open();
    assertEquals(relay.respond(id, stream, { status }), 0);
    relay.done();
    assertStringIncludes(await client.until("\r\n\r\n"), `HTTP/1.1 ${status}`);
    await conn.gone();
  }
});

Deno.test("HEAD of a stream closes it, and nothing of it is sent over HTTP/2 either", async () => {
  await using relay = new Relay();
  const answering = dataOverHttp2(relay.port, "HEAD", "/");
  const [event] = await relay.cell.received(1);
  const { conn, stream } = await relay.open();
  await conn.write("3\r\none\r\n0\r\n\r\n");
  assertEquals(relay.respond(event!.payload.id, stream), 0);
  relay.done();
  assertEquals(await answering, "");
  await conn.gone();
});

Deno.test("a client that hangs up closes the upstream", async () => {
  await using relay = new Relay();
  const { client, id } = await relay.ask();
  const { conn, stream } = await relay.open();
  assertEquals(relay.respond(id, stream), 0);
  relay.done();
  await conn.write("3\r\none\r\n");
  await client.until("one");
  client[Symbol.dispose]();
  await conn.gone();
});

Deno.test("a client that hung up before the answer closes the upstream", async () => {
  await using relay = new Relay();
  const { client, id } = await relay.ask();
  const { conn, stream } = await relay.open();
  client[Symbol.dispose]();
  assertEquals(relay.respond(id, stream), 0);
  relay.done();
  await conn.gone();
});

Deno.test("a client sees that the upstream broke off, and so does the log", async () => {
  await using relay = new Relay();
  for (
    const head of [CHUNKED, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"]
  ) {
    const { client, id } = await relay.ask();
    const { conn, stream } = await relay.open(head);
    const headers = { "Content-Length": "9" };
    assertEquals(relay.respond(id, stream, { headers }), 0);
    relay.done();
    await conn.write(head === CHUNKED ? "3\r\none\r\n" : "one");
    await client.until("one");
    conn[Symbol.dispose]();
    const seen = await client.until();
    assert(!seen.includes("0\r\n\r\n"), seen);
    const record = relay.cell.records.at(-1)!;
    assertEquals(record.message, "http answer broken off");
    assertStringIncludes(String(record.fields.error), "ended before the body");
  }
});

Deno.test("a client that takes nothing stops the upstream", async () => {
  await using relay = new Relay();
  const { client, id } = await relay.ask();
  const { conn, stream } = await relay.open(
    `HTTP/1.1 200 OK\r\nContent-Length: ${200 << 20}\r\n\r\n`,
  );
  assertEquals(relay.respond(id, stream), 0);
  relay.done();
  await client.until("\r\n\r\n");
  let written = 0;
  const writing = conn.pour(200 << 20, (total) => written = total);
  // Until nothing moves any more.
  for (let before = -1; before !== written;) {
    before = written;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  // What the sockets of the system hold, and little more.
  assert(written < 40 << 20, `${written}`);
  assert(await client.drain(200 << 20) >= 200 << 20);
  await writing;
});

/** Serves so many bytes. */
function serveBytes(length: number): AsyncDisposable & { url: string } {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(new Uint8Array(length)),
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
