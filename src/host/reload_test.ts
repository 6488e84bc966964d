import { assert, assertEquals, assertRejects } from "@std/assert";
import { defaultEnv } from "../cell/load.ts";
import { PulpError } from "../errors.ts";
import { letterCell } from "../testing/letter_cell.ts";
import { MOODY, relay } from "../testing/talking_cells.ts";
import { TempDir, TestLogger } from "../testing/cell_folder.ts";
import { cellWat, wat } from "../testing/wat.ts";
import { Host } from "./host.ts";
import { bytes, hosted, text } from "./testing/hosted.ts";

Deno.test("reload() replaces a module while calls wait, and keeps the old one when the new one is broken", async () => {
  const answering = (letter: string): string =>
    cellWat({
      functions: `(data (i32.const 8) "${letter}")
      (func (export "pulp_on_call") (param i32 i32 i32 i32) (param $p i32) (param $l i32) (result i32)
        (i32.store (local.get $p) (i32.const 8)) (i32.store (local.get $l) (i32.const 1)) (i32.const 0))`,
    });
  await hosted(
    { cells: { a: { wat: answering("A") } } },
    async (host, logger, dir) => {
      assertEquals(text(await host.call("a", "x")), "A");
      await Deno.writeFile(
        dir.join("a", "cell.wasm"),
        await wat(answering("B")),
      );
      const reloaded = host.reload("a");
      const letters = await Promise.all(
        Array.from({ length: 20 }, () => host.call("a", "x").then(text)),
      );
      await reloaded;
      assert(letters.every((letter) => letter === "A" || letter === "B"));
      assertEquals(text(await host.call("a", "x")), "B");

      await Deno.writeTextFile(dir.join("a", "cell.wasm"), "broken");
      assertEquals(
        (await assertRejects(() => host.reload("a"), PulpError)).code,
        "module",
      );
      await Deno.writeFile(
        dir.join("a", "cell.wasm"),
        await wat(
          `${answering("C").slice(0, -1)} (func $s unreachable) (start $s))`,
        ),
      );
      assertEquals(
        (await assertRejects(() => host.reload("a"), PulpError)).code,
        "trap",
      );
      assertEquals(text(await host.call("a", "x")), "B");
      assertEquals(
        logger.messages().filter((m) => m === "cell reloaded").length,
        1,
      );
    },
  );
});

Deno.test("siblings whose calls come while their callee is reloaded wait for the one that follows", async () => {
  const callers = ["a", "c", "d"];
  const caller = { wat: relay("b"), manifest: `consumes = ["b"]` };
  const cells = Object.fromEntries(callers.map((name) => [name, caller]));
  await hosted(
    { cells: { ...cells, b: { wat: MOODY } } },
    async (host, logger) => {
      let isReloading = true;
      const answers = callers.map(async (name) => {
        const answered = new Set<string>();
        while (isReloading) {
          answered.add(text(await host.call(name, "x", bytes("through"))));
        }
        return [...answered];
      });
      for (let i = 0; i < 10; i++) await host.reload("b");
      isReloading = false;
      for (const answered of await Promise.all(answers)) {
        assertEquals(answered, ["through"]);
      }
      assert(!logger.messages().includes("pulp_call target failed"));
    },
  );
});

Deno.test("a cell that does not come up again after a reload is down, and callers are told at once", async () => {
  const SQL = "CREATE TABLE t (x)";
  const once = cellWat({
    imports:
      `(import "pulp" "sqlite_exec" (func $exec (param i32 i32 i32 i32) (result i32)))`,
    without: ["pulp_init"],
    functions: `(data (i32.const 64) "${SQL}")
      (func (export "pulp_init") (param i32 i32) (result i32)
        (call $exec (i32.const 64) (i32.const ${SQL.length}) (i32.const 0) (i32.const 0)))`,
  });
  await hosted({
    cells: {
      a: { wat: relay("b"), manifest: `consumes = ["b"]` },
      b: {
        wat: once,
        manifest: `capabilities = ["storage.sqlite"]\nrestart = "never"`,
      },
    },
  }, async (host, logger) => {
    await assertRejects(() => host.reload("b"), PulpError);
    assertEquals(host.status()[0], {
      name: "b",
      state: "failed",
      steps: host.status()[0]!.steps,
    });
    assertEquals(logger.messages().slice(-2), [
      "restart failed",
      "cell stays down",
    ]);
    assertEquals(await host.call("a", "x"), new Uint8Array([4]));
  });
});

Deno.test("a cell that is stopped while it is reloaded stays stopped", async () => {
  await hosted({ cells: { a: { wat: MOODY } } }, async (host, logger) => {
    const reloaded = assertRejects(() => host.reload("a"), PulpError);
    await host.stopCell("a");
    await reloaded;
    assertEquals(host.status()[0]?.state, "stopped");
    assert(!logger.messages().includes("cell restarted"));
  });
});

Deno.test("requests to a cell with a listener of its own wait while it is reloaded, however many queue", async () => {
  await using dir = new TempDir();
  // Long enough that clients queue behind what runs.
  const wasm = await letterCell({ letter: "A", work: 100_000_000 });
  const http = `capabilities = ["transport.http.inbound"]`;
  const spec = await dir.cell("a", wasm, http);
  const logger = new TestLogger();
  await using host = await Host.start([spec], {
    logger,
    env: defaultEnv({ storageRoot: dir.join("data"), listen: "127.0.0.1:0" }),
  });
  const { fields } = await logger.logged("http server started");
  const url = `http://${fields.addr}/`;
  let isReloading = true;
  const clients = Array.from({ length: 16 }, async () => {
    const statuses = new Set<number>();
    while (isReloading) {
      const response = await fetch(url);
      await response.body?.cancel();
      statuses.add(response.status);
    }
    return [...statuses];
  });
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    await host.reload("a");
  }
  isReloading = false;
  for (const statuses of await Promise.all(clients)) {
    assertEquals(statuses, [200]);
  }
});
