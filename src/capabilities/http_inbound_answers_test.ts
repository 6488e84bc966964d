import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { PulpError } from "../errors.ts";
import { dataOverHttp2 } from "./http/testing/h2.ts";
import {
  answer,
  answering,
  echo,
  exchangeRaw,
  InboundRig,
} from "./http/testing/inbound_rig.ts";

Deno.test("HEAD gets the head of what GET gets, unless it has a route of its own", async () => {
  await using rig = new InboundRig();
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
  await using rig = new InboundRig();
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

Deno.test("an answer keeps its headers and cookies, without those of the connection", async () => {
  await using rig = new InboundRig();
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
  await using rig = new InboundRig();
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
  await using rig = new InboundRig();
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
  await using rig = new InboundRig();
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
  await using rig = new InboundRig();
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
  await using rig = new InboundRig();
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
  await using rig = new InboundRig({ answerMs: 30 });
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
  await using rig = new InboundRig();
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

Deno.test("clients that do not take large answers are bounded together, the slowest gives way", async () => {
  const body = new Uint8Array(7 << 20).fill(0x61);
  await using rig = new InboundRig({ answersBytes: 15 << 20 });
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
  await using rig = new InboundRig({ answersBytes: body.length });
  const cell = rig.cell({ step: answering({ body }) }, "GET /large");
  for (let client = 0; client < 3; client++) {
    const response = await fetch(rig.url("/large"), { method: "HEAD" });
    assertEquals(response.headers.get("content-length"), `${body.length}`);
    assertEquals(await response.text(), "");
  }
  assertEquals(cell.records.filter((it) => it.level === "warn"), []);
});
