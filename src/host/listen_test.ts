import { assertEquals } from "@std/assert";
import { MsgpackWriter } from "../abi/writer.ts";
import { defaultEnv } from "../cell/load.ts";
import { TempDir, TestLogger } from "../testing/cell_folder.ts";
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
