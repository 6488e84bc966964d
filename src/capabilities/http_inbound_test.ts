import { encode } from "@msgpack/msgpack";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { PulpError } from "../errors.ts";
import {
  FakeCell,
  type FakeCellOptions,
  type FakeEvent,
} from "./http/testing/fake_cell.ts";
import { dataOverHttp2 } from "./http/testing/h2.ts";
import {
  type HttpInbound,
  httpInbound,
  type HttpInboundOptions,
} from "./http_inbound.ts";

/** A capability with its cells, which end with the test. */
class Rig implements AsyncDisposable {
  readonly capability: HttpInbound;
  readonly #cells: FakeCell[] = [];

  constructor(options: HttpInboundOptions = {}) {
    this.capability = httpInbound(options);
  }

  cell(options: FakeCellOptions = {}, ...routes: string[]): FakeCell {
    const cell = new FakeCell(this.capability, options);
    this.#cells.push(cell);
    for (const route of routes) assertEquals(register(cell, route), 0);
    return cell;
  }

  url(path: string, place = 0): string {
    return `http://${this.capability.addresses()[place]}${path}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const cell of this.#cells) await cell.close();
    await this.capability.teardown?.();
  }
}

/** Registers `METHOD /path`. */
function register(cell: FakeCell, route: string): number {
  const [method, path] = route.split(" ");
  return cell.send("http_register", { method, path });
}

/** A step that answers every request with its own event as JSON. */
function echo({ payload }: FakeEvent, cell: FakeCell): void {
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
function answering(
  fields: Record<string, unknown>,
): NonNullable<FakeCellOptions["step"]> {
  return ({ payload }, cell) =>
    void cell.send("http_respond", { id: payload.id, ...fields });
}

async function answer(
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
async function exchangeRaw(
  rig: Rig,
  text: string,
  until?: string,
): Promise<string> {
  const [hostname, port] = rig.capability.addresses()[0]!.split(":");
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

Deno.test("a request reaches the cell as the contract says, and its answer the client", async () => {
  await using rig = new Rig();
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
  await using rig = new Rig();
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

Deno.test("the server starts with the first route and says where", async () => {
  await using rig = new Rig();
  const cell = rig.cell();
  assertEquals(rig.capability.addresses(), []);
  assertEquals(register(cell, "GET /"), 0);
  const [record] = cell.records;
  assertEquals([record?.level, record?.message], [
    "info",
    "http server started",
  ]);
  assertEquals(record?.fields.addr, rig.capability.addresses()[0]);
});

Deno.test("what no route matches is 404, whatever the method", async () => {
  await using rig = new Rig();
  rig.cell({ step: echo }, "GET /a");
  const missing = [404, "404 page not found", "text/plain"];
  assertEquals(await answer(fetch(rig.url("/b"))), missing);
  assertEquals(await answer(fetch(rig.url("/a/"))), missing);
  assertEquals(
    await answer(fetch(rig.url("/a"), { method: "POST", body: "x" })),
    missing,
  );
  assertEquals(
    await answer(fetch(rig.url("/a"), { method: "OPTIONS" })),
    missing,
  );
});

Deno.test("HEAD gets the head of what GET gets, unless it has a route of its own", async () => {
  await using rig = new Rig();
  rig.cell({ step: echo }, "GET /a", "GET /b", "HEAD /b");
  const get = await (await fetch(rig.url("/a"))).text();
  const head = await fetch(rig.url("/a"), { method: "HEAD" });
  assertEquals([head.status, await head.text()], [200, ""]);
  assertEquals(head.headers.get("content-type"), "application/json");
  assert(Math.abs(Number(head.headers.get("content-length")) - get.length) < 9);
  const raw = await exchangeRaw(
    rig,
    "HEAD /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
  );
  assertEquals(raw.slice(raw.indexOf("\r\n\r\n")), "\r\n\r\n");
});

Deno.test("HEAD gets a head with the length of the body and no body, over HTTP/2 too", async () => {
  await using rig = new Rig();
  rig.cell({ step: answering({ body: "twelve bytes" }) }, "GET /a");
  for (const http2 of [true, false]) {
    using client = Deno.createHttpClient({ http1: !http2, http2 });
    for (const [path, length] of [["/a", "12"], ["/nowhere", "18"]] as const) {
      const head = await fetch(rig.url(path), { method: "HEAD", client });
      assertEquals(await head.text(), "");
      assertEquals(head.headers.get("content-length"), length, path);
      assertStringIncludes(head.headers.get("content-type")!, "text/plain");
    }
  }
  const port = Number(new URL(rig.url("")).port);
  assertEquals(await dataOverHttp2(port, "HEAD", "/a"), "");
  assertEquals(await dataOverHttp2(port, "HEAD", "/nowhere"), "");
  assertEquals(await dataOverHttp2(port, "GET", "/a"), "twelve bytes");
});

Deno.test("paths are cleaned before they are routed", async () => {
  await using rig = new Rig();
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
  await using rig = new Rig();
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

// --- answers

Deno.test("an answer keeps its headers and cookies, without those of the connection", async () => {
  await using rig = new Rig();
  rig.cell({
    step: answering({
      status: 201,
      headers: {
        "X-A": "h\xe4",
        "Set-Cookie": "c=3",
        "Connection": "upgrade",
        "Transfer-Encoding": "chunked",
        "Content-Length": "1",
        "Keep-Alive": "x",
      },
      cookies: ["a=1; Path=/", "b=2"],
      body: "text",
    }),
  }, "GET /");
  const response = await fetch(rig.url("/"));
  assertEquals([response.status, await response.text()], [201, "text"]);
  assertEquals(response.headers.getSetCookie(), ["c=3", "a=1; Path=/", "b=2"]);
  assertEquals(response.headers.get("x-a"), "h\xc3\xa4");
  assertEquals(response.headers.get("content-length"), "4");
  assertEquals(response.headers.get("connection"), null);
  assertEquals(response.headers.get("keep-alive"), null);
  assertEquals(
    response.headers.get("content-type"),
    "text/plain; charset=utf-8",
  );
});

Deno.test("204, 205 and 304 go out without a body, over a connection that goes on", async () => {
  await using rig = new Rig();
  let status = 0;
  rig.cell({
    step: (event, cell) =>
      answering({ status, headers: { "X-A": "1" }, body: "ignored" })(
        event,
        cell,
      ),
  }, "GET /");
  for (status of [204, 205, 304]) {
    const request = "GET / HTTP/1.1\r\nHost: a\r\n";
    const raw = await exchangeRaw(
      rig,
      `${request}\r\n${request}Connection: close\r\n\r\n`,
    );
    assertEquals(raw.split(`HTTP/1.1 ${status}`).length, 3, raw);
    assertEquals(raw.includes("ignored"), false);
    assertEquals(raw.includes("chunked"), false);
  }
});

Deno.test("answers that can't be sent are refused with 4, and another may follow", async () => {
  await using rig = new Rig();
  const codes: number[] = [];
  const cell = rig.cell({
    step: ({ payload: { id } }, cell) => {
      for (
        const fields of [
          { status: 99 },
          { status: 101 },
          { status: 600 },
          { headers: { "bad name": "x" } },
          { headers: { "": "x" } },
          { headers: { a: "x\r\nb: y" } },
          { headers: { a: "x\0" } },
          { cookies: ["a=b\nSet-Cookie: c=d"] },
          { body: "fine" },
          { body: "late" },
        ]
      ) codes.push(cell.send("http_respond", { id, ...fields }));
    },
  }, "GET /");
  assertEquals((await answer(fetch(rig.url("/"))))[1], "fine");
  assertEquals(codes, [4, 4, 4, 4, 4, 4, 4, 4, 0, 4]);
  assertEquals(
    cell.records.filter(({ message }) => message === "http answer refused")
      .length,
    8,
  );
});

Deno.test("a step that ends without an answer is 500, and one that traps too", async () => {
  await using rig = new Rig();
  let error: Error | undefined;
  const cell = rig.cell({
    step: () => {
      if (error !== undefined) throw error;
    },
  }, "GET /");
  const silent = [500, "cell did not respond", "text/plain; charset=utf-8"];
  assertEquals(await answer(fetch(rig.url("/"))), silent);
  assertEquals(cell.send("http_respond", { id: 1 }), 4);
  error = new PulpError("trap", "unreachable");
  assertEquals(await answer(fetch(rig.url("/"))), silent);
  // The same error again: the instance is down, and was not asked.
  assertEquals((await fetch(rig.url("/"))).status, 503);
  error = new PulpError("deadline", "too slow");
  assertEquals((await fetch(rig.url("/"))).status, 504);
});

Deno.test("an answer may come while the step goes on, and bodies that end in it do no harm", async () => {
  await using rig = new Rig();
  const cell = rig.cell({}, "GET /");
  const response = fetch(rig.url("/"));
  const [event] = await cell.received(1);
  assertEquals(
    cell.send("http_respond", { id: event!.payload.id, body: "early" }),
    0,
  );
  assertEquals((await answer(response))[1], "early");
  event!.done({ error: new PulpError("trap", "afterwards") });
});

Deno.test("a cell cannot answer for another, nor with an id that it made up", async () => {
  await using rig = new Rig();
  const one = rig.cell({ name: "one" }, "GET /one");
  const two = rig.cell({ name: "two" }, "GET /two");
  const response = fetch(rig.url("/one"));
  const [event] = await one.received(1);
  const { id } = event!.payload;
  assertEquals(typeof id, "bigint");
  assertEquals(two.send("http_respond", { id, body: "stolen" }), 4);
  for (const other of [0n, id + 1n, id + (1n << 53n), (1n << 64n) - 1n]) {
    assertEquals(one.send("http_respond", { id: other }), 4);
  }
  assertEquals(one.send("http_respond", { id, body: "own" }), 0);
  assertEquals((await answer(response))[1], "own");
  event!.done();
});

Deno.test("no answer in time is 504, and the one that comes later is refused", async () => {
  await using rig = new Rig({ answerMs: 30 });
  const cell = rig.cell({}, "GET /");
  const responses = [fetch(rig.url("/")), fetch(rig.url("/"))];
  const events = await cell.received(2);
  for (const response of responses) {
    assertEquals((await answer(response)).slice(0, 2), [504, "cell timeout"]);
  }
  const { id } = events[0]!.payload;
  assertEquals(cell.send("http_respond", { id, body: "late" }), 4);
  for (const event of events) event.done();
});

Deno.test("64 requests wait behind one, the 66th is turned away, and a place that is freed is given again", async () => {
  await using rig = new Rig();
  const cell = rig.cell({ name: "slow" }, "GET /slow");
  rig.cell({ name: "quick", step: echo }, "GET /quick");
  const waiting = Array.from({ length: 65 }, () => fetch(rig.url("/slow")));
  const events = await cell.received(65);
  const full = [503, "queue full", "text/plain; charset=utf-8"];
  assertEquals(await answer(fetch(rig.url("/slow"))), full);
  // Turned away before its body is read.
  assertEquals((await answer(fetch(rig.url("/quick"))))[0], 200);
  events[0]!.done();
  const another = fetch(rig.url("/slow"));
  await cell.received(66);
  for (const event of cell.events) {
    cell.send("http_respond", { id: event.payload.id, body: "ok" });
    event.done();
  }
  const statuses = await Promise.all(
    [...waiting, another].map(async (each) => (await answer(each))[0]),
  );
  assertEquals(statuses.filter((status) => status === 200).length, 65);
  assertEquals(statuses.filter((status) => status === 500).length, 1);
});

// --- bodies

Deno.test("a body of just the limit is taken and one byte more is 413, declared or not", async () => {
  await using rig = new Rig({ bodyBytes: 100_000 });
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
  await using rig = new Rig();
  rig.cell({ step: echo }, "POST /");
  const raw = await exchangeRaw(
    rig,
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 52428801\r\n\r\n",
    "too large",
  );
  assertStringIncludes(raw, "413");
});

Deno.test("bodies together stay below their limit, and room that is freed is used again", async () => {
  await using rig = new Rig({ bodiesBytes: 1000 });
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

Deno.test("a client that stops sending its body is given up", async () => {
  await using rig = new Rig({ bodyIdleMs: 30 });
  rig.cell({ step: echo }, "POST /");
  const raw = await exchangeRaw(
    rig,
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc",
    "timeout",
  );
  assertStringIncludes(raw, "408");
});

Deno.test("a client that goes away, before or after its request was whole, does no harm", async () => {
  await using rig = new Rig();
  const cell = rig.cell({}, "POST /", "GET /");
  const [hostname, port] = rig.capability.addresses()[0]!.split(":");
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

// --- registration

Deno.test("http_register refuses what is no route, and routes of other cells", async () => {
  await using rig = new Rig();
  const one = rig.cell({ name: "one" }, "GET /a/:id", "get /b");
  const two = rig.cell({ name: "two" });
  assertEquals(register(one, "GET /a/:other"), 0);
  assertEquals(register(two, "GET /a/:id"), 4);
  assertEquals(register(two, "POST /a/:id"), 0);
  for (
    const [method, path] of [
      ["", "/x"],
      [" \n", "/x"],
      ["G T", "/x"],
      ["GET", ""],
      ["GET", "x"],
      ["GET", `/${"x".repeat(2000)}`],
      ["GET", "/a".repeat(65)],
    ]
  ) {
    assertEquals(
      two.send("http_register", { method, path }),
      4,
      `${method} ${path}`,
    );
  }
  assertEquals(register(one, `GET ${"/a".repeat(64)}`), 0);
  for (let i = 3; i < 1024; i++) assertEquals(register(one, `GET /${i}`), 0);
  assertEquals(register(one, "GET /more"), 4);
  const [record] = two.records;
  assertEquals(record?.message, "http route refused");
  assertStringIncludes(String(record?.fields.error), "another cell has it");
});

Deno.test("the stubs' common codes", async () => {
  await using rig = new Rig();
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

Deno.test("an address in use is an error that names it and what to do", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const listen = `127.0.0.1:${taken.addr.port}`;
  await using rig = new Rig();
  const cell = rig.cell({ listen });
  assertEquals(register(cell, "GET /"), 5);
  assertEquals(register(cell, "GET /b"), 5);
  assertEquals(cell.records.map(({ level, message }) => [level, message]), [
    ["error", "http server failed"],
  ]);
  const { addr, error, hint } = cell.records[0]!.fields;
  assertEquals(addr, listen);
  assertEquals(error, `Cannot listen on "${listen}": the address is in use`);
  assertStringIncludes(String(hint), "--listen");
});

Deno.test("an address that Deno does not grant is an error that names the flag", async () => {
  await using rig = new Rig();
  const cell = rig.cell();
  assertEquals(cell.send("http_listen", { addr: "127.0.0.2:0" }), 5);
  assertEquals(
    cell.records[0]?.fields.hint,
    "run with --allow-net=127.0.0.2:0",
  );
});

Deno.test("http_listen gives a cell an address of its own", async () => {
  await using rig = new Rig();
  const shared = rig.cell({
    name: "shared",
    step: answering({ body: "shared" }),
  }, "GET /");
  const own = rig.cell({ name: "own", step: answering({ body: "own" }) });
  assertEquals(own.send("http_listen", { addr: "" }), 4);
  assertEquals(own.send("http_listen", { addr: "nonsense" }), 5);
  assertEquals(own.send("http_listen", { addr: "localhost:0" }), 0);
  assertEquals(own.send("http_listen", { addr: "localhost:0" }), 0);
  assertEquals(own.send("http_listen", { addr: "127.0.0.1:0" }), 6);
  assertEquals(shared.send("http_listen", { addr: "localhost:0" }), 6);
  assertEquals(register(own, "GET /"), 0);
  // Also for the address that it has: there are routes by now.
  assertEquals(own.send("http_listen", { addr: "localhost:0" }), 6);
  assertEquals((await answer(fetch(rig.url("/", 0))))[1], "shared");
  assertEquals((await answer(fetch(rig.url("/", 1))))[1], "own");
});

Deno.test("http_listen keeps to the manifest's list", async () => {
  await using rig = new Rig();
  const cell = rig.cell({ net: ["127.0.0.1:1", "[::1]", "localhost"] });
  assertEquals(cell.send("http_listen", { addr: "127.0.0.1:2" }), 11);
  assertEquals(
    cell.records[0]?.fields.hint,
    'add to the manifest: [permissions] net = ["127.0.0.1:2"]',
  );
  assertEquals(cell.send("http_listen", { addr: "[::1]:0" }), 0);
  const shared = rig.cell({ net: [] });
  assertEquals(shared.send("http_listen", { addr: "127.0.0.1:0" }), 0);
});

// --- instances come and go

Deno.test("a cell that is down is 503, and its next instance takes its routes over", async () => {
  await using rig = new Rig();
  const first = rig.cell({}, "GET /kept", "GET /dropped");
  rig.cell({ name: "other", step: echo }, "GET /other");
  const pending = fetch(rig.url("/kept"));
  await first.received(1);
  await first.close();
  const down = [503, "cell shut down", "text/plain; charset=utf-8"];
  assertEquals(await answer(pending), down);
  assertEquals(await answer(fetch(rig.url("/kept"))), down);
  assertEquals(register(rig.cell({ name: "thief" }), "GET /kept"), 4);
  rig.cell({ step: answering({ body: "second" }) }, "GET /kept");
  assertEquals((await fetch(rig.url("/dropped"))).status, 503);
  assertEquals((await answer(fetch(rig.url("/kept"))))[1], "second");
  // By now it is known what the new instance serves.
  assertEquals((await fetch(rig.url("/dropped"))).status, 404);
  assertEquals((await fetch(rig.url("/other"))).status, 200);
});

Deno.test("teardown answers what waits, lets idle connections go, and frees the port", async () => {
  const rig = new Rig();
  const cell = rig.cell({}, "GET /", "GET /idle");
  const [address] = rig.capability.addresses();
  const [hostname, port] = address!.split(":");
  using idle = await Deno.connect({ hostname: hostname!, port: Number(port) });
  await idle.write(
    new TextEncoder().encode("GET /x HTTP/1.1\r\nHost: a\r\n\r\n"),
  );
  await idle.read(new Uint8Array(1000));
  const pending = fetch(rig.url("/"));
  await cell.received(1);
  await rig[Symbol.asyncDispose]();
  assertEquals((await answer(pending))[0], 503);
  assertEquals(rig.capability.addresses(), []);
  Deno.listen({ hostname: hostname!, port: Number(port) }).close();
});

Deno.test("teardown waits for no client that sends no body or takes no answer", async () => {
  const rig = new Rig({ goodbyeMs: 100 });
  const large = new Uint8Array(32 << 20);
  rig.cell(
    { step: answering({ body: large }) },
    "POST /",
    "GET /",
  );
  const port = Number(new URL(rig.url("")).port);
  using sender = await Deno.connect({ hostname: "127.0.0.1", port });
  using taker = await Deno.connect({ hostname: "127.0.0.1", port });
  const text = new TextEncoder();
  await taker.write(text.encode("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  await taker.read(new Uint8Array(1));
  await sender.write(
    text.encode("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"),
  );
  // Behind it, so that the request above is there too.
  await (await fetch(rig.url("/nowhere"))).body?.cancel();
  await rig[Symbol.asyncDispose]();
  const head = new Uint8Array(12);
  await sender.read(head);
  assertEquals(new TextDecoder().decode(head), "HTTP/1.1 503");
});

Deno.test("the capability asks for the shared address", () => {
  const { permissions } = httpInbound();
  const cell = new FakeCell(httpInbound());
  const target = (listen: string): string | undefined =>
    permissions?.(cell.spec, { storageRoot: "", listen })[0]?.target;
  assertEquals(target("127.0.0.1:80"), "127.0.0.1:80");
  assertEquals(target("[::1]:80"), "[::1]:80");
  assertEquals(target(":80"), "0.0.0.0:80");
});

Deno.test("clients that do not take large answers are bounded together, the slowest gives way", async () => {
  const body = new Uint8Array(7 << 20).fill(0x61);
  await using rig = new Rig({ answersBytes: 15 << 20 });
  const cell = rig.cell({ step: answering({ body }) }, "GET /large");
  const { host, hostname, port } = new URL(rig.url("/large"));
  const ask = async (): Promise<Deno.TcpConn> => {
    const conn = await Deno.connect({ hostname, port: Number(port) });
    const head = `GET /large HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    await conn.write(new TextEncoder().encode(head));
    // The first bytes: it is under way.
    await conn.read(new Uint8Array(100));
    return conn;
  };
  using slowest = await ask();
  using slow = await ask();
  assertEquals(cell.records.filter((it) => it.level === "warn"), []);
  // Whoever takes what it asked for gets it, and the slowest makes room.
  for (let client = 0; client < 3; client++) {
    const response = await fetch(rig.url("/large"));
    assertEquals(response.headers.get("content-length"), `${body.length}`);
    assertEquals(new Uint8Array(await response.arrayBuffer()), body);
  }
  assertEquals(
    cell.records.filter((it) => it.level === "warn").map((it) => it.message),
    ["http client dropped"],
  );
  const rest = async (conn: Deno.TcpConn): Promise<number> => {
    let length = 0;
    for await (const chunk of conn.readable) {
      length += chunk.length;
      if (length > body.length) break;
    }
    return length;
  };
  assert(await rest(slowest) < body.length - 100);
  assert(await rest(slow) > body.length);
});

Deno.test("a HEAD of a large answer is told its length, and holds nothing", async () => {
  const body = new Uint8Array(1 << 20).fill(0x61);
  await using rig = new Rig({ answersBytes: body.length });
  const cell = rig.cell({ step: answering({ body }) }, "GET /large");
  for (let client = 0; client < 3; client++) {
    const response = await fetch(rig.url("/large"), { method: "HEAD" });
    assertEquals(response.headers.get("content-length"), `${body.length}`);
    assertEquals(await response.text(), "");
  }
  assertEquals(cell.records.filter((it) => it.level === "warn"), []);
});
