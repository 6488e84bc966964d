import { encode } from "@msgpack/msgpack";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { FakeCell, serveTest } from "./http/testing/fake_cell.ts";
import {
  LOOPBACK,
  mirror,
  newCell,
  readUntil,
} from "./http/testing/outbound_cell.ts";
import { TEST_CA, TEST_CERT, TEST_KEY } from "./http/testing/tls.ts";
import { httpOutbound } from "./http_outbound.ts";

Deno.test("http_fetch brings method, headers and body there, and the answer back", async () => {
  await using server = serveTest(mirror);
  await using cell = newCell();
  for (const host of ["127.0.0.1", "localhost"]) {
    const answer = await cell.fetch({
      method: "put",
      url: `http://${host}:${server.port}/a?b=c`,
      headers: {
        "X-Thing": "one",
        "content-type": "text/x",
        "Host": "elsewhere.test",
        "Connection": "x-thing",
        "Transfer-Encoding": "chunked",
        "Content-Length": "99",
      },
      body: new TextEncoder().encode("hello"),
    });
    assertEquals(answer.code, 0);
    assertEquals(answer.status, 200);
    assertEquals(answer.headers["Content-Type"], "application/json");
    const seen = JSON.parse(answer.text);
    assertEquals(seen.method, "PUT");
    assertEquals(seen.body, "hello");
    assertEquals(seen.headers["x-thing"], "one");
    assertEquals(seen.headers["content-type"], "text/x");
    assertEquals(seen.headers.host, `${host}:${server.port}`);
    assertEquals(seen.headers["content-length"], "5");
  }
  assertEquals(server.seen, ["PUT /a?b=c", "PUT /a?b=c"]);
});

Deno.test("http_fetch takes an absent method for GET, and nil for no headers and no body", async () => {
  await using server = serveTest(mirror);
  await using cell = newCell();
  const url = `http://127.0.0.1:${server.port}/`;
  for (
    const request of [{ url }, { method: "", url, headers: null, body: null }]
  ) {
    const { text } = await cell.fetch(request);
    assertEquals(JSON.parse(text).method, "GET");
  }
});

Deno.test("http_fetch sends a body with GET, as Go does", async () => {
  await using cell = newCell();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const answer = cell.fetch({
    url: `http://127.0.0.1:${listener.addr.port}/search`,
    headers: { "X-A": "b" },
    body: new TextEncoder().encode("query"),
  });
  using conn = await listener.accept();
  const text = await readUntil(conn, "query");
  assertStringIncludes(text, "GET /search HTTP/1.1\r\n");
  assertStringIncludes(text.toLowerCase(), "content-length: 5\r\n");
  await conn.write(
    new TextEncoder().encode("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"),
  );
  assertEquals((await answer).text, "ok");
});

Deno.test("http_fetch gives canonical names, joins repeated fields, and keeps cookies apart", async () => {
  await using server = serveTest(() => {
    const headers = new Headers({ "x-many": "1", "ETAG": '"x"' });
    headers.append("x-many", "2");
    headers.append("set-cookie", "a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
    headers.append("set-cookie", "b=2");
    headers.append("x-utf8", "\xc3\xa4");
    return new Response("", { status: 418, headers });
  });
  await using cell = newCell();
  const { status, headers } = await cell.fetch({
    url: `http://127.0.0.1:${server.port}/`,
  });
  assertEquals(status, 418);
  assertEquals(headers["X-Many"], "1, 2");
  assertEquals(headers["Etag"], '"x"');
  assertEquals(headers["X-Utf8"], "\xe4");
  assertEquals(
    headers["Set-Cookie"],
    "a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT\nb=2",
  );
});

Deno.test("http_fetch undoes compression, unless the cell names an encoding or a range itself", async () => {
  await using server = serveTest(() =>
    new Response(
      new Blob(["hello ".repeat(100)]).stream().pipeThrough(
        new CompressionStream("gzip"),
      ),
      { headers: { "content-encoding": "gzip", "content-type": "text/plain" } },
    )
  );
  await using cell = newCell();
  const url = `http://127.0.0.1:${server.port}/`;
  const { text, headers } = await cell.fetch({ url });
  assertEquals(text, "hello ".repeat(100));
  assertEquals("Content-Encoding" in headers, false);
  assertEquals("Content-Length" in headers, false);
  for (
    const asked of [
      { "Accept-Encoding": "identity" },
      { "Accept-Encoding": "gzip" },
      { "Range": "bytes=0-" },
    ]
  ) {
    const raw = await cell.fetch({ url, headers: asked });
    assertEquals(raw.headers["Content-Encoding"], "gzip");
    assertEquals(raw.text.charCodeAt(0), 0x1f);
  }
});

Deno.test("http_fetch serves HEAD, 204 and IPv6", async () => {
  await using server = serveTest(
    ({ method }) =>
      new Response(method === "HEAD" ? "12345" : null, {
        status: method === "HEAD" ? 200 : 204,
      }),
    { hostname: "::1" },
  );
  await using cell = newCell();
  const url = `http://[::1]:${server.port}/`;
  const head = await cell.fetch({ method: "HEAD", url });
  assertEquals([head.status, head.text, head.headers["Content-Length"]], [
    200,
    "",
    "5",
  ]);
  assertEquals((await cell.fetch({ url })).status, 204);
});

Deno.test("http_fetch checks certificates on both ways of sending", async () => {
  await using server = serveTest(mirror, {
    tls: { cert: TEST_CERT, key: TEST_KEY },
  });
  await using trusting = new FakeCell(httpOutbound({ caCerts: [TEST_CA] }), {
    net: LOOPBACK,
  });
  await using wary = newCell();
  for (const host of ["localhost", "127.0.0.1"]) {
    const url = `https://${host}:${server.port}/`;
    for (const body of [null, new Uint8Array(1)]) {
      const { code, status, text } = await trusting.fetch({ url, body });
      assertEquals([code, status], [0, 200]);
      assertEquals(JSON.parse(text).method, "GET");
      assertEquals((await wary.fetch({ url, body })).code, 4);
    }
  }
  assertStringIncludes(String(wary.records[0]?.fields.error), "certificate");
  assertStringIncludes(String(wary.records[1]?.fields.error), "certificate");
});

Deno.test("http_fetch answers 4 for what is no request to anywhere", async () => {
  await using cell = newCell();
  for (
    const request of [
      { url: "" },
      { url: "   " },
      { url: "/relative" },
      { url: "ftp://example.com/" },
      { url: "file:///etc/passwd" },
      { url: "data:text/plain,x" },
      { url: "http://user:hunter2@127.0.0.1/" },
      { url: "http://127.0.0.1:0/" },
      { url: "http://127.0.0.1:99999/" },
      { url: "http://./" },
      { url: "http://user:hunter2@[/?token=hunter2" },
      { url: "http://[fe80::1%25eth0]/" },
      { url: "http://256.0.0.1/" },
      { url: "http://127.0.0.1/", method: "BAD METHOD" },
      { url: "http://127.0.0.1/", method: "CONNECT" },
      { url: "http://127.0.0.1/", headers: { "bad name": "x" } },
      { url: "http://127.0.0.1/", headers: { "": "x" } },
      { url: "http://127.0.0.1/", headers: { a: "x\r\nb: y" } },
      { url: "http://127.0.0.1/", headers: { a: "x\0" } },
    ]
  ) {
    assertEquals((await cell.fetch(request)).code, 4, JSON.stringify(request));
  }
  assertEquals(
    cell.records.some(({ fields }) =>
      JSON.stringify(fields).includes("hunter2")
    ),
    false,
  );
});

Deno.test("http_fetch answers 1 for nothing, 2 outside memory, 3 for what it can't decode", async () => {
  await using cell = newCell();
  assertEquals(await cell.raw("http_fetch", 0, 0, 0, 4), 1);
  assertEquals(await cell.raw("http_fetch", -1, 10, 0, 4), 2);
  assertEquals(await cell.raw("http_fetch", 8, -1, 0, 4), 2);
  assertEquals(await cell.call("http_fetch", encode([1]), 0, 4), 3);
  assertEquals(await cell.call("http_fetch", encode({ url: 7 }), 0, 4), 3);
});

Deno.test("the capability asks for its listed hosts, or for all of net", () => {
  const requests = (net?: readonly string[]): (string | undefined)[] =>
    httpOutbound().permissions!(
      new FakeCell(httpOutbound(), net === undefined ? {} : { net }).spec,
      { storageRoot: "", listen: "" },
    ).map(({ target, grants }) => `${target} -> ${grants ?? target}`);
  assertEquals(requests(), ["undefined -> undefined"]);
  assertEquals(requests([]), []);
  // Deno lets nobody hand a range on but who has every host.
  assertEquals(requests(["a.test:1", "10.0.0.0/8"]), [
    "a.test:1 -> a.test:1",
    "undefined -> 10.0.0.0/8",
  ]);
});
