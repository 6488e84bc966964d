import { assert, assertEquals, assertMatch } from "@std/assert";
import { CODE } from "../abi/codes.ts";
import { LIMITS } from "../limits.ts";
import { until } from "../testing/until.ts";
import type { FakeCell, FakeEvent } from "./http/testing/fake_cell.ts";
import {
  ListeningCells,
  RawClient,
  utf8,
} from "./ws/testing/listening_cells.ts";

/** Where tests have counts written. */
const OUT = 16;

function count(cell: FakeCell, path: string): number {
  assertEquals(cell.call("sse_has_subscribers", utf8(path), OUT), CODE.ok);
  return new DataView(cell.memory.bytes.buffer).getUint32(OUT, true);
}

/** A subscriber whose head was read. */
async function subscribe(
  cells: ListeningCells,
  path: string,
): Promise<RawClient> {
  const client = await RawClient.get(cells.address, path);
  assertMatch(await client.until("\r\n\r\n"), /^HTTP\/1\.1 200 OK\r\n/);
  return client;
}

/** Waits until so many are counted; it is the network's to tell that one left. */
async function counted(
  cell: FakeCell,
  path: string,
  expected: number,
): Promise<void> {
  await until(
    `${expected} subscribers of ${path}`,
    () => count(cell, path) === expected,
  );
}

Deno.test("a subscriber gets the head at once, and each event as it is emitted", async () => {
  await using cells = new ListeningCells();
  const cell = cells.cell();
  assertEquals(cell.call("sse_register", utf8("/feed/:room")), CODE.ok);
  using client = await RawClient.get(cells.address, "/feed/a%20b?x=1", {
    "Accept-Encoding": "gzip, br",
    "Accept": "text/event-stream",
  });
  const head = await client.until("\r\n\r\n");
  assertMatch(head, /^HTTP\/1\.1 200 OK\r\n/);
  assertMatch(head, /\r\ncontent-type: text\/event-stream\r\n/i);
  assertMatch(head, /\r\ncache-control: no-cache\r\n/i);
  assert(!/content-encoding/i.test(head));
  assertEquals(count(cell, "/feed/a b"), 1);
  const emit = (event: Record<string, unknown>): number =>
    cell.send("sse_emit", { path: "/feed/a b", ...event });
  assertEquals(emit({ data: "one\ntwo" }), CODE.ok);
  await client.until("data: one\ndata: two\n\n");
  assertEquals(emit({ id: "9", event: "note", data: "" }), CODE.ok);
  await client.until("id: 9\nevent: note\ndata: \n\n");
  assertEquals(cell.events.length, 0);
});

Deno.test("an event reaches all subscribers of its path, and no other path", async () => {
  await using cells = new ListeningCells();
  const cell = cells.cell();
  cell.call("sse_register", utf8("/feed/*rest"));
  using a1 = await subscribe(cells, "/feed/a");
  using a2 = await subscribe(cells, "/feed/a");
  using b = await subscribe(cells, "/feed/b");
  assertEquals([count(cell, "/feed/a"), count(cell, "/feed/b")], [2, 1]);
  assertEquals([count(cell, "/feed/c"), count(cell, "/feed/*rest")], [0, 0]);
  cell.send("sse_emit", { path: "/feed/a", data: "for a" });
  cell.send("sse_emit", { path: "/feed/b", data: "for b" });
  await a1.until("data: for a\n\n");
  await a2.until("data: for a\n\n");
  assert(!(await b.until("data: for b\n\n")).includes("for a"));
});

Deno.test("a subscriber that leaves is not counted any more", async () => {
  await using cells = new ListeningCells();
  const cell = cells.cell();
  cell.call("sse_register", utf8("/feed"));
  const client = await subscribe(cells, "/feed");
  assertEquals(count(cell, "/feed"), 1);
  client[Symbol.dispose]();
  await counted(cell, "/feed", 0);
  assertEquals(cell.send("sse_emit", { path: "/feed", data: "x" }), CODE.ok);
});

Deno.test("a quiet subscriber gets a comment again and again", async () => {
  await using cells = new ListeningCells({ sse: { pingMs: 20 } });
  const cell = cells.cell();
  cell.call("sse_register", utf8("/feed"));
  using client = await subscribe(cells, "/feed");
  using other = await subscribe(cells, "/feed");
  // As chunks of seven bytes.
  await client.until("7\r\n:ping\n\n\r\n".repeat(3));
  await other.until(":ping\n\n");
});

Deno.test("each function refuses bad input with its code", async () => {
  await using cells = new ListeningCells();
  const cell = cells.cell();
  for (const name of ["sse_register", "sse_emit", "sse_has_subscribers"]) {
    assertEquals(cell.raw(name, 0, 0, OUT), CODE.empty, name);
    assertEquals(cell.raw(name, -1, 8, OUT), CODE.range, name);
    assertEquals(cell.raw(name, 0, -1, OUT), CODE.range, name);
  }
  for (const path of ["feed", `/${"x".repeat(2000)}`]) {
    assertEquals(cell.call("sse_register", utf8(path)), CODE.failed);
  }
  const broken = Uint8Array.of(0x2f, 0xff);
  assertEquals(cell.call("sse_register", broken), CODE.undecodable);
  assertEquals(
    cell.call("sse_has_subscribers", broken, OUT),
    CODE.undecodable,
  );
  assertEquals(
    cell.call("sse_has_subscribers", utf8("/feed"), -2),
    CODE.writeFailed,
  );
  assertEquals(cell.call("sse_emit", Uint8Array.of(0xc1)), CODE.undecodable);
  assertEquals(cell.send("sse_emit", []), CODE.undecodable);
  assertEquals(cell.send("sse_emit", { data: 1 }), CODE.undecodable);
  const emit = (event: Record<string, unknown>): number =>
    cell.send("sse_emit", { path: "/feed", data: "x", ...event });
  assertEquals(emit({}), CODE.failed, "not registered");
  cell.call("sse_register", utf8("/feed"));
  assertEquals(emit({}), CODE.ok);
  assertEquals(emit({ path: "" }), CODE.failed);
  assertEquals(emit({ path: "/other" }), CODE.failed);
  assertEquals(emit({ id: "1\ndata: forged" }), CODE.failed);
  assertEquals(emit({ event: "a\rb" }), CODE.failed);
  assertEquals(cell.records.at(-1)?.message, "sse event refused");
});

Deno.test("a route and its subscribers are one cell's alone", async () => {
  await using cells = new ListeningCells();
  const a = cells.cell({ name: "a" });
  const b = cells.cell({ name: "b" });
  const get = (path: string): unknown => ({ method: "GET", path });
  assertEquals(a.call("sse_register", utf8("/feed")), CODE.ok);
  assertEquals(b.call("sse_register", utf8("/feed")), CODE.failed);
  assertEquals(b.send("http_register", get("/feed")), CODE.failed);
  assertEquals(b.send("http_register", get("/page")), CODE.ok);
  assertEquals(a.call("sse_register", utf8("/page")), CODE.failed);
  assertEquals(b.call("sse_register", utf8("/:any")), CODE.ok);
  using client = await subscribe(cells, "/feed");
  // The path fits a pattern of b, but the client is a's.
  assertEquals(b.send("sse_emit", { path: "/feed", data: "b" }), CODE.ok);
  assertEquals(count(b, "/feed"), 0);
  assertEquals(a.send("sse_emit", { path: "/feed", data: "a" }), CODE.ok);
  assert(!(await client.until("data: a\n\n")).includes("data: b"));
});

Deno.test("where a cell emits events, GET is for them, and other methods are for HTTP", async () => {
  const step = ({ payload }: FakeEvent, cell: FakeCell): void =>
    void cell.send("http_respond", {
      id: payload.id,
      body: utf8(payload.method),
    });
  for (const order of ["before", "after"]) {
    await using cells = new ListeningCells();
    const cell = cells.cell({ step });
    const register = (): void => {
      for (const method of ["GET", "POST"]) {
        assertEquals(
          cell.send("http_register", { method, path: "/feed/:a" }),
          CODE.ok,
        );
      }
    };
    if (order === "before") register();
    cell.call("sse_register", utf8("/feed/:b"));
    if (order === "after") register();
    using _client = await subscribe(cells, "/feed/x");
    const url = `http://${cells.address}/feed/x`;
    const posted = await fetch(url, { method: "POST" });
    assertEquals(await posted.text(), "POST");
    const head = await fetch(url, { method: "HEAD" });
    assertEquals(head.headers.get("content-type"), "text/event-stream");
    assertEquals(count(cell, "/feed/x"), 1);
  }
});

Deno.test("a subscriber that does not read is dropped, with a record, and the others go on", async () => {
  await using cells = new ListeningCells();
  const cell = cells.cell();
  cell.call("sse_register", utf8("/feed"));
  using slow = await subscribe(cells, "/feed");
  const quick = await fetch(`http://${cells.address}/feed`);
  const reader = quick.body!.getReader();
  const data = "x".repeat(64 << 10);
  let got = 0;
  for (let sent = 1; count(cell, "/feed") === 2; sent++) {
    assert(sent < 1000);
    cell.send("sse_emit", { path: "/feed", data });
    while (got < sent * (data.length + 8)) {
      got += (await reader.read()).value!.length;
    }
  }
  const record = cell.records.find((r) =>
    r.message === "sse subscriber dropped"
  );
  assertEquals(record?.fields["path"], "/feed");
  cell.send("sse_emit", { path: "/feed", data: "still here" });
  const { value } = await reader.read();
  assertEquals(new TextDecoder().decode(value), "data: still here\n\n");
  await reader.cancel();
  // The stream of the slow one ends where it was.
  const rest = await slow.until("\r\n0\r\n\r\n");
  assert(!rest.includes("still here"));
});

Deno.test("what waits for all subscribers is bounded, and the slowest gives way", async () => {
  await using cells = new ListeningCells({
    sse: { queuedTotalBytes: 9 << 20 },
  });
  const cell = cells.cell();
  cell.call("sse_register", utf8("/feed/:n"));
  const paths = Array.from({ length: 10 }, (_, n) => `/feed/${n}`);
  const clients: RawClient[] = [];
  try {
    for (const path of paths) clients.push(await subscribe(cells, path));
    const data = "x".repeat(4 << 20);
    for (const path of paths) {
      assertEquals(cell.send("sse_emit", { path, data }), CODE.ok);
    }
    const left = paths.filter((path) => count(cell, path) === 1);
    assertEquals(left, ["/feed/8", "/feed/9"]);
    const dropped = cell.records.filter((r) =>
      r.message === "sse subscriber dropped"
    );
    assertEquals(dropped.length, 8);
    await clients.at(-1)!.until("\n\n\r\n");
    await clients[0]!.until("\r\n0\r\n\r\n");
  } finally {
    for (const client of clients) client[Symbol.dispose]();
  }
});

Deno.test("an event that waits for many subscribers counts once", async () => {
  await using cells = new ListeningCells({
    sse: { queuedTotalBytes: 9 << 20 },
  });
  const cell = cells.cell();
  cell.call("sse_register", utf8("/feed"));
  const clients: RawClient[] = [];
  try {
    for (let i = 0; i < 10; i++) clients.push(await subscribe(cells, "/feed"));
    cell.send("sse_emit", { path: "/feed", data: "x".repeat(4 << 20) });
    // A small one waits behind a large one.
    cell.send("sse_emit", { path: "/feed", data: "next" });
    assertEquals(count(cell, "/feed"), 10);
    for (const client of clients) await client.until("data: next\n\n");
  } finally {
    for (const client of clients) client[Symbol.dispose]();
  }
});

Deno.test("the end of an instance waits for the rest of a large event", async () => {
  await using cells = new ListeningCells();
  const cell = cells.cell();
  cell.call("sse_register", utf8("/feed"));
  using client = await subscribe(cells, "/feed");
  cell.send("sse_emit", { path: "/feed", data: "x".repeat(2 << 20) });
  cell.send("sse_emit", { path: "/feed", data: "last" });
  await cell.close();
  const text = await client.until("\r\n0\r\n\r\n");
  assert(text.includes("data: last\n\n"));
  // One is the head's.
  assertEquals(text.match(/x/g)?.length, 1 + (2 << 20));
});

Deno.test("a burst within the bounds of the queue arrives whole and in order", async () => {
  await using cells = new ListeningCells();
  const cell = cells.cell();
  cell.call("sse_register", utf8("/feed"));
  using client = await subscribe(cells, "/feed");
  const numbers = Array.from({ length: 1000 }, (_, i) => `data: ${i}\n\n`);
  for (const [i] of numbers.entries()) {
    cell.send("sse_emit", { path: "/feed", data: `${i}` });
  }
  const text = await client.until("data: 999\n\n");
  assertEquals(text.match(/data: \d+\n\n/g), numbers);
});

Deno.test("subscribers of a cell are bounded, and one that leaves makes room", async () => {
  await using cells = new ListeningCells({ sse: { subscribers: 2 } });
  const cell = cells.cell();
  cell.call("sse_register", utf8("/feed"));
  using _first = await subscribe(cells, "/feed");
  const second = await subscribe(cells, "/feed");
  const refused = await fetch(`http://${cells.address}/feed`);
  assertEquals([refused.status, await refused.text()], [
    503,
    "too many subscribers",
  ]);
  second[Symbol.dispose]();
  await counted(cell, "/feed", 1);
  using _third = await subscribe(cells, "/feed");
});

Deno.test("a path that is too long is 414, and one as long as may be is not", async () => {
  await using cells = new ListeningCells();
  const cell = cells.cell();
  cell.call("sse_register", utf8("/feed/:room"));
  const path = "/feed/".padEnd(LIMITS.ssePathChars, "x");
  const refused = await fetch(`http://${cells.address}${path}x`);
  assertEquals([refused.status, await refused.text()], [
    414,
    "the path is too long",
  ]);
  using _client = await subscribe(cells, path);
  assertEquals(count(cell, path), 1);
});

Deno.test("the end of an instance ends its streams behind what was emitted, and clients can come back", async () => {
  await using cells = new ListeningCells();
  const first = cells.cell({ name: "news" });
  first.call("sse_register", utf8("/feed"));
  using client = await subscribe(cells, "/feed");
  for (let i = 0; i < 20; i++) {
    first.send("sse_emit", { path: "/feed", data: `${i}` });
  }
  await first.close();
  // The end of the last chunk, with the connection still good.
  assert((await client.until("0\r\n\r\n")).includes("data: 19\n\n"));
  const down = await fetch(`http://${cells.address}/feed`);
  assertEquals([down.status, await down.text()], [503, "cell shut down"]);
  const second = cells.cell({ name: "news" });
  second.call("sse_register", utf8("/feed"));
  using again = await subscribe(cells, "/feed");
  second.send("sse_emit", { path: "/feed", data: "back" });
  await again.until("data: back\n\n");
});

Deno.test("a server that closes ends all streams", async () => {
  const cells = new ListeningCells();
  const cell = cells.cell();
  cell.call("sse_register", utf8("/feed"));
  using client = await subscribe(cells, "/feed");
  await cells.server.close();
  assert((await client.rest()).includes("0\r\n\r\n"));
});

Deno.test("a thousand subscribers get what is emitted", async () => {
  await using cells = new ListeningCells();
  const cell = cells.cell();
  cell.call("sse_register", utf8("/feed"));
  const clients: RawClient[] = [];
  try {
    for (let i = 0; i < 1000; i += 50) {
      clients.push(
        ...await Promise.all(
          Array.from({ length: 50 }, () => subscribe(cells, "/feed")),
        ),
      );
    }
    assertEquals(count(cell, "/feed"), 1000);
    cell.send("sse_emit", { path: "/feed", data: "all" });
    for (const client of clients) await client.until("data: all\n\n");
  } finally {
    for (const client of clients) client[Symbol.dispose]();
  }
  await counted(cell, "/feed", 0);
});
