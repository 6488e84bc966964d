import { assert, assertEquals, assertRejects } from "@std/assert";
import { builtinRegistry } from "../capabilities/builtin.ts";
import type { Capability } from "../capabilities/capability.ts";
import { defaultEnv } from "../cell/load.ts";
import { PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { TempDir } from "../testing/cell_folder.ts";
import { MOODY } from "../testing/talking_cells.ts";
import { until } from "../testing/until.ts";
import { cellWat, wat } from "../testing/wat.ts";
import { Host } from "./host.ts";
import { bytes, hosted, text } from "./testing/hosted.ts";

Deno.test("Host starts cells in dependency order and stops them in reverse", async () => {
  const logger = await hosted({
    cells: {
      second: { wat: MOODY, manifest: `depends_on = ["first"]` },
      first: { wat: MOODY },
    },
  }, (host) => {
    assertEquals(host.status().map(({ name, state }) => [name, state]), [[
      "first",
      "ready",
    ], ["second", "ready"]]);
    return Promise.resolve();
  });
  const of = (message: string): unknown[] =>
    logger.records.filter((r) => r.message === message).map((r) =>
      r.fields.cell
    );
  assertEquals(of("pulp boot"), ["first", "second"]);
  assertEquals(of("cell ready"), ["first", "second"]);
  assertEquals(of("shutdown complete"), ["second", "first"]);
});

Deno.test("a cell that keeps dying stays down after five restarts, and its siblings go on", async () => {
  await hosted(
    { cells: { a: { wat: MOODY }, b: { wat: MOODY } } },
    async (host, logger) => {
      for (let i = 0; i <= LIMITS.restarts; i++) {
        await until(
          "a that is ready",
          () => host.status()[0]?.state === "ready",
        );
        await assertRejects(() => host.call("a", "trap"), PulpError);
        await logger.logged("cell ended", i + 1);
      }
      await logger.logged("cell stays down");
      assertEquals(
        (await assertRejects(() => host.call("a", "echo"), PulpError)).code,
        "closed",
      );
      assertEquals(text(await host.call("b", "echo", bytes("fine"))), "fine");
    },
  );
});

Deno.test('restart = "never" leaves a cell down', async () => {
  await hosted(
    { cells: { a: { wat: MOODY, manifest: `restart = "never"` } } },
    async (host, logger) => {
      await assertRejects(() => host.call("a", "trap"), PulpError);
      await logger.logged("cell stays down");
      assertEquals(host.status()[0]?.state, "failed");
    },
  );
});

Deno.test("a statement that SQLite does not end costs its thread, not the host or a sibling", async () => {
  // Ten seconds or so: what has no end at all would keep a core from all tests
  // that follow.
  const SQL =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 50000000) SELECT count(*) FROM n";
  const long = cellWat({
    imports:
      `(import "pulp" "sqlite_query" (func $query (param i32 i32 i32 i32 i32 i32) (result i32)))`,
    functions: `(data (i32.const 64) "${SQL}")
      (func (export "pulp_on_call") (param i32 i32 i32 i32 i32 i32) (result i32)
        (call $query (i32.const 64) (i32.const ${SQL.length}) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 4)))`,
  });
  await hosted({
    cells: {
      a: {
        wat: long,
        manifest: `capabilities = ["storage.sqlite"]\ncall_timeout_ms = 200`,
      },
      b: { wat: MOODY },
    },
  }, async (host, logger) => {
    const start = performance.now();
    const pending = assertRejects(() => host.call("a", "x"), PulpError);
    assertEquals(text(await host.call("b", "echo", bytes("fine"))), "fine");
    assertEquals((await pending).code, "deadline");
    assert(performance.now() - start < 5_000);
    await logger.logged("cell restarted");
    const of = (message: string): number =>
      logger.records.filter((r) =>
        r.message === message && r.fields.cell === "a"
      ).length;
    assertEquals([of("init complete"), of("cell ready")], [2, 1]);
    assertEquals(
      logger.records.find((r) => r.message === "thread given up")?.fields.lost,
      1,
    );
  });
});

Deno.test("Host.start() says what it can't host, before anything starts", async () => {
  await using dir = new TempDir();
  const import_ = `(import "pulp" "own_call" (func (result i32)))`;
  const spec = await dir.cell(
    "own",
    await wat(cellWat({ imports: import_ })),
    `capabilities = ["test.own"]`,
  );
  const own: Capability = {
    name: "test.own",
    stubs: { own_call: { params: [0] } },
    imports: () => ({ own_call: () => 0 }),
  };
  const cases: readonly (readonly [() => Promise<unknown>, string])[] = [
    [() => Host.start([]), "Cannot start a host: its set is empty"],
    [
      () => Host.start(spec as never),
      "Cannot start a host: the set is an object of another kind, not a list of manifests",
    ],
    [
      () => Host.start([dir.path as never]),
      "Cannot start a host: the manifest is a text, not what readManifest() resolves to",
    ],
    [
      () => Host.start([spec], { registry: builtinRegistry().gated(own) }),
      'Cannot host cell "own": its worker has no capability "test.own", which is in the registry of this thread',
    ],
    [
      () =>
        Host.start([{ ...spec, capabilities: [] }], {
          registry: builtinRegistry().always(own),
        }),
      'Cannot host cell "own": its worker has no capability "test.own", which is in the registry of this thread',
    ],
  ];
  for (const [start, says] of cases) {
    const error = await assertRejects(start, PulpError);
    assertEquals([error.code, error.message], ["usage", says]);
  }
});

Deno.test("Host.call() refuses what is no text or no bytes, and the cell goes on", async () => {
  await hosted({ cells: { a: { wat: MOODY } } }, async (host) => {
    for (
      const given of [["a"], [5, "x"], ["a", 5], ["a", "x", null], [
        "a",
        "x",
        "t",
      ]]
    ) {
      const [cell, name, args] = given as [string, string, Uint8Array];
      const error = await assertRejects(
        () => host.call(cell, name, args),
        PulpError,
      );
      assertEquals(error.code, "usage");
    }
    assertEquals(text(await host.call("a", "echo", bytes("on"))), "on");
  });
});

Deno.test("Host hosts a cell with a capability of its own, from a module that env names", async () => {
  await using dir = new TempDir();
  const url = new URL(`file://${dir.join("own.ts")}`);
  await Deno.writeTextFile(
    dir.join("own.ts"),
    `import { registerExtension } from "@pulp/deno/extension";
registerExtension({ name: "test.dice", stubs: { dice_roll: { params: [0] } },
  permissions: () => [{ kind: "read", target: ${
      JSON.stringify(dir.join("own.ts"))
    }, reason: "its code" }],
  imports: () => ({ dice_roll: () => 6 }) });
`,
  );
  await import(url.href);
  const imports = `(import "pulp" "dice_roll" (func $roll (result i32)))`;
  const functions =
    `(func (export "pulp_on_call") (param i32 i32 i32 i32 i32 i32) (result i32)
    (i32.store8 (i32.const 8) (call $roll))
    (i32.store (local.get 4) (i32.const 8)) (i32.store (local.get 5) (i32.const 1)) (i32.const 0))`;
  const spec = await dir.cell(
    "dice",
    await wat(cellWat({ imports, functions })),
    `capabilities = ["test.dice"]`,
  );
  await using host = await Host.start([spec], {
    env: defaultEnv({ storageRoot: dir.join("data"), extensions: [url.href] }),
  });
  assertEquals(await host.call("dice", "roll"), new Uint8Array([6]));
});
