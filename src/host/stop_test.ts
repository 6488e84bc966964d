import { assert, assertEquals, assertRejects } from "@std/assert";
import { MsgpackWriter } from "../abi/writer.ts";
import { defaultEnv } from "../cell/load.ts";
import { PulpError } from "../errors.ts";
import type { CellSpec } from "../manifest/spec.ts";
import { TempDir, TestLogger } from "../testing/cell_folder.ts";
import { MOODY } from "../testing/talking_cells.ts";
import { until } from "../testing/until.ts";
import { cellWat, wat } from "../testing/wat.ts";
import { Host } from "./host.ts";
import { hosted } from "./testing/hosted.ts";

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

Deno.test("a host that shuts down does not go through every event that waits", async () => {
  const register = new MsgpackWriter().map(2).str("method").str("GET")
    .str("path").str("/").finish();
  const data = [...register].map((byte) =>
    "\\" + byte.toString(16).padStart(2, "0")
  ).join("");
  const slow = cellWat({
    imports:
      `(import "pulp" "http_register" (func $register (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))`,
    without: ["pulp_alloc", "pulp_init", "pulp_step"],
    functions: `(data (i32.const 64) "${data}")
      (func (export "pulp_alloc") (param i32) (result i32) (i32.const 4096))
      (func (export "pulp_init") (param i32 i32) (result i32)
        (i64.store (i32.const 280) (i64.const 500000000))
        (call $register (i32.const 64) (i32.const ${register.length})))
      (func (export "pulp_step") (param i32) (param $length i32) (result i32)
        (if (i32.gt_u (local.get $length) (i32.const 20)) (then
          (drop (call $poll (i32.const 256) (i32.const 320) (i32.const 1) (i32.const 384)))))
        (i32.const 0))`,
  });
  const inbound = {
    manifest: `capabilities = ["transport.http.inbound"]`,
  };
  await hosted({
    cells: { a: { wat: slow, ...inbound }, b: { wat: MOODY, ...inbound } },
  }, async (host, logger) => {
    const started = logger.records.find((r) =>
      r.message === "http server started"
    );
    const answers = Array.from({ length: 40 }, async () => {
      const response = await fetch(`http://${started?.fields.addr}/`);
      await response.body?.cancel();
      return response.status;
    });
    await until("some steps", () => host.status()[0]!.steps > 2);
    const start = performance.now();
    await host.shutdown();
    assert(performance.now() - start < 15_000);
    const statuses = await Promise.all(answers);
    assert(statuses.includes(503), `${statuses}`);
  });
});

Deno.test("stopCell() stops one cell for good", async () => {
  await hosted(
    { cells: { a: { wat: MOODY }, b: { wat: MOODY } } },
    async (host) => {
      await host.stopCell("a");
      assertEquals(host.status().map(({ state }) => state), [
        "stopped",
        "ready",
      ]);
      await assertRejects(() => host.call("a", "echo"), PulpError);
      await assertRejects(() => host.reload("a"), PulpError);
      const error = await assertRejects(() => host.stopCell("bb"), PulpError);
      assert(error.message.includes(`did you mean "b"?`));
    },
  );
});

Deno.test("a cell that is stopped twice at once shuts down in good order", async () => {
  const slow = cellWat({
    without: ["pulp_shutdown"],
    functions: `(func (export "pulp_shutdown") (result i32)
      (local $n i32)
      (loop $l (br_if $l (i32.lt_u
        (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 100000000))))
      (i32.const 0))`,
  });
  const logger = await hosted({ cells: { a: { wat: slow } } }, async (host) => {
    await Promise.all([host.stopCell("a"), host.stopCell("a")]);
  });
  assert(logger.messages().includes("shutdown complete"));
  assert(!logger.messages().includes("shutdown failed"));
});
