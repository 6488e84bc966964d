import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  clientFrame,
  type Ended,
  RawClient,
  TestSocket,
} from "../capabilities/ws/testing/listening_cells.ts";
import { defaultEnv } from "../cell/load.ts";
import { TempDir, TestLogger } from "../testing/cell_folder.ts";
import { until } from "../testing/until.ts";
import { cellWat, wat } from "../testing/wat.ts";
import { wsEchoCell } from "../testing/ws_echo_cell.ts";
import { Host } from "./host.ts";

/** With another cell that listens the main thread has the listener; without, the cell's worker. */
const MODES = ["own", "front"] as const;

interface Hosted extends AsyncDisposable {
  readonly host: Host;
  readonly logger: TestLogger;
  readonly address: string;
}

async function hosted(
  mode: typeof MODES[number],
  wasm: Uint8Array,
  capabilities: readonly string[],
): Promise<Hosted> {
  const stack = new AsyncDisposableStack();
  const dir = stack.use(new TempDir());
  const logger = new TestLogger();
  const list = (names: readonly string[]): string =>
    `capabilities = ${JSON.stringify(names)}`;
  const specs = [await dir.cell("main", wasm, list(capabilities))];
  if (mode === "front") {
    const other = await wat(cellWat());
    specs.push(await dir.cell("other", other, list(["transport.sse"])));
  }
  const host = stack.use(
    await Host.start(specs, {
      logger,
      env: defaultEnv({ storageRoot: dir.join("data"), listen: "127.0.0.1:0" }),
    }),
  );
  const started = logger.records.find((r) =>
    r.message === "http server started"
  );
  return {
    host,
    logger,
    address: `${started?.fields["addr"]}`,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const ECHO = ["transport.ws.inbound"];
const CHAT = [
  "transport.http.inbound",
  "transport.ws.inbound",
  "transport.sse",
];

function chatCell(): Promise<Uint8Array> {
  return Deno.readFile(new URL("../../cells/chat/cell.wasm", import.meta.url));
}

for (const mode of MODES) {
  Deno.test(`frames go through a hosted cell and back (${mode})`, async () => {
    await using hosting = await hosted(mode, await wsEchoCell(), ECHO);
    await using client = await TestSocket.open(hosting.address, "/ws");
    const sent = ["hello", "ü".repeat(1000), "", Uint8Array.of(1, 2, 255)];
    for (const message of sent) client.socket.send(message);
    const got = await client.received(sent.length);
    assertEquals(
      got.map((m) => typeof m === "string" ? m : new Uint8Array(m)),
      sent,
    );
    using foreign = await RawClient.upgrade(hosting.address, "/ws", {
      Origin: "https://evil.example",
    });
    assertMatch(await foreign.until("\r\n\r\n"), /^HTTP\/1\.1 403 /);
    // The record comes by message, and the answer does not wait for it.
    const record = await hosting.logger.logged("ws handshake refused");
    assertEquals(record.fields["cell"], "main");
  });

  Deno.test(`many frames from many clients keep their order (${mode})`, async () => {
    await using hosting = await hosted(mode, await wsEchoCell(), ECHO);
    const clients = await Promise.all(
      Array.from(
        { length: 8 },
        () => TestSocket.open(hosting.address, "/ws"),
      ),
    );
    try {
      for (let i = 0; i < 200; i++) {
        for (const [n, { socket }] of clients.entries()) {
          socket.send(`${n} ${i}`);
        }
      }
      for (const [n, client] of clients.entries()) {
        assertEquals(
          await client.received(200),
          Array.from({ length: 200 }, (_, i) => `${n} ${i}`),
        );
      }
    } finally {
      for (const client of clients) await client[Symbol.asyncDispose]();
    }
  });

  Deno.test(`a client that sends and never reads is dropped, and the others go on (${mode})`, async () => {
    await using hosting = await hosted(mode, await wsEchoCell(), ECHO);
    const { address, logger } = hosting;
    using greedy = await RawClient.upgrade(address, "/ws");
    await greedy.until("\r\n\r\n");
    const frame = clientFrame(2, new Uint8Array(60_000));
    // Of another thread the cell may get frames later than the client sends them.
    const isDropped = (): boolean =>
      logger.messages().some((message) =>
        message === "ws client dropped" ||
        message === "ws messages wait too long"
      );
    const writing = (async () => {
      // A write of it never ends: the host reads no more than it can send.
      while (!isDropped()) await greedy.write(frame);
    })().catch(() => {});
    await until(
      "that the client is dropped",
      isDropped,
      () => logger.messages().join("\n"),
    );
    await using client = await TestSocket.open(address, "/ws");
    client.socket.send("fine");
    assertEquals(await client.received(1), ["fine"]);
    greedy[Symbol.dispose]();
    await writing;
  });

  Deno.test(`a cell that traps closes its connections with 1001, and clients come back (${mode})`, async () => {
    await using hosting = await hosted(mode, await wsEchoCell(), ECHO);
    const { address, logger } = hosting;
    const client = await TestSocket.open(address, "/ws");
    const bystander = await TestSocket.open(address, "/ws");
    client.socket.send("!");
    assertEquals((await client.ended).code, 1001);
    assertEquals((await bystander.ended).code, 1001);
    await logger.logged("cell restarted");
    await using again = await TestSocket.open(address, "/ws");
    again.socket.send("back");
    assertEquals(await again.received(1), ["back"]);
  });

  Deno.test(`a reload closes connections, and who comes meanwhile waits (${mode})`, async () => {
    await using hosting = await hosted(mode, await wsEchoCell(), ECHO);
    const { address, host } = hosting;
    const client = await TestSocket.open(address, "/ws");
    const reloaded = host.reload("main");
    const ended: Ended = await client.ended;
    assertEquals(ended.code, 1001);
    await using next = await TestSocket.open(address, "/ws");
    await reloaded;
    next.socket.send("new");
    assertEquals(await next.received(1), ["new"]);
  });

  Deno.test(`at shutdown clients are told 1001 and streams end (${mode})`, async () => {
    const hosting = await hosted(mode, await chatCell(), CHAT);
    const { address } = hosting;
    const client = await TestSocket.open(address, "/chat");
    using feed = await RawClient.get(address, "/feed");
    await feed.until("\r\n\r\n");
    await hosting[Symbol.asyncDispose]();
    assertEquals(await client.ended, { code: 1001, reason: "cell shut down" });
    assert((await feed.rest()).endsWith("0\r\n\r\n"));
    await assertRejects(() => RawClient.get(address, "/feed"));
  });

  Deno.test(`the chat sends what one says to all, and to who listens to the feed (${mode})`, async () => {
    await using hosting = await hosted(mode, await chatCell(), CHAT);
    const { address } = hosting;
    const status = async (): Promise<unknown> =>
      await (await fetch(`http://${address}/status`)).json();
    const a = await TestSocket.open(address, "/chat");
    await using b = await TestSocket.open(address, "/chat");
    a.socket.send("before anybody listens");
    await b.received(1);
    using feed = await RawClient.get(address, "/feed");
    await feed.until("\r\n\r\n");
    assertEquals(await status(), {
      connections: 2,
      listeners: 1,
      messages: 1,
    });
    b.socket.send("grüße\nund mehr");
    const [, message] = await a.received(2);
    const { from, text } = JSON.parse(message as string);
    assertEquals(text, "grüße\nund mehr");
    assertEquals(typeof from, "number");
    assertEquals(await b.received(2), a.messages);
    const events = await feed.until("\n\n\r\n");
    assert(events.includes(`id: 2\nevent: message\ndata: {"from":${from},`));
    // What a cell refuses it says with a code of its own.
    a.socket.send(Uint8Array.of(1));
    assertEquals(await a.ended, { code: 1003, reason: "text only" });
    feed[Symbol.dispose]();
    await until(
      "the cell to see that two are gone",
      async () =>
        JSON.stringify(await status()) ===
          `{"connections":1,"listeners":0,"messages":2}`,
    );
    const page = await fetch(`http://${address}/`);
    assertEquals(page.headers.get("content-type"), "text/html; charset=utf-8");
    assert((await page.text()).includes("new WebSocket"));
  });
}

/** Waits within a call until somebody listens to `/s/b`, and emits there. */
const LISTENS = cellWat({
  imports:
    `(import "pulp" "sse_register" (func $register (param i32 i32) (result i32)))
    (import "pulp" "sse_has_subscribers" (func $count (param i32 i32 i32) (result i32)))
    (import "pulp" "sse_emit" (func $emit (param i32 i32) (result i32)))`,
  without: ["pulp_init"],
  functions: `(data (i32.const 64) "/s/:x") (data (i32.const 80) "/s/b")
    (data (i32.const 96) "\\82\\a4path\\a4/s/b\\a4data\\a5hello")
    (func (export "pulp_init") (param i32 i32) (result i32)
      (call $register (i32.const 64) (i32.const 5)))
    (func (export "pulp_on_call") (param i32 i32 i32 i32 i32 i32) (result i32)
      (loop $wait
        (drop (call $count (i32.const 80) (i32.const 4) (i32.const 128)))
        (br_if $wait (i32.eqz (i32.load (i32.const 128)))))
      (call $emit (i32.const 96) (i32.const 22)))`,
});

Deno.test("a cell that is busy gets one batch of counts, and asks for what came behind it", async () => {
  await using hosting = await hosted("front", await wat(LISTENS), [
    "transport.sse",
  ]);
  const { host, address } = hosting;
  const called = host.call("main", "wait", new Uint8Array(0));
  using first = await RawClient.get(address, "/s/a");
  await first.until("\r\n\r\n");
  using second = await RawClient.get(address, "/s/b");
  await second.until("data: hello\n\n");
  await called;
});
