import { encode } from "@msgpack/msgpack";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { LIMITS } from "../limits.ts";
import { FakeCell, serveTest } from "./http/testing/fake_cell.ts";
import {
  begin,
  both,
  CHUNKED,
  halves,
  NET,
  read,
  text,
} from "./http/testing/fetch_streams.ts";
import { Upstream } from "./http/testing/upstream.ts";

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

Deno.test("packed streams that a cell hardly reads take bounded memory", async () => {
  const packed = new Uint8Array(
    await new Response(
      new Blob([new Uint8Array(64 << 20)]).stream()
        .pipeThrough(new CompressionStream("gzip")),
    ).arrayBuffer(),
  );
  await using server = serveTest(() =>
    new Response(packed, { headers: { "content-encoding": "gzip" } })
  );
  await using cell = new FakeCell(both(), { net: NET });
  const streams = 100;
  const before = Deno.memoryUsage().external;
  for (let i = 0; i < streams; i++) {
    const { id } = await begin(cell, {
      url: `http://127.0.0.1:${server.port}/`,
    });
    assertEquals((await read(cell, id, 1)).bytes, new Uint8Array(1));
  }
  // 4 MiB were unpacked of each.
  const grownMiB = (Deno.memoryUsage().external - before) / (1 << 20);
  assert(grownMiB < 100, `${grownMiB} MiB`);
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

Deno.test("http_fetch_begin closes what the cell can't be told of", async () => {
  using upstream = new Upstream();
  await using cell = new FakeCell(both(), { net: NET });
  cell.memory.hasRoom = false;
  const opening = cell.call(
    "http_fetch_begin",
    encode({ url: upstream.url }),
    0,
    4,
  );
  using conn = await upstream.accept("HTTP/1.1 200 OK\r\n\r\n");
  assertEquals(await opening, 7);
  await conn.gone();
  cell.memory.hasRoom = true;
  // Nobody may read it, whatever its id was.
  for (let id = 1n; id < 4n; id++) {
    assertStringIncludes((await read(cell, id)).err ?? "", "no such stream");
  }
});
