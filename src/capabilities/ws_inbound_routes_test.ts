import { assert, assertEquals, assertMatch } from "@std/assert";
import { CODE } from "../abi/codes.ts";
import type { FakeCell, FakeEvent } from "./http/testing/fake_cell.ts";
import {
  echo,
  ListeningCells,
  RawClient,
  TestSocket,
  utf8,
} from "./ws/testing/listening_cells.ts";

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
