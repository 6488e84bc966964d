import { assert, assertEquals } from "@std/assert";
import { MsgpackWriter } from "../abi/writer.ts";
import { defaultEnv } from "../cell/load.ts";
import { TempDir, TestLogger } from "../testing/cell_folder.ts";
import { until } from "../testing/until.ts";
import { cellWat, wat } from "../testing/wat.ts";
import { Host } from "./host.ts";

function dataText(bytes: Uint8Array): string {
  return [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`)
    .join("");
}

/** A cell that listens on an address of its own, if it has one, and registers a route. */
async function listeningCell(addr: string | undefined): Promise<Uint8Array> {
  const listen = new MsgpackWriter().map(1).str("addr").str(addr ?? "")
    .finish();
  const route = new MsgpackWriter().map(2).str("method").str("GET").str("path")
    .str("/").finish();
  return await wat(cellWat({
    imports:
      `(import "pulp" "http_register" (func $register (param i32 i32) (result i32)))
      (import "pulp" "http_listen" (func $listen (param i32 i32) (result i32)))`,
    without: ["pulp_init"],
    functions: `
      (data (i32.const 64) "${dataText(listen)}")
      (data (i32.const 256) "${dataText(route)}")
      (func (export "pulp_init") (param i32 i32) (result i32)
        ${
      addr === undefined
        ? ""
        : `(if (call $listen (i32.const 64) (i32.const ${listen.length})) (then (return (i32.const 1))))`
    }
        (call $register (i32.const 256) (i32.const ${route.length})))`,
  }));
}

/** Where a set listens, each cell on its own address or on the shared one. */
async function listenersOf(
  addresses: readonly (string | undefined)[],
): Promise<string[]> {
  await using dir = new TempDir();
  const logger = new TestLogger();
  const specs = [];
  for (const [index, address] of addresses.entries()) {
    const list = address === undefined ? "" : `
[permissions]
net = ["${address}"]`;
    specs.push(
      await dir.cell(
        `cell${index}`,
        await listeningCell(address),
        `capabilities = ["transport.http.inbound"]${list}`,
      ),
    );
  }
  await using _host = await Host.start(specs, {
    logger,
    env: defaultEnv({ storageRoot: dir.join("data"), listen: "127.0.0.1:0" }),
  });
  const found = logger.records.filter(({ message }) =>
    message === "http server started"
  ).map(({ fields }) => String(fields?.addr));
  const statuses = await Promise.all(found.map(async (address) => {
    const response = await fetch(`http://${address}/`);
    await response.body?.cancel();
    return response.status;
  }));
  // The route is there; the cell never answers.
  assertEquals(statuses, found.map(() => 500));
  return found;
}

Deno.test("a cell alone listens where it wants, in its worker", async () => {
  assertEquals((await listenersOf(["localhost:0"])).length, 1);
  assertEquals((await listenersOf([undefined])).length, 1);
});

Deno.test("the cells of a set may have listeners of their own, and share one", async () => {
  const found = await listenersOf([undefined, "localhost:0"]);
  assertEquals(found.length, 2);
  assertEquals(new Set(found).size, 2);
});

/** A cell that sleeps in the step of each request and answers it. */
async function slowCell(sleepMs: number): Promise<Uint8Array> {
  const route = new MsgpackWriter().map(2).str("method").str("GET").str("path")
    .str("/").finish();
  return await wat(cellWat({
    imports:
      `(import "pulp" "http_register" (func $register (param i32 i32) (result i32)))
      (import "pulp" "http_respond" (func $respond (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))`,
    without: ["pulp_init", "pulp_step"],
    functions: `
      (data (i32.const 64) "${dataText(route)}")
      (data (i32.const 256) "\\81\\a2id\\cf")
      (func (export "pulp_init") (param i32 i32) (result i32)
        (call $register (i32.const 64) (i32.const ${route.length})))
      (func (export "pulp_step") (param i32 i32) (result i32)
        (if (i32.le_u (local.get 1) (i32.const 20)) (then (return (i32.const 0))))
        ;; One subscription: a clock, monotonic.
        (i32.store (i32.const 528) (i32.const 1))
        (i64.store (i32.const 536) (i64.const ${sleepMs}000000))
        (drop (call $poll (i32.const 512) (i32.const 640) (i32.const 1) (i32.const 704)))
        ;; The id is the first value of the payload.
        (memory.copy (i32.const 261) (i32.add (local.get 0) (i32.const 52)) (i32.const 8))
        (drop (call $respond (i32.const 256) (i32.const 13)))
        (i32.const 0))`,
  }));
}

Deno.test("a cell that listens in its worker turns away who is too many while a step takes long", async () => {
  await using dir = new TempDir();
  const logger = new TestLogger();
  const spec = await dir.cell(
    "slow",
    await slowCell(300),
    `capabilities = ["transport.http.inbound"]`,
  );
  await using host = await Host.start([spec], {
    logger,
    env: defaultEnv({ storageRoot: dir.join("data"), listen: "127.0.0.1:0" }),
  });
  const address = logger.records.find(({ message }) =>
    message === "http server started"
  )?.fields?.addr;
  const seen: string[] = [];
  const get = async (): Promise<void> => {
    const response = await fetch(`http://${address}/`);
    seen.push(`${response.status} ${await response.text()}`);
  };
  // One is with the cell and 64 wait: 15 are too many. Not all of those who
  // wait are waited for: that would take 20 s.
  const all = Array.from({ length: 80 }, get);
  await until("an answer of the cell", () => seen.includes("200 "));
  await until(
    "who is turned away",
    () => seen.filter((it) => it === "503 queue full").length >= 14,
  );
  assert(seen.filter((it) => it === "200 ").length < 5, seen.join());
  await host.stopCell("slow");
  await Promise.allSettled(all);
  const others = seen.filter((it) => it !== "200 ");
  assert(others.every((it) => it.startsWith("503 ")), others.join());
});
