import { encode } from "@msgpack/msgpack";
import { FORBIDDEN } from "./http/testing/targets.ts";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { EgressPolicy } from "./net/egress.ts";
import { parseFetchUrl } from "./http/fetch_url.ts";
import { dial } from "./http/dial.ts";
import { FakeCell, serveTest } from "./http/testing/fake_cell.ts";
import { httpOutbound } from "./http_outbound.ts";
import { TEST_CA, TEST_CERT, TEST_KEY } from "./http/testing/tls.ts";
import { Upstream } from "./http/testing/upstream.ts";
import { LIMITS } from "../limits.ts";
import { within } from "../testing/until.ts";

const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];

function newCell(net: readonly string[] = LOOPBACK): FakeCell {
  return new FakeCell(httpOutbound(), { net });
}

/** Answers with what it was sent. */
async function mirror(request: Request): Promise<Response> {
  return Response.json({
    method: request.method,
    headers: Object.fromEntries(request.headers),
    body: await request.text(),
  });
}

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

// --- under other permissions than this test's

/** Fetches in a process of its own, and gives its answers and log. */
async function fetchUnder(
  flags: readonly string[],
  net: readonly string[] | undefined,
  urls: readonly string[],
  resolved?: Readonly<Record<string, readonly string[]>>,
): Promise<{ codes: number[]; texts: string[]; log: string }> {
  const script = new URL("http/testing/fetch.ts", import.meta.url);
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      ...flags,
      fromFileUrl(script),
      JSON.stringify({ net, urls, resolved }),
    ],
    env: { NO_COLOR: "1" },
  }).output();
  const out = new TextDecoder().decode(stdout);
  if (out === "") throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(out);
}

Deno.test("a process that is narrowed to a listed name and port fetches from it, and from nowhere else", async () => {
  await using server = serveTest(redirects);
  await using secure = serveTest(mirror, {
    tls: { cert: TEST_CERT, key: TEST_KEY },
  });
  const net = [`localhost:${server.port}`, `localhost:${secure.port}`];
  const { codes, texts, log } = await fetchUnder(
    [`--allow-net=${net.join(",")}`],
    [...net, "other.test"],
    [
      `http://localhost:${server.port}/`,
      `https://localhost:${secure.port}/`,
      `http://127.0.0.1:${server.port}/`,
      `http://other.test/`,
      `http://localhost:${server.port}/go?to=http://127.0.0.1:1/`,
    ],
  );
  assertEquals(codes, [0, 0, 11, 11, 11], log);
  assertEquals(JSON.parse(texts[0]!).headers.host, net[0]);
  assertStringIncludes(log, "run with --allow-net=other.test:80");
});

Deno.test("a fetch goes to the address that was judged, under the name of the URL", async () => {
  await using server = serveTest(mirror);
  await using secure = serveTest(mirror, {
    tls: { cert: TEST_CERT, key: TEST_KEY },
  });
  const { codes, texts, log } = await fetchUnder(
    ["--allow-net"],
    ["pinned.test", "127.0.0.1"],
    [
      `http://pinned.test:${server.port}/`,
      `https://pinned.test:${secure.port}/`,
    ],
    // No resolver knows this name, so nothing but the pin leads there.
    { "pinned.test": ["127.0.0.1"] },
  );
  assertEquals(codes, [0, 0], log);
  assertEquals(
    JSON.parse(texts[0]!).headers.host,
    `pinned.test:${server.port}`,
  );
});

Deno.test("the next address is tried when one takes no connection", async () => {
  await using server = serveTest(mirror);
  const { codes, log } = await fetchUnder(
    ["--allow-net"],
    ["pinned.test", "127.0.0.0/8", "[::1]"],
    [`http://pinned.test:${server.port}/`],
    { "pinned.test": ["::1", "127.0.0.1"] },
  );
  assertEquals(codes, [0], log);
});

Deno.test("what Deno denies stays denied", async () => {
  await using server = serveTest(mirror);
  const { codes, log } = await fetchUnder(
    ["--allow-net", "--deny-net=127.0.0.0/8"],
    ["127.0.0.1", "localhost"],
    [
      `http://127.0.0.1:${server.port}/`,
      `http://localhost:${server.port}/`,
    ],
  );
  assertEquals(codes, [11, 11], log);
  assertEquals(server.seen, []);
});

// --- redirects

function redirects(request: Request): Response | Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname !== "/go") return mirror(request);
  const to = searchParams.get("to");
  return new Response("moved", {
    status: Number(searchParams.get("status") ?? 302),
    headers: to === null ? {} : { location: to },
  });
}

Deno.test("http_fetch follows redirects as Go does", async () => {
  await using server = serveTest(redirects);
  await using cell = newCell();
  const base = `http://127.0.0.1:${server.port}/go?to=/end&status=`;
  for (
    const [status, method, expected] of [
      [301, "POST", "GET"],
      [302, "PUT", "GET"],
      [303, "POST", "GET"],
      [303, "HEAD", "HEAD"],
      [307, "POST", "POST"],
      [308, "DELETE", "DELETE"],
    ] as const
  ) {
    const body = method === "HEAD" ? null : new TextEncoder().encode("data");
    const answer = await cell.fetch({
      method,
      url: base + status,
      headers: { "Content-Type": "a/b", "X-Keep": "1" },
      body,
    });
    assertEquals(answer.status, 200);
    assertEquals(server.seen.at(-1), `${expected} /end`);
    if (expected === "HEAD") continue;
    const seen = JSON.parse(answer.text);
    assertEquals(seen.body, expected === "GET" ? "" : "data");
    assertEquals(seen.headers["x-keep"], "1");
    assertEquals(
      seen.headers["content-type"],
      expected === "GET" ? undefined : "a/b",
    );
  }
});

Deno.test("http_fetch returns a redirect without a location, and other 3xx, as they are", async () => {
  await using server = serveTest(redirects);
  await using cell = newCell();
  const base = `http://127.0.0.1:${server.port}/go?`;
  assertEquals((await cell.fetch({ url: `${base}status=302` })).text, "moved");
  assertEquals(
    (await cell.fetch({ url: `${base}status=300&to=/x` })).status,
    300,
  );
});

Deno.test("http_fetch follows a location in UTF-8 to where it says", async () => {
  using upstream = new Upstream();
  await using cell = new FakeCell(httpOutbound(), {
    net: [new URL(upstream.url).host],
  });
  const fetched = cell.fetch({ url: upstream.url });
  using first = await upstream.accept();
  await first.write(
    "HTTP/1.1 302 Found\r\nLocation: /é?q=ü\r\nContent-Length: 0\r\n\r\n",
  );
  using second = await upstream.accept("HTTP/1.1 204 No Content\r\n\r\n");
  assertEquals((await fetched).code, 0);
  assertStringIncludes(second.seen, "GET /%C3%A9?q=%C3%BC HTTP/1.1");
});

Deno.test("http_fetch stops after ten redirects", async () => {
  await using server = serveTest(redirects);
  await using cell = newCell();
  const to = encodeURIComponent("/go?to=" + encodeURIComponent("/go"));
  const loop = serveTest(() =>
    new Response(null, { status: 302, headers: { location: "/again" } })
  );
  await using _ = loop;
  const answer = await cell.fetch({ url: `http://127.0.0.1:${loop.port}/` });
  assertEquals(answer.code, 4);
  assertEquals(loop.seen.length, LIMITS.fetchRedirects + 1);
  assertStringIncludes(String(cell.records[0]?.fields.error), "10 redirects");
  // One that ends is fine.
  const url = `http://127.0.0.1:${server.port}/go?to=${to}`;
  assertEquals((await cell.fetch({ url })).text, "moved");
});

Deno.test("http_fetch keeps secrets on the host that they were meant for", async () => {
  await using other = serveTest(mirror);
  await using server = serveTest(redirects);
  await using cell = newCell();
  const headers = {
    "Authorization": "Bearer x",
    "Cookie": "a=b",
    "X-Keep": "1",
  };
  const same = await cell.fetch({
    url: `http://127.0.0.1:${server.port}/go?to=/end`,
    headers,
  });
  assertEquals(JSON.parse(same.text).headers.authorization, "Bearer x");
  const crossed = await cell.fetch({
    url:
      `http://127.0.0.1:${server.port}/go?to=http://localhost:${other.port}/`,
    headers,
  });
  const seen = JSON.parse(crossed.text).headers;
  assertEquals([seen.authorization, seen.cookie, seen["x-keep"]], [
    undefined,
    undefined,
    "1",
  ]);
});

// --- refusals

Deno.test("http_fetch refuses private targets in every spelling, without a list and with one", async () => {
  for (const net of [undefined, ["example.com", "1.1.1.1"]]) {
    await using cell = new FakeCell(
      httpOutbound(),
      net === undefined ? {} : { net },
    );
    for (const url of FORBIDDEN) {
      assertEquals((await cell.fetch({ url })).code, 11, url);
    }
    assertEquals(cell.records.length, FORBIDDEN.length);
  }
});

Deno.test("a refusal is logged with the manifest line that would allow it", async () => {
  await using cell = new FakeCell(httpOutbound());
  await cell.fetch({ url: "http://127.0.0.1:81/secret?token=x" });
  const [record] = cell.records;
  assertEquals(record?.level, "warn");
  assertEquals(record?.message, "fetch not allowed");
  assertEquals(record?.fields, {
    capability: "transport.http.outbound",
    target: "http://127.0.0.1:81",
    error: 'Cannot fetch from "127.0.0.1:81": it is a loopback address',
    hint: 'add to the manifest: [permissions] net = ["127.0.0.1:81"]',
  });
});

Deno.test("a redirect to a target that is not allowed is refused before it is dialled", async () => {
  await using other = serveTest(mirror);
  await using server = serveTest(redirects);
  await using cell = newCell([`127.0.0.1:${server.port}`]);
  for (
    const to of [
      `http://127.0.0.1:${other.port}/`,
      `http://localhost:${other.port}/`,
      "http://169.254.169.254/",
      "//10.0.0.1/",
    ]
  ) {
    const url = `http://127.0.0.1:${server.port}/go?to=${
      encodeURIComponent(to)
    }`;
    assertEquals((await cell.fetch({ url })).code, 11, to);
  }
  assertEquals(other.seen, []);
  for (
    const to of ["file:///etc/passwd", "http://a:b@127.0.0.1/", "http://["]
  ) {
    const url = `http://127.0.0.1:${server.port}/go?to=${
      encodeURIComponent(to)
    }`;
    assertEquals((await cell.fetch({ url })).code, 4, to);
  }
});

Deno.test("a name is refused when any of its addresses is", async () => {
  await using cell = new FakeCell(
    httpOutbound({
      resolve: () => Promise.resolve(["93.184.216.34", "10.0.0.1"]),
    }),
  );
  assertEquals((await cell.fetch({ url: "https://example.com/" })).code, 11);
  assertStringIncludes(
    String(cell.records[0]?.fields.error),
    "10.0.0.1, a private",
  );
});

Deno.test("a name that is rebound between two requests is refused the second time", async () => {
  await using server = serveTest(mirror);
  const answers = [["127.0.0.1"], ["10.0.0.1"]];
  await using cell = new FakeCell(
    httpOutbound({ resolve: () => Promise.resolve(answers.shift()!) }),
    { net: LOOPBACK },
  );
  const url = `http://localhost:${server.port}/`;
  assertEquals((await cell.fetch({ url })).code, 0);
  assertEquals((await cell.fetch({ url })).code, 11);
  // Asked once for each request: what is judged is what is dialled.
  assertEquals(answers, []);
});

Deno.test("a connection that reached a forbidden address is dropped before a byte is sent", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const accepted = listener.accept();
  const dialled = dial(parseFetchUrl(`http://localhost:${port}/`), {
    // As if the name were one of the internet: nobody resolves it beforehand.
    policy: {
      checkTarget: () => undefined,
      checkAddress: ({ port }, address) =>
        new EgressPolicy(undefined).checkAddress(
          { host: "name.test", port },
          address,
        ),
    },
    resolve: () => Promise.resolve(undefined),
    caCerts: [],
  }, new AbortController().signal);
  const message = await dialled.then(() => "dialled", (error) => error.message);
  assertStringIncludes(message, "it stands for 127.0.0.1, a loopback address");
  using conn = await accepted;
  assertEquals(await conn.read(new Uint8Array(1)), null);
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

// --- failures and limits

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

async function readUntil(conn: Deno.Conn, end: string): Promise<string> {
  const buffer = new Uint8Array(4096);
  let text = "";
  while (!text.endsWith(end)) {
    const n = await within("more", conn.read(buffer), () => text);
    if (n === null) break;
    text += new TextDecoder().decode(buffer.subarray(0, n));
  }
  return text;
}
