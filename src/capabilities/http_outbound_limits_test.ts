import { encode } from "@msgpack/msgpack";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { LIMITS } from "../limits.ts";
import { FakeCell, serveTest } from "./http/testing/fake_cell.ts";
import { CHUNKED } from "./http/testing/fetch_streams.ts";
import { newCell, readUntil } from "./http/testing/outbound_cell.ts";
import { Upstream } from "./http/testing/upstream.ts";
import { httpOutbound } from "./http_outbound.ts";

Deno.test("http_fetch answers 4 when nobody listens", async () => {
  await using cell = newCell();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const url = `http://127.0.0.1:${port}/`;
  assertEquals((await cell.fetch({ url })).code, 4);
  assertEquals((await cell.fetch({ url, body: new Uint8Array(1) })).code, 4);
  assertStringIncludes(String(cell.records[0]?.fields.error), "refused");
});

Deno.test("http_fetch answers 4 for what is no answer, or ends before it should", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using cell = newCell();
  const url = `http://127.0.0.1:${listener.addr.port}/`;
  for (
    const reply of [
      "",
      "nonsense\r\n\r\n",
      "HTTP/1.1 200 OK\r\ncontent-le",
      "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
      "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc",
      `HTTP/1.1 200 OK\r\nx: ${"y".repeat(1 << 20)}\r\n\r\n`,
    ]
  ) {
    const answer = cell.fetch({ url });
    const conn = await listener.accept();
    await readUntil(conn, "\r\n\r\n");
    // The cell's side may hang up before it has taken all.
    await conn.write(new TextEncoder().encode(reply)).catch(() => {});
    conn.close();
    assertEquals((await answer).code, 4, reply.slice(0, 80));
  }
  const answer = cell.fetch({ url });
  using conn = await listener.accept();
  await conn.write(
    new TextEncoder().encode(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\nto the end",
    ),
  );
  conn.closeWrite();
  assertEquals((await answer).text, "to the end");
});

Deno.test("http_fetch answers 4 for chunks that are little body and much framing", async () => {
  using upstream = new Upstream();
  await using cell = newCell();
  const rounds = 40;
  for (const line of ["\r".repeat(65_532), `;${"x".repeat(65_530)}\r`]) {
    const answer = cell.fetch({ url: upstream.url });
    using conn = await upstream.accept(CHUNKED);
    // The cell's side may hang up before it has taken all.
    await conn.write(
      `${`1${line}\nX\r\n`.repeat(rounds)}0\r\n\r\n`,
    ).catch(() => {});
    assertEquals((await answer).code, 4);
  }
  for (const { fields } of cell.records) {
    assertStringIncludes(String(fields.error), "chunks of the body");
  }
});

Deno.test("http_fetch gives up when there is no whole answer in time", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using cell = newCell();
  const url = `http://127.0.0.1:${listener.addr.port}/`;
  const partial = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc";
  for (
    const [body, start] of [[null, ""], ["x", ""], [null, partial]] as const
  ) {
    const answer = cell.fetch({ url, body, timeout: 50_000_000 });
    using conn = await listener.accept();
    await conn.write(new TextEncoder().encode(start));
    assertEquals((await answer).code, 4);
  }
  for (const { fields } of cell.records) {
    assertEquals(fields.error, "no whole answer within 50 ms");
  }
  assertEquals(cell.records.length, 3);
});

Deno.test("http_fetch gives up when the name does not resolve in time", async () => {
  await using cell = new FakeCell(
    httpOutbound({ resolve: () => new Promise(() => {}) }),
  );
  const answer = await cell.fetch({
    url: "http://slow.test/",
    timeout: 20_000_000,
  });
  assertEquals(answer.code, 4);
});

Deno.test("http_fetch ends with its cell", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const cell = newCell();
  const answer = cell.fetch({ url: `http://127.0.0.1:${listener.addr.port}/` });
  using _conn = await listener.accept();
  await cell.close();
  assertEquals((await answer).code, 4);
  assertEquals(cell.records, []);
});

Deno.test("a body of 50 MiB is taken, and one byte more is not", async () => {
  const chunk = new Uint8Array(1 << 20);
  await using server = serveTest((request) => {
    const { searchParams } = new URL(request.url);
    let left = LIMITS.httpBodyBytes + Number(searchParams.get("more"));
    const headers = searchParams.has("length")
      ? { "content-length": String(left) }
      : undefined;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => {
        if (left === 0) return controller.close();
        const part = chunk.subarray(0, Math.min(left, chunk.length));
        left -= part.length;
        controller.enqueue(part);
      },
    });
    return new Response(body, headers === undefined ? {} : { headers });
  });
  await using cell = newCell();
  const url = `http://127.0.0.1:${server.port}/?more=`;
  assertEquals((await cell.fetch({ url: `${url}0` })).text.length, 50 << 20);
  assertEquals((await cell.fetch({ url: `${url}1` })).code, 4);
  assertEquals((await cell.fetch({ url: `${url}1&length` })).code, 4);
  const head = await cell.fetch({ method: "HEAD", url: `${url}1&length` });
  assertEquals(head.code, 0);
});

Deno.test("a small body that unpacks to more than the limit is refused", async () => {
  const packed = new Uint8Array(
    await new Response(
      new Blob([new Uint8Array(LIMITS.httpBodyBytes + 1)]).stream().pipeThrough(
        new CompressionStream("gzip"),
      ),
    ).arrayBuffer(),
  );
  await using server = serveTest(() =>
    new Response(packed, { headers: { "content-encoding": "gzip" } })
  );
  await using cell = newCell();
  assertEquals(
    (await cell.fetch({ url: `http://127.0.0.1:${server.port}/` })).code,
    4,
  );
});

Deno.test("method, URL and headers of a request are 256 KiB at most, and the body as large as before", async () => {
  using upstream = new Upstream();
  await using cell = newCell();
  const { url } = upstream;
  const most = LIMITS.fetchRequestHeadBytes;
  const many = Array.from(
    { length: 500 },
    (_, i) => [`a${i}`, "x".repeat(600)],
  );
  for (
    const request of [
      { url, headers: { a: "x".repeat(most) } },
      { url, headers: Object.fromEntries(many) },
      { url: url + "x".repeat(most) },
      { url, method: "x".repeat(most) },
      {
        url: url + "x".repeat(most / 2),
        headers: { a: "\xe4".repeat(most / 4) },
      },
      { body: new Uint8Array(most), url, headers: { a: "x".repeat(most) } },
    ]
  ) {
    for (const name of ["http_fetch", "http_fetch_begin"]) {
      const bytes = encode({ ...request, timeout: 200_000_000 });
      assertEquals(await cell.call(name, bytes, 0, 4), 4);
    }
  }
  assertEquals(cell.records.length, 12);
  for (const { fields } of cell.records) {
    assertStringIncludes(String(fields.error), `over ${most} bytes`);
    assertStringIncludes(String(fields.hint), "body");
  }
  const large = "x".repeat(most - 100);
  const body = new Uint8Array(most);
  const answer = cell.fetch({ url, headers: { a: large }, body });
  // Nobody asked before that.
  using conn = await upstream.accept("HTTP/1.1 204 Fine\r\n\r\n");
  assertStringIncludes(conn.seen, `a: ${large}\r\n`);
  assertEquals((await answer).status, 204);
});

Deno.test("more than the limit of requests at a time are refused", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await using server = serveTest(() => promise.then(() => new Response("ok")));
  await using cell = newCell();
  const url = `http://127.0.0.1:${server.port}/`;
  const all = Array.from(
    { length: LIMITS.fetchConcurrent },
    () => cell.call("http_fetch", encode({ url }), 0, 4),
  );
  assertEquals((await cell.fetch({ url })).code, 4);
  resolve();
  assertEquals(new Set(await Promise.all(all)), new Set([0]));
  assertEquals((await cell.fetch({ url })).code, 0);
});
