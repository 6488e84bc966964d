import { assert, assertEquals, assertRejects } from "@std/assert";
import { builtinRegistry } from "../capabilities/builtin.ts";
import type { Capability } from "../capabilities/capability.ts";
import { defaultEnv } from "../cell/load.ts";
import { MsgpackWriter } from "../abi/writer.ts";
import { PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { CellSpec } from "../manifest/spec.ts";
import { TempDir, TestLogger } from "../testing/cell_folder.ts";
import { MOODY, relay } from "../testing/talking_cells.ts";
import { until } from "../testing/until.ts";
import { cellWat, wat } from "../testing/wat.ts";
import { Host } from "./host.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

interface Given {
  readonly cells: Record<string, { wat: string; manifest?: string }>;
}

async function hosted(
  { cells }: Given,
  use: (
    host: Host,
    logger: TestLogger,
    dir: TempDir,
    specs: CellSpec[],
  ) => Promise<void>,
): Promise<TestLogger> {
  await using dir = new TempDir();
  const logger = new TestLogger();
  const specs: CellSpec[] = [];
  for (const [name, cell] of Object.entries(cells)) {
    specs.push(await dir.cell(name, await wat(cell.wat), cell.manifest));
  }
  await using host = await Host.start(specs, {
    logger,
    env: defaultEnv({ storageRoot: dir.join("data"), listen: "127.0.0.1:0" }),
  });
  await use(host, logger, dir, specs);
  await host.shutdown();
  return logger;
}

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

Deno.test("Host calls a cell, and a cell calls a sibling along a declared link", async () => {
  await hosted({
    cells: {
      a: { wat: relay("b"), manifest: `consumes = ["echo"]` },
      b: { wat: MOODY, manifest: `provides = ["echo"]` },
    },
  }, async (host) => {
    assertEquals(text(await host.call("b", "echo", bytes("hi"))), "hi");
    assertEquals(
      text(await host.call("a", "any", bytes("through"))),
      "through",
    );
  });
});

Deno.test("a cell reaches no sibling that it did not declare, nor one that is not there", async () => {
  for (const target of ["b", "c"]) {
    await hosted(
      { cells: { a: { wat: relay(target) }, b: { wat: MOODY } } },
      async (host, logger) => {
        assertEquals(await host.call("a", "x"), new Uint8Array([11]));
        assert(logger.messages().includes("pulp_call denied by manifest"));
      },
    );
  }
});

Deno.test("a cell whose callee did not come up starts, and is told 4", async () => {
  const failing = cellWat({
    without: ["pulp_init"],
    functions: `(func (export "pulp_init") (param i32 i32) (result i32)
      (i32.const 1))`,
  });
  await hosted({
    cells: {
      named: { wat: relay("b"), manifest: `consumes = ["b"]` },
      offered: { wat: relay("b"), manifest: `consumes = ["echo"]` },
      needy: { wat: relay("b"), manifest: `depends_on = ["b"]` },
      b: { wat: failing, manifest: `provides = ["echo"]` },
    },
  }, async (host) => {
    assertEquals(
      host.status().map(({ name, state }) => [name, state]).sort(),
      [
        ["b", "failed"],
        ["named", "ready"],
        ["needy", "failed"],
        ["offered", "ready"],
      ],
    );
    for (const name of ["named", "offered"]) {
      assertEquals(await host.call(name, "x"), new Uint8Array([4]));
    }
  });
});

Deno.test("a circle of calls is refused at once, with the chain in the log", async () => {
  await hosted({
    cells: {
      a: { wat: relay("b"), manifest: `consumes = ["b"]` },
      b: { wat: relay("a"), manifest: `consumes = ["a"]` },
    },
  }, async (host, logger) => {
    const start = performance.now();
    assertEquals(await host.call("a", "x"), new Uint8Array([4]));
    assert(performance.now() - start < 2000);
    // The record comes by message, the answer through shared memory.
    await logger.logged("pulp_call re-entered");
    const chains = logger.records.filter((r) =>
      r.message === "pulp_call re-entered"
    ).map((r) => r.fields.chain);
    assertEquals(chains, ["b -> a -> b"]);
  });
});

Deno.test("a trap and a deadline of the callee are codes for the caller, and the callee comes back", async () => {
  for (
    const [name, code] of [["trap", "trap"], ["loop", "deadline"]] as const
  ) {
    await hosted({
      cells: {
        a: { wat: relay("b", name), manifest: `depends_on = ["b"]` },
        b: { wat: MOODY, manifest: `call_timeout_ms = 1000` },
      },
    }, async (host, logger) => {
      assertEquals(await host.call("a", "x"), new Uint8Array([4]));
      await logger.logged("cell restarted");
      assertEquals(
        logger.records.find((r) => r.message === "cell ended")?.fields.code,
        code,
      );
      assertEquals(text(await host.call("b", "echo", bytes("back"))), "back");
    });
  }
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

Deno.test("a statement that SQLite never ends costs its thread, not the host or a sibling", async () => {
  const SQL =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
  const endless = cellWat({
    imports:
      `(import "pulp" "sqlite_query" (func $query (param i32 i32 i32 i32 i32 i32) (result i32)))`,
    functions: `(data (i32.const 64) "${SQL}")
      (func (export "pulp_on_call") (param i32 i32 i32 i32 i32 i32) (result i32)
        (call $query (i32.const 64) (i32.const ${SQL.length}) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 4)))`,
  });
  await hosted({
    cells: {
      a: {
        wat: endless,
        manifest: `capabilities = ["storage.sqlite"]\ncall_timeout_ms = 200`,
      },
      b: { wat: MOODY },
    },
  }, async (host, logger) => {
    const start = performance.now();
    const pending = assertRejects(() => host.call("a", "x"), PulpError);
    assertEquals(text(await host.call("b", "echo", bytes("fine"))), "fine");
    assertEquals((await pending).code, "deadline");
    assert(performance.now() - start < 1500);
    await logger.logged("cell restarted");
    assertEquals(
      logger.records.find((r) => r.message === "thread given up")?.fields.lost,
      1,
    );
  });
});

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
