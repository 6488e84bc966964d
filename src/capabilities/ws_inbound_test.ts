import { assert, assertEquals, assertMatch } from "@std/assert";
import { CODE } from "../abi/codes.ts";
import { PulpError } from "../errors.ts";
import type { FakeCell, FakeEvent } from "./http/testing/fake_cell.ts";
import {
  clientFrame,
  ListeningCells,
  RawClient,
  TestSocket,
  utf8,
} from "./ws/testing/listening_cells.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A step that sends every frame back as it came. */
function echo({ kind, payload }: FakeEvent, cell: FakeCell): void {
  if (kind === "ws.frame") assertEquals(cell.send("ws_send", payload), CODE.ok);
}

function frameOf({ payload }: FakeEvent): [number, string] {
  return [payload.opcode, decoder.decode(payload.payload)];
}

Deno.test("a client opens a connection, and the cell gets its path, query and headers", async () => {
  await using cells = new ListeningCells();
  const cell = cells.cell();
  assertEquals(cell.call("ws_register", utf8("/rooms/:name")), CODE.ok);
  using client = await RawClient.upgrade(
    cells.address,
    "/rooms/b%20c?a=1&a=2&d",
    { "X-Trace-ID": "7", Cookie: "s=1" },
  );
  const head = await client.until("\r\n\r\n");
  assertMatch(head, /^HTTP\/1\.1 101 /);
  assert(head.includes("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
  const [open] = await cell.received(1);
  assertEquals(open?.kind, "ws.open");
  assertEquals(Object.keys(open!.payload), [
    "conn_id",
    "path",
    "query",
    "headers",
  ]);
  assertEquals(open!.payload.conn_id, 1n);
  assertEquals(open!.payload.path, "/rooms/b c");
  assertEquals(open!.payload.query, { a: "1", d: "" });
  const { headers } = open!.payload;
  assertEquals([headers["X-Trace-Id"], headers["Cookie"]], ["7", "s=1"]);
  assertEquals(Object.hasOwn(headers, "Host"), false);
});

Deno.test("frames of both kinds go in and come out as they are", async () => {
  await using cells = new ListeningCells();
  cells.cell({ step: echo }).call("ws_register", utf8("/ws"));
  await using client = await TestSocket.open(cells.address, "/ws");
  const sent = ["grüße 🚀", "", Uint8Array.of(0, 255, 128), new Uint8Array(0)];
  for (const message of sent) client.socket.send(message);
  const got = await client.received(sent.length);
  assertEquals(
    got.map((m) => typeof m === "string" ? m : new Uint8Array(m)),
    sent,
  );
});

Deno.test("fragments arrive as one message, and pings are answered in between", async () => {
  await using cells = new ListeningCells();
  const cell = cells.cell();
  cell.call("ws_register", utf8("/ws"));
  using client = await RawClient.upgrade(cells.address, "/ws");
  await client.write(clientFrame(1, utf8("one "), false));
  await client.write(clientFrame(9, utf8("are you there")));
  await client.write(clientFrame(0, utf8("message")));
  const events = await cell.received(2);
  assertEquals(frameOf(events[1]!), [1, "one message"]);
  await client.until("\x8a\x0dare you there");
});

Deno.test("the code and the reason of a client's close reach the cell once", async () => {
  await using cells = new ListeningCells();
  const cell = cells.cell();
  cell.call("ws_register", utf8("/ws"));
  for (
    const [code, reason] of [[1000, "done"], [4001, "ünd"], [1005, ""]] as const
  ) {
    const client = await TestSocket.open(cells.address, "/ws");
    if (code === 1005) client.socket.close();
    else client.socket.close(code, reason);
    await client.ended;
    const events = await cell.received(2);
    assertEquals(events.map((e) => e.kind), ["ws.open", "ws.close"]);
    assertEquals(Object.keys(events[1]!.payload), [
      "conn_id",
      "code",
      "reason",
    ]);
    assertEquals([events[1]!.payload.code, events[1]!.payload.reason], [
      code,
      reason,
    ]);
    assertEquals(
      cell.send("ws_send", {
        conn_id: events[0]!.payload.conn_id,
        opcode: 1,
        payload: utf8("late"),
      }),
      CODE.failed,
    );
    cell.events.splice(0);
  }
});

Deno.test("a client that breaks off is code 1006 for the cell", async () => {
  await using cells = new ListeningCells();
  const cell = cells.cell();
  cell.call("ws_register", utf8("/ws"));
  const client = await RawClient.upgrade(cells.address, "/ws");
  await cell.received(1);
  client[Symbol.dispose]();
  const [, close] = await cell.received(2);
  assertEquals([close!.payload.code, close!.payload.reason], [1006, ""]);
});

Deno.test("a silent client is sent a ping, and given up when it does not answer", async () => {
  await using cells = new ListeningCells({ ws: { idleMs: 1000 } });
  const cell = cells.cell();
  cell.call("ws_register", utf8("/ws"));
  await using alive = await TestSocket.open(cells.address, "/ws");
  using dead = await RawClient.upgrade(cells.address, "/ws");
  await dead.until("\x89\x00");
  const [, , close] = await cell.received(3);
  assertEquals([close!.kind, close!.payload.conn_id], ["ws.close", 2n]);
  assertEquals(alive.socket.readyState, WebSocket.OPEN);
});

Deno.test("a client that breaks the protocol is cut off, and the cell told", async () => {
  const broken: Record<string, Uint8Array> = {
    "reserved bits": Uint8Array.of(0xc1, 0x80, 0, 0, 0, 0),
    "an unknown opcode": clientFrame(3, utf8("x")),
    "text that is not UTF-8": clientFrame(1, Uint8Array.of(0xff)),
    "a continuation of nothing": clientFrame(0, utf8("x")),
    "a close frame with half a code": clientFrame(8, Uint8Array.of(3)),
  };
  await using cells = new ListeningCells();
  const cell = cells.cell();
  cell.call("ws_register", utf8("/ws"));
  for (const [name, bytes] of Object.entries(broken)) {
    using client = await RawClient.upgrade(cells.address, "/ws");
    await client.write(bytes);
    const events = await cell.received(2);
    assertEquals(events.map((e) => e.kind), ["ws.open", "ws.close"], name);
    cell.events.splice(0);
  }
});

Deno.test("ws_close() sends its code and reason, and the cell gets one ws.close with them", async () => {
  await using cells = new ListeningCells();
  const cell = cells.cell();
  cell.call("ws_register", utf8("/ws"));
  for (
    const [code, reason, seen] of [
      [0, "", 1000],
      [1000, "bye", 1000],
      [1001, "away", 1001],
      [1011, "r".repeat(123), 1011],
      [3000, "", 3000],
      [4999, "last", 4999],
    ] as const
  ) {
    const client = await TestSocket.open(cells.address, "/ws");
    const [open] = await cell.received(1);
    const { conn_id } = open!.payload;
    assertEquals(cell.send("ws_close", { conn_id, code, reason }), CODE.ok);
    assertEquals(await client.ended, { code: seen, reason });
    const events = await cell.received(2);
    assertEquals(events.length, 2);
    assertEquals([events[1]!.payload.code, events[1]!.payload.reason], [
      seen,
      reason,
    ]);
    assertEquals(cell.send("ws_close", { conn_id, code, reason }), CODE.failed);
    cell.events.splice(0);
  }
});

Deno.test("ws_close() refuses codes that may not be sent and reasons that don't fit", async () => {
  await using cells = new ListeningCells();
  const cell = cells.cell({ step: echo });
  cell.call("ws_register", utf8("/ws"));
  await using client = await TestSocket.open(cells.address, "/ws");
  const close = (code: number, reason = ""): number =>
    cell.send("ws_close", { conn_id: 1n, code, reason });
  for (const code of [1, 999, 1004, 1005, 1006, 1015, 2000, 2999, 5000]) {
    assertEquals(close(code), CODE.failed, `${code}`);
  }
  assertEquals(close(1000, "ü".repeat(62)), CODE.failed);
  assertEquals(close(70_000), CODE.undecodable);
  client.socket.send("still there");
  assertEquals(await client.received(1), ["still there"]);
});

Deno.test("each function refuses bad input with its code", async () => {
  await using cells = new ListeningCells();
  const cell = cells.cell();
  const names = ["ws_register", "ws_send", "ws_close"];
  for (const name of names) {
    assertEquals(cell.raw(name, 0, 0), CODE.empty, name);
    assertEquals(cell.raw(name, -1, 8), CODE.range, name);
    assertEquals(cell.raw(name, 0, -1), CODE.range, name);
  }
  for (const path of ["room", "x".repeat(2000), `/${"x".repeat(2000)}`]) {
    assertEquals(cell.call("ws_register", utf8(path)), CODE.failed);
  }
  assertEquals(
    cell.call("ws_register", Uint8Array.of(0x2f, 0xff)),
    CODE.undecodable,
  );
  for (const name of ["ws_send", "ws_close"]) {
    assertEquals(cell.call(name, Uint8Array.of(0xc1)), CODE.undecodable);
    assertEquals(cell.call(name, Uint8Array.of(0x81)), CODE.undecodable);
    assertEquals(cell.send(name, [1]), CODE.undecodable);
    assertEquals(cell.send(name, { conn_id: "1" }), CODE.undecodable);
    assertEquals(cell.send(name, {}), CODE.failed);
    for (const conn_id of [0, 1, 2n ** 53n, 2n ** 64n - 1n]) {
      assertEquals(cell.send(name, { conn_id, opcode: 1 }), CODE.failed);
    }
  }
});

Deno.test("ws_send() takes the opcodes 1 and 2 and messages up to the limit", async () => {
  await using cells = new ListeningCells({ ws: { messageBytes: 100 } });
  const cell = cells.cell();
  cell.call("ws_register", utf8("/ws"));
  await using client = await TestSocket.open(cells.address, "/ws");
  const conn_id = (await cell.received(1))[0]!.payload.conn_id;
  const send = (opcode: number, length: number): number =>
    cell.send("ws_send", { conn_id, opcode, payload: new Uint8Array(length) });
  for (const opcode of [0, 3, 8, 9, 10, 257]) {
    assertEquals(send(opcode, 1), CODE.failed, `${opcode}`);
  }
  assertEquals(send(2, 101), CODE.failed);
  assertEquals(send(2, 100), CODE.ok);
  assertEquals(
    cell.send("ws_send", {
      conn_id,
      opcode: 1,
      payload: Uint8Array.of(97, 0xff),
    }),
    CODE.ok,
  );
  const [binary, text] = await client.received(2);
  assertEquals((binary as ArrayBuffer).byteLength, 100);
  assertEquals(text, "a\ufffd");
});

Deno.test("a message over the limit ends its connection with 1009", async () => {
  await using cells = new ListeningCells({ ws: { messageBytes: 100 } });
  const cell = cells.cell();
  cell.call("ws_register", utf8("/ws"));
  await using client = await TestSocket.open(cells.address, "/ws");
  client.socket.send(new Uint8Array(100));
  client.socket.send("x".repeat(101));
  assertEquals((await client.ended).code, 1009);
  const events = await cell.received(3);
  assertEquals(events.map((e) => e.kind), ["ws.open", "ws.frame", "ws.close"]);
  assertEquals(events[2]!.payload.code, 1009);
  assertEquals(cell.records.at(-1)?.message, "ws message too big");
});

Deno.test("a client that does not read is dropped, with a record, and the others go on", async () => {
  await using cells = new ListeningCells({ ws: { outboundBytes: 1 << 20 } });
  const cell = cells.cell();
  cell.call("ws_register", utf8("/ws"));
  using slow = await RawClient.upgrade(cells.address, "/ws");
  await slow.until("\r\n\r\n");
  await cell.received(1);
  await using quick = await TestSocket.open(cells.address, "/ws");
  await cell.received(2);
  const payload = new Uint8Array(64 << 10);
  const send = (conn_id: bigint): number =>
    cell.send("ws_send", { conn_id, opcode: 2, payload });
  let sent = 0;
  let quickSent = 0;
  while (send(1n) === CODE.ok) {
    assert(++sent < 1000);
    if (sent % 8 !== 0) continue;
    assertEquals(send(2n), CODE.ok);
    await quick.received(++quickSent);
  }
  const close = (await cell.received(3))[2]!;
  assertEquals([close.kind, close.payload.conn_id, close.payload.code], [
    "ws.close",
    1n,
    1008,
  ]);
  const record = cell.records.find((r) => r.message === "ws client dropped");
  assertEquals(record?.fields["conn_id"], 1);
  assertEquals(send(1n), CODE.failed);
  assertEquals(send(2n), CODE.ok);
  await quick.received(quickSent + 1);
  // What the slow one takes in the end ends with a close frame.
  await slow.until("too slow");
});

Deno.test("slow clients are bounded together", async () => {
  await using cells = new ListeningCells({
    ws: { outboundBytes: 100 << 20, outboundTotalBytes: 20 << 20 },
  });
  const cell = cells.cell();
  cell.call("ws_register", utf8("/ws"));
  using _slow = await RawClient.upgrade(cells.address, "/ws");
  await cell.received(1);
  const payload = new Uint8Array(1 << 20);
  let sent = 0;
  const message = { conn_id: 1n, opcode: 2, payload };
  while (cell.send("ws_send", message) === CODE.ok) assert(++sent < 100);
  assert(sent >= 18, `${sent}`);
});

Deno.test("a cell that falls behind loses the clients that send on", async () => {
  await using cells = new ListeningCells({ ws: { inboundBytes: 2000 } });
  const cell = cells.cell();
  cell.call("ws_register", utf8("/ws"));
  await using client = await TestSocket.open(cells.address, "/ws");
  for (let i = 0; i < 6; i++) client.socket.send("x".repeat(100));
  assertEquals((await client.ended).code, 1013);
  assertEquals(cell.events.map((e) => e.kind), [
    "ws.open",
    ...Array(5).fill("ws.frame"),
    "ws.close",
  ]);
  assertEquals(cell.records.at(-1)?.message, "ws messages wait too long");
});

Deno.test("what a step took makes room for more", async () => {
  await using cells = new ListeningCells({ ws: { inboundBytes: 2000 } });
  const cell = cells.cell({ step: echo });
  cell.call("ws_register", utf8("/ws"));
  await using client = await TestSocket.open(cells.address, "/ws");
  for (let i = 0; i < 50; i++) client.socket.send("x".repeat(100));
  assertEquals((await client.received(50)).length, 50);
});

Deno.test("a page of another site is refused, this one and programs are not", async () => {
  await using cells = new ListeningCells();
  const cell = cells.cell();
  cell.call("ws_register", utf8("/ws"));
  const host = cells.address;
  const cases: readonly (readonly [string | undefined, string, number])[] = [
    [undefined, host, 101],
    [`http://${host}`, host, 101],
    ["https://example.com", "example.com", 101],
    ["https://example.com", "EXAMPLE.com:443", 101],
    ["http://example.com", "example.com:80", 101],
    ["https://evil.example", host, 403],
    [`http://${host}.evil.example`, host, 403],
    ["http://127.0.0.1:1", host, 403],
    ["https://example.com:80", "example.com", 403],
    ["http://example.com", "example.com:443", 403],
    ["null", host, 403],
    ["", host, 403],
    ["file://", host, 403],
    [`chrome-extension://${host}`, host, 403],
    [host, host, 403],
  ];
  for (const [Origin, Host, status] of cases) {
    using client = await RawClient.upgrade(cells.address, "/ws", {
      Host,
      Origin,
    });
    const head = await client.until("\r\n\r\n");
    assertMatch(head, new RegExp(`^HTTP/1.1 ${status} `), `${Origin} ${Host}`);
  }
  const refused = cell.records.filter((r) =>
    r.message === "ws handshake refused"
  );
  assertEquals(refused.length, cases.filter(([, , s]) => s === 403).length);
  const [first] = refused;
  assertEquals(first!.fields.origin, "https://evil.example");
  assertEquals(first!.fields.host, host);
  assertMatch(`${first!.fields.hint}`, /Host/);
});

Deno.test("a handshake that is none is answered as HTTP", async () => {
  await using cells = new ListeningCells();
  const cell = cells.cell();
  cell.call("ws_register", utf8("/ws"));
  const cases: readonly (readonly [
    Record<string, string | undefined>,
    number,
  ])[] = [
    [{ "Sec-WebSocket-Version": "8" }, 426],
    [{ "Sec-WebSocket-Version": undefined }, 426],
    [{ "Sec-WebSocket-Key": undefined }, 400],
    [{ "Sec-WebSocket-Key": "short" }, 400],
    [{ Upgrade: "h2c" }, 404],
    [{ Upgrade: undefined }, 404],
    [{ Connection: "keep-alive" }, 404],
  ];
  for (const [fields, status] of cases) {
    using client = await RawClient.upgrade(cells.address, "/ws", fields);
    const head = await client.until("\r\n\r\n");
    assertMatch(head, new RegExp(`^HTTP/1.1 ${status} `), `${fields}`);
  }
  const plain = await fetch(`http://${cells.address}/ws`);
  assertEquals([plain.status, await plain.text()], [404, "404 page not found"]);
  assertEquals(cell.events.length, 0);
});

Deno.test("WebSocket and HTTP routes of one path stand beside each other, of different cells too", async () => {
  await using cells = new ListeningCells();
  const step = ({ payload }: FakeEvent, cell: FakeCell): void => {
    if (payload.method !== undefined) {
      cell.send("http_respond", { id: payload.id, body: utf8("plain") });
    }
  };
  const http = cells.cell({ name: "web", step });
  const sockets = cells.cell({ name: "sockets", step: echo });
  http.send("http_register", { method: "GET", path: "/x" });
  assertEquals(sockets.call("ws_register", utf8("/x")), CODE.ok);
  assertEquals(http.call("ws_register", utf8("/x")), CODE.failed);
  assertEquals(http.call("ws_register", utf8("/:other")), CODE.ok);
  const response = await fetch(`http://${cells.address}/x`);
  assertEquals(await response.text(), "plain");
  await using client = await TestSocket.open(cells.address, "/x");
  client.socket.send("hi");
  assertEquals(await client.received(1), ["hi"]);
});

Deno.test("a connection is its own cell's alone", async () => {
  await using cells = new ListeningCells();
  const a = cells.cell({ name: "a" });
  const b = cells.cell({ name: "b" });
  a.call("ws_register", utf8("/a"));
  b.call("ws_register", utf8("/b"));
  await using client = await TestSocket.open(cells.address, "/a");
  await using other = await TestSocket.open(cells.address, "/b");
  const conn_id = (await a.received(1))[0]!.payload.conn_id;
  assertEquals((await b.received(1))[0]!.payload.conn_id, conn_id + 1n);
  const message = { conn_id, opcode: 1, payload: utf8("forged") };
  assertEquals(b.send("ws_send", message), CODE.failed);
  assertEquals(b.send("ws_close", { conn_id, code: 1000 }), CODE.failed);
  assertEquals(
    a.send("ws_send", { ...message, payload: utf8("own") }),
    CODE.ok,
  );
  assertEquals(await client.received(1), ["own"]);
  assertEquals(other.messages, []);
});

Deno.test("connections of a cell are bounded, and one that ended makes room", async () => {
  await using cells = new ListeningCells({ ws: { connections: 2 } });
  const cell = cells.cell();
  cell.call("ws_register", utf8("/ws"));
  const first = await TestSocket.open(cells.address, "/ws");
  await using _second = await TestSocket.open(cells.address, "/ws");
  using refused = await RawClient.upgrade(cells.address, "/ws");
  assertMatch(await refused.until("\r\n\r\n"), /^HTTP\/1\.1 503 /);
  first.socket.close();
  await first.ended;
  const [, , close] = await cell.received(3);
  // Not before the cell took note of the end: its events are bounded with this.
  using still = await RawClient.upgrade(cells.address, "/ws");
  assertMatch(await still.until("\r\n\r\n"), /^HTTP\/1\.1 503 /);
  close!.done();
  await using _third = await TestSocket.open(cells.address, "/ws");
});

Deno.test("the end of an instance closes its connections with 1001, and the next one takes its routes", async () => {
  await using cells = new ListeningCells();
  const first = cells.cell({ name: "chat" });
  first.call("ws_register", utf8("/ws"));
  const client = await TestSocket.open(cells.address, "/ws");
  const events = await first.received(1);
  await first.close();
  assertEquals(await client.ended, { code: 1001, reason: "cell shut down" });
  assertEquals(events.length, 1);
  const old = { conn_id: 1n, opcode: 1, payload: utf8("x") };
  assertEquals(first.send("ws_send", old), CODE.failed);
  using down = await RawClient.upgrade(cells.address, "/ws");
  assertMatch(await down.until("\r\n\r\n"), /^HTTP\/1\.1 503 /);
  const second = cells.cell({ name: "chat", step: echo });
  second.call("ws_register", utf8("/ws"));
  assertEquals(second.send("ws_send", old), CODE.failed);
  await using again = await TestSocket.open(cells.address, "/ws");
  again.socket.send("back");
  assertEquals(await again.received(1), ["back"]);
});

Deno.test("a step that fails ends nothing by itself, and frames behind it are delivered", async () => {
  await using cells = new ListeningCells();
  let steps = 0;
  const cell = cells.cell({
    step: (event, cell) => {
      if (event.kind === "ws.frame" && ++steps === 1) {
        throw new PulpError("trap", "unreachable");
      }
      echo(event, cell);
    },
  });
  cell.call("ws_register", utf8("/ws"));
  await using client = await TestSocket.open(cells.address, "/ws");
  client.socket.send("one");
  client.socket.send("two");
  assertEquals(await client.received(1), ["two"]);
});

Deno.test("closing the server sends clients away with 1001, and waits no longer than a second for one that stalls", async () => {
  const cells = new ListeningCells();
  const cell = cells.cell();
  cell.call("ws_register", utf8("/ws"));
  const client = await TestSocket.open(cells.address, "/ws");
  using stalled = await RawClient.upgrade(cells.address, "/ws");
  await stalled.until("\r\n\r\n");
  await cell.received(2);
  const start = performance.now();
  await cells.server.close();
  assert(performance.now() - start < 4000);
  assertEquals((await client.ended).code, 1001);
});

Deno.test("text of any kind survives the way to the cell and back", async () => {
  await using cells = new ListeningCells();
  cells.cell({ step: echo }).call("ws_register", utf8("/ws"));
  await using client = await TestSocket.open(cells.address, "/ws");
  const texts = ["\ufeffbom", "\0nul", "\u2028", "a".repeat(1 << 20)];
  for (const text of texts) client.socket.send(text);
  const got = await client.received(texts.length);
  for (const [i, text] of texts.entries()) {
    assert(got[i] === text, `message ${i}`);
  }
  assertEquals(encoder.encode(got[3] as string).length, 1 << 20);
});
