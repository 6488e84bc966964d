import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  answer,
  answering,
  echo,
  InboundRig,
  register,
} from "./http/testing/inbound_rig.ts";

Deno.test("the server starts with the first route and says where", async () => {
  await using rig = new InboundRig();
  const cell = rig.cell();
  assertEquals(rig.server.addresses(), []);
  assertEquals(register(cell, "GET /"), 0);
  const [record] = cell.records;
  assertEquals([record?.level, record?.message], [
    "info",
    "http server started",
  ]);
  assertEquals(record?.fields.addr, rig.server.addresses()[0]);
});

Deno.test("what no route matches is 404, whatever the method", async () => {
  await using rig = new InboundRig();
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

Deno.test("http_register refuses what is no route, and routes of other cells", async () => {
  await using rig = new InboundRig();
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

Deno.test("an address in use is an error that names it and what to do", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const listen = `127.0.0.1:${taken.addr.port}`;
  await using rig = new InboundRig();
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
  await using rig = new InboundRig();
  const cell = rig.cell();
  assertEquals(cell.send("http_listen", { addr: "127.0.0.2:0" }), 5);
  assertEquals(
    cell.records[0]?.fields.hint,
    "run with --allow-net=127.0.0.2:0",
  );
});

Deno.test("http_listen gives a cell an address of its own", async () => {
  await using rig = new InboundRig();
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
  await using rig = new InboundRig();
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

Deno.test("a cell that is down is 503, and its next instance takes its routes over", async () => {
  await using rig = new InboundRig();
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
  const rig = new InboundRig();
  const cell = rig.cell({}, "GET /", "GET /idle");
  const [address] = rig.server.addresses();
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
  assertEquals(rig.server.addresses(), []);
  Deno.listen({ hostname: hostname!, port: Number(port) }).close();
});

Deno.test("teardown waits for no client that sends no body or takes no answer", async () => {
  const rig = new InboundRig({ goodbyeMs: 100 });
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

Deno.test("a sweep ends the listeners that nobody uses, and no other", async () => {
  await using rig = new InboundRig();
  const [one, two] = ["127.0.0.1:0", "localhost:0"].map((addr, n) => {
    const cell = rig.cell({ name: `cell${n}` });
    assertEquals(cell.send("http_listen", { addr }), 0);
    return cell;
  });
  assertEquals(register(two!, "GET /x"), 0);
  const addresses = rig.server.addresses();
  const sweep = (cell: string): Promise<void> =>
    rig.server.sweep(cell, "127.0.0.1:1");
  // Another cell was replaced: the first one has its address, and no route yet.
  await sweep("another");
  assertEquals(rig.server.addresses(), addresses);
  assertEquals(register(one!, "GET /x"), 0);
  await one!.close();
  await sweep("cell0");
  assertEquals(rig.server.addresses(), addresses.slice(1));
  await two!.close();
  await sweep("cell1");
  assertEquals(rig.server.addresses(), []);
});
