import { assert, assertEquals, assertMatch } from "@std/assert";
import { CODE } from "../abi/codes.ts";
import { PulpError } from "../errors.ts";
import type { FakeEvent } from "./http/testing/fake_cell.ts";
import {
  clientFrame,
  echo,
  ListeningCells,
  RawClient,
  TestSocket,
  utf8,
} from "./ws/testing/listening_cells.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

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
