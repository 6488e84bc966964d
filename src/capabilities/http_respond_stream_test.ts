import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { InboundLimits } from "./http/inbound_server.ts";
import { FakeCell, type FakeCellOptions } from "./http/testing/fake_cell.ts";
import {
  begin,
  type Both,
  both,
  CHUNKED,
  NET,
  read,
  text,
} from "./http/testing/fetch_streams.ts";
import { dataOverHttp2 } from "./http/testing/h2.ts";
import { Upstream, UpstreamConn } from "./http/testing/upstream.ts";

/** A cell whose route `/` waits for the test, and a client that asks. */
class Relay implements AsyncDisposable {
  readonly capability: Both;
  readonly cell: FakeCell;
  readonly upstream = new Upstream();
  readonly #clients: UpstreamConn[] = [];
  #events = 0;

  constructor(limits: InboundLimits = {}, cell: FakeCellOptions = {}) {
    this.capability = both(limits);
    this.cell = new FakeCell(this.capability, { net: NET, ...cell });
    const route = { method: "GET", path: "/" };
    assertEquals(this.cell.send("http_register", route), 0);
  }

  get port(): number {
    return Number(this.capability.server.addresses()[0]!.split(":").at(-1));
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
