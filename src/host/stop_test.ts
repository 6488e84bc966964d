import { assertEquals, assertRejects } from "@std/assert";
import { MsgpackWriter } from "../abi/writer.ts";
import { defaultEnv } from "../cell/load.ts";
import { PulpError } from "../errors.ts";
import type { CellSpec } from "../manifest/spec.ts";
import { TempDir, TestLogger } from "../testing/cell_folder.ts";
import { cellWat, wat } from "../testing/wat.ts";
import { Host } from "./host.ts";

/** A cell that fetches from an address as it shuts down, and waits for the answer. */
async function slowToStop(
  dir: TempDir,
  address: string,
  timeoutMs: number,
): Promise<CellSpec> {
  const request = new MsgpackWriter().map(1).str("url").str(
    `http://${address}/`,
  ).finish();
  const data = [...request].map((byte) =>
    `\\${byte.toString(16).padStart(2, "0")}`
  ).join("");
  const module = await wat(cellWat({
    imports:
      `(import "pulp" "http_fetch" (func $fetch (param i32 i32 i32 i32) (result i32)))`,
    without: ["pulp_shutdown"],
    functions: `(data (i32.const 64) "${data}")
      (func (export "pulp_shutdown") (result i32)
        (call $fetch (i32.const 64) (i32.const ${request.length}) (i32.const 16) (i32.const 20)))`,
  }));
  return await dir.cell(
    "slow",
    module,
    `call_timeout_ms = ${timeoutMs}
      capabilities = ["transport.http.outbound"]
      permissions = { net = ["${address}"] }`,
  );
}

Deno.test("a host that shuts down while a cell is replaced lets its pulp_shutdown come to an end", async () => {
  await using dir = new TempDir();
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async () => {
      asked.resolve();
      await answer.promise;
      return new Response();
    },
  );
  const address = `127.0.0.1:${server.addr.port}`;
  const logger = new TestLogger();
  const env = defaultEnv({ storageRoot: dir.join("data") });
  const host = await Host.start([await slowToStop(dir, address, 8000)], {
    env,
    logger,
    replaceable: true,
  });
  const replaced = assertRejects(
    async () => await host.replace([await slowToStop(dir, address, 9000)]),
    PulpError,
  );
  await asked.promise;
  const stopped = host.shutdown();
  setTimeout(() => answer.resolve(), 50);
  await stopped;
  await replaced;
  const said = logger.records.map(({ message }) => message)
    .filter((message) => message.startsWith("shutdown"));
  assertEquals(said, ["shutdown complete"]);
});
