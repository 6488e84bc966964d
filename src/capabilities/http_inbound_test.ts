import { encode } from "@msgpack/msgpack";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FetchStreams } from "./http/fetch_streams.ts";
import { InboundServer } from "./http/inbound_server.ts";
import { FakeCell } from "./http/testing/fake_cell.ts";
import {
  answer,
  answering,
  echo,
  exchangeRaw,
  InboundRig,
} from "./http/testing/inbound_rig.ts";
import { httpInbound } from "./http_inbound.ts";

Deno.test("a request reaches the cell as the contract says, and its answer the client", async () => {
  await using rig = new InboundRig();
  rig.cell({ step: echo }, "POST /notes/:id/*rest");
  const response = await fetch(
    rig.url("/notes/a%20b/c/d%C3%A9?x=1&x=2&y=a+b%26&z&=e&bad=%zz&se;mi=1"),
    {
      method: "POST",
      headers: { "X-Request-ID": "7", "content-type": "text/plain" },
      body: "hällo",
    },
  );
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("content-type"), "application/json");
  const event = await response.json();
  assertEquals(event.id, "1");
  assertEquals(event.method, "POST");
  assertEquals(event.path, "/notes/a b/c/d\xe9");
  assertEquals(event.params, { id: "a b", rest: "c/d\xe9" });
  assertEquals(event.query, { x: "1", y: "a b&", z: "", "": "e" });
  assertEquals(event.body, "hällo");
  assert(/^127\.0\.0\.1:\d+$/.test(event.remote_addr));
  assertEquals(event.headers["X-Request-Id"], "7");
  assertEquals(event.headers["Content-Type"], "text/plain");
  assertEquals("Host" in event.headers, false);
});

Deno.test("the first of repeated header fields wins, and odd bytes survive", async () => {
  await using rig = new InboundRig();
  const cell = rig.cell({ step: echo }, "GET /");
  const text = await exchangeRaw(
    rig,
    "GET / HTTP/1.1\r\nHost: a.test\r\nx-many: 1, 2\r\nX-Many: 3\r\n" +
      "X-Utf: \xc3\xa4\r\nX-Latin: \xe4\r\nconstructor: p\r\nConnection: close\r\n\r\n",
  );
  const { headers } = JSON.parse(text.slice(text.indexOf("\r\n\r\n") + 4));
  assertEquals(headers["X-Many"], "1, 2");
  assertEquals(headers["Constructor"], "p");
  assertEquals(Object.keys(headers).includes("Host"), false);
  assertStringIncludes(text, '"X-Utf":"\xc3\xa4"');
  assertStringIncludes(text, '"X-Latin":"\xc3\xa4"');
  assertEquals(cell.records[0]?.message, "http server started");
});

Deno.test("paths are cleaned before they are routed", async () => {
  await using rig = new InboundRig();
  rig.cell({ step: echo }, "GET /a/b", "POST /a/b", "GET /f/*rest");
  for (
    const path of ["//a/b", "/a//b", "/a/./b", "/x/../a/b", "/x/%2e%2e/a/b"]
  ) {
    const raw = await exchangeRaw(
      rig,
      `GET ${path}?q=1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`,
    );
    assertStringIncludes(raw, "301 Moved Permanently", path);
    assertStringIncludes(raw.toLowerCase(), "location: /a/b?q=1\r\n", path);
  }
  const post = await exchangeRaw(
    rig,
    "POST //a/b HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
  );
  assertStringIncludes(post, "308 Permanent Redirect");
  const climbing = await exchangeRaw(
    rig,
    "GET /f/%2e%2e/%2E%2e/etc HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
  );
  assertStringIncludes(climbing.toLowerCase(), "location: /etc\r\n");
});

Deno.test("odd request lines get an answer", async () => {
  await using rig = new InboundRig();
  rig.cell({ step: echo }, "GET /a", "GET /admin/a");
  for (
    const [head, status] of [
      ["GET /a HTTP/1.1\r\nHost: x/admin", 400],
      ["GET http://x?/a HTTP/1.1\r\nHost: x", 404],
      ["GET /a HTTP/1.1\r\nHost: x?", 400],
      ["GET /a HTTP/1.1\r\nHost: u@x", 400],
      ["GET /%zz HTTP/1.1\r\nHost: x", 400],
      ["GET /%ff HTTP/1.1\r\nHost: x", 404],
      ["GET /%00 HTTP/1.1\r\nHost: x", 404],
      ["GET http://other.test/a HTTP/1.1\r\nHost: x", 200],
      ["GET /a HTTP/1.1\r\nHost: ", 200],
      ["OPTIONS * HTTP/1.1\r\nHost: x", 404],
      ["CONNECT x:80 HTTP/1.1\r\nHost: x", 400],
      ["PRI /a HTTP/1.1\r\nHost: x", 404],
      ["GET /__proto__ HTTP/1.1\r\nHost: x", 404],
      ["__proto__ /a HTTP/1.1\r\nHost: x", 404],
      ["GET /a?constructor=2 HTTP/1.1\r\nHost: x", 200],
    ] as const
  ) {
    const raw = await exchangeRaw(rig, `${head}\r\nConnection: close\r\n\r\n`);
    assertEquals(Number(raw.split(" ")[1]), status, head);
  }
});

Deno.test("the stubs' common codes", async () => {
  await using rig = new InboundRig();
  const cell = rig.cell();
  for (const name of ["http_register", "http_listen", "http_respond"]) {
    assertEquals(cell.raw(name, 0, 0), 1);
    assertEquals(cell.raw(name, -1, 8), 2);
    assertEquals(cell.raw(name, 0, -1), 2);
    assertEquals(cell.raw(name, 0, 0x7fff_ffff), 2);
    assertEquals(cell.call(name, Uint8Array.of(0xc1)), 3);
    assertEquals(cell.call(name, encode([1])), 3);
  }
  assertEquals(cell.send("http_register", { method: 1, path: "/" }), 3);
  assertEquals(cell.send("http_respond", { id: -1 }), 3);
  assertEquals(cell.send("http_respond_stream", { id: 1 }), 4);
});

Deno.test("a body of just the limit is taken and one byte more is 413, declared or not", async () => {
  await using rig = new InboundRig({ bodyBytes: 100_000 });
  rig.cell({
    step: ({ payload: { id, body } }, cell) =>
      void cell.send("http_respond", { id, body: String(body.length) }),
  }, "POST /");
  const send = (bytes: number, streamed: boolean): Promise<Response> =>
    fetch(rig.url("/"), {
      method: "POST",
      body: streamed
        ? new Blob([new Uint8Array(bytes)]).stream()
        : new Uint8Array(bytes),
    });
  for (const streamed of [false, true]) {
    assertEquals((await answer(send(0, streamed)))[1], "0");
    assertEquals((await answer(send(100_000, streamed)))[1], "100000");
    assertEquals(
      (await answer(send(100_001, streamed))).slice(0, 2),
      [413, "request body too large"],
    );
  }
});

Deno.test("a declared length over the limit is refused before a byte of it arrives", async () => {
  await using rig = new InboundRig();
  rig.cell({ step: echo }, "POST /");
  const raw = await exchangeRaw(
    rig,
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 52428801\r\n\r\n",
    "too large",
  );
  assertStringIncludes(raw, "413");
});

Deno.test("bodies together stay below their limit, and room that is freed is used again", async () => {
  await using rig = new InboundRig({ bodiesBytes: 1000 });
  const cell = rig.cell({}, "POST /");
  const post = (): Promise<Response> =>
    fetch(rig.url("/"), { method: "POST", body: new Uint8Array(600) });
  for (let round = 0; round < 3; round++) {
    const first = post();
    const events = await cell.received(round + 1);
    assertEquals((await answer(post())).slice(0, 2), [503, "queue full"]);
    events[round]!.done();
    assertEquals((await answer(first))[0], 500);
  }
});

Deno.test("a body in chunks of one byte takes memory for its bytes, not for its chunks", async () => {
  await using rig = new InboundRig();
  const chunks = 20_000;
  const bytes: number[] = [];
  let held = 0;
  rig.cell({
    step: (event, cell) => {
      held = Deno.memoryUsage().external;
      bytes.push(event.payload.body.length);
      answering({ status: 204 })(event, cell);
    },
  }, "POST /");
  const before = Deno.memoryUsage().external;
  await exchangeRaw(
    rig,
    "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" +
      `Transfer-Encoding: chunked\r\n\r\n${
        "1\r\nx\r\n".repeat(chunks)
      }0\r\n\r\n`,
  );
  assertEquals(bytes, [chunks]);
  // 64 KiB for each would be 1,250 MiB.
  const grownMiB = (held - before) / (1 << 20);
  assert(grownMiB < 256, `${grownMiB} MiB`);
});

Deno.test("a client that stops sending its body is given up", async () => {
  await using rig = new InboundRig({ bodyIdleMs: 30 });
  rig.cell({ step: echo }, "POST /");
  const raw = await exchangeRaw(
    rig,
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc",
    "timeout",
  );
  assertStringIncludes(raw, "408");
});

Deno.test("a client that goes away, before or after its request was whole, does no harm", async () => {
  await using rig = new InboundRig();
  const cell = rig.cell({}, "POST /", "GET /");
  const [hostname, port] = rig.server.addresses()[0]!.split(":");
  const dial = (): Promise<Deno.Conn> =>
    Deno.connect({ hostname: hostname!, port: Number(port) });
  const half = await dial();
  await half.write(
    new TextEncoder().encode(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab",
    ),
  );
  half.close();
  const gone = new AbortController();
  const lost = fetch(rig.url("/"), { signal: gone.signal }).catch(() => "gone");
  const [event] = await cell.received(1);
  gone.abort();
  assertEquals(await lost, "gone");
  assertEquals(
    cell.send("http_respond", { id: event!.payload.id, body: "x" }),
    0,
  );
  event!.done();
  const next = fetch(rig.url("/"));
  const [, second] = await cell.received(2);
  cell.send("http_respond", { id: second!.payload.id, body: "ok" });
  second!.done();
  assertEquals((await answer(next))[1], "ok");
});

Deno.test("the capability asks for the shared address", () => {
  const capability = httpInbound(new InboundServer(), new FetchStreams());
  const { permissions } = capability;
  const cell = new FakeCell(capability);
  const target = (listen: string): string | undefined =>
    permissions?.(cell.spec, { storageRoot: "", listen })[0]?.target;
  assertEquals(target("127.0.0.1:80"), "127.0.0.1:80");
  assertEquals(target("[::1]:80"), "[::1]:80");
  assertEquals(target(":80"), "0.0.0.0:80");
});
