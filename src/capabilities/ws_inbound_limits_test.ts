import { assert, assertEquals, assertMatch } from "@std/assert";
import { CODE } from "../abi/codes.ts";
import {
  echo,
  ListeningCells,
  RawClient,
  TestSocket,
  utf8,
} from "./ws/testing/listening_cells.ts";

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
  await using cells = new ListeningCells({ ws: { inboundBytes: 6000 } });
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
  await using cells = new ListeningCells({ ws: { inboundBytes: 6000 } });
  const cell = cells.cell({ step: echo });
  cell.call("ws_register", utf8("/ws"));
  await using client = await TestSocket.open(cells.address, "/ws");
  for (let i = 0; i < 50; i++) client.socket.send("x".repeat(100));
  assertEquals((await client.received(50)).length, 50);
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
