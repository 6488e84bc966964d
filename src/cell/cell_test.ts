import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import type { Capability } from "../capabilities/capability.ts";
import { Registry } from "../capabilities/registry.ts";
import { siblingCalls } from "../capabilities/sibling_calls.ts";
import { PulpError } from "../errors.ts";
import { TempDir, TestLogger } from "../testing/cell_folder.ts";
import { relay } from "../testing/talking_cells.ts";
import { until } from "../testing/until.ts";
import { cellWat, wat } from "../testing/wat.ts";
import type { Cell } from "./cell.ts";
import { load, loadOwn, type OwnLoadOptions } from "./load.ts";

type Wat = Parameters<typeof cellWat>[0];

async function withCell(
  source: Wat | string,
  use: (cell: Cell) => Promise<void>,
  options: OwnLoadOptions & { manifest?: string } = {},
): Promise<void> {
  await using dir = new TempDir();
  const text = typeof source === "string" ? source : cellWat(source);
  const spec = await dir.cell("sample", await wat(text), options.manifest);
  await using cell = await loadOwn(spec, options);
  await use(cell);
}

async function refused(
  source: Wat | string,
  options: OwnLoadOptions & { manifest?: string } = {},
): Promise<PulpError> {
  return await assertRejects(
    () => withCell(source, () => Promise.resolve(), options),
    PulpError,
  );
}

/** Answers a call with its arguments. */
const ECHO =
  `(func (export "pulp_on_call") (param $name i32) (param $nlen i32) (param $args i32) (param $alen i32) (param $p i32) (param $l i32) (result i32)
  (i32.store (local.get $p) (local.get $args)) (i32.store (local.get $l) (local.get $alen)) (i32.const 0))`;

/** Answers a call with whatever pointer and length are given. */
const answering = (ptr: string, len: string): string =>
  `(func (export "pulp_on_call") (param i32 i32 i32 i32) (param $p i32) (param $l i32) (result i32)
  (i32.store (local.get $p) (i32.const ${ptr})) (i32.store (local.get $l) (i32.const ${len})) (i32.const 0))`;

/** A step that stores what the envelope says at 0 and returns its length. */
const STEP =
  `(func (export "pulp_step") (param $p i32) (param $l i32) (result i32)
  (memory.copy (i32.const 0) (local.get $p) (local.get $l)) (local.get $l))
  (func (export "probe_last_call") (result i64) (i64.load (i32.const 0)))
  (func (export "probe_config_marker") (result i64) (i64.load (i32.const 8)))`;

Deno.test("Cell runs init, step, call and shutdown", async () => {
  await withCell(
    { without: ["pulp_step"], functions: STEP + ECHO },
    async (cell) => {
      assertEquals(cell.name, "sample");
      assert(cell.hasProvider);
      await cell.init();
      assertEquals(await cell.step(), 20);
      assertEquals(await cell.step(new Uint8Array([0x80])), 21);
      assertEquals(await cell.probeLastCall(), 1n);
      const wallMs = Number(await cell.probeConfigMarker()) / 1e6;
      assert(Math.abs(wallMs - Date.now()) < 60_000, `wall time ${wallMs}`);
      assertEquals(
        await cell.call("x", new Uint8Array([1, 2, 3])),
        new Uint8Array([1, 2, 3]),
      );
      assertEquals(await cell.call("x"), new Uint8Array());
      await cell.shutdown();
      const error = await assertRejects(() => cell.step(), PulpError);
      assertEquals(error.code, "closed");
    },
  );
});

Deno.test("Cell without provider or probes says so", async () => {
  await withCell({}, async (cell) => {
    assertEquals(cell.hasProvider, false);
    assertEquals(await cell.probeLastCall(), undefined);
    assertEquals(
      (await assertRejects(() => cell.call("x"), PulpError)).code,
      "call",
    );
  });
});

Deno.test("close() twice is fine, and everything after it is refused", async () => {
  await withCell({}, async (cell) => {
    await Promise.all([cell.close(), cell.close()]);
    await cell.close();
    assertEquals(
      (await assertRejects(() => cell.init(), PulpError)).code,
      "closed",
    );
  });
});

Deno.test("load() names all missing exports at once", async () => {
  const error = await refused({
    without: ["pulp_init", "pulp_step", "memory", "pulp_alloc"],
  });
  assertEquals(error.code, "module");
  assertStringIncludes(
    error.message,
    "missing required exports: memory, pulp_init, pulp_step",
  );
});

Deno.test("load() refuses exports of the wrong kind or type", async () => {
  const error = await refused({
    without: ["pulp_step", "pulp_shutdown"],
    functions:
      `(global (export "pulp_step") i32 (i32.const 0)) (func (export "pulp_shutdown") (param f64))`,
  });
  assertStringIncludes(
    error.message,
    `export "pulp_step" is a global, not a function`,
  );
  assertStringIncludes(
    error.message,
    `export "pulp_shutdown" has type (f64) -> (), not () -> i32`,
  );
});

Deno.test("load() names every unknown import, with near misses", async () => {
  const error = await refused({
    imports:
      `(import "pulp" "sqlite_exce" (func (param i32 i32 i32 i32) (result i32)))
      (import "env" "abort" (func)) (import "pulp" "table" (table 1 funcref))
      (import "wasi_snapshot_preview1" "fd_wrote" (func))`,
  });
  for (
    const part of [
      `"pulp.sqlite_exce" (did you mean "sqlite_exec" of storage.sqlite?)`,
      `"env.abort"`,
      `table "pulp.table"`,
      `"fd_wrote"`,
    ]
  ) {
    assertStringIncludes(error.message, part);
  }
});

Deno.test("load() refuses an import of a known function with another signature", async () => {
  const error = await refused({
    imports:
      `(import "pulp" "sqlite_exec" (func (param i32 i32 i32 i32 i32) (result i32)))`,
  });
  assertStringIncludes(error.message, "takes 4 or 6 i32");
});

Deno.test("an undeclared capability is bound as a stub that returns 99", async () => {
  await withCell(
    {
      imports:
        `(import "pulp" "fs_read" (func $f (param i32 i32 i32 i32) (result i32)))`,
      without: ["pulp_step"],
      functions:
        `(func (export "pulp_step") (param i32 i32) (result i32) (call $f (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))`,
    },
    async (cell) => assertEquals(await cell.step(), 99),
    { registry: new Registry() },
  );
});

Deno.test("a declared capability that no registry holds is refused before anything is read", async () => {
  const error = await refused(`(module)`, {
    manifest: `capabilities = ["storage.sqlit"]`,
  });
  assertEquals(error.code, "manifest");
  assertStringIncludes(error.message, `did you mean "storage.sqlite"?`);
});

Deno.test("a trap ends the instance", async () => {
  await withCell({
    without: ["pulp_step"],
    functions:
      `(func (export "pulp_step") (param i32 i32) (result i32) unreachable)`,
  }, async (cell) => {
    assertEquals(
      (await assertRejects(() => cell.step(), PulpError)).code,
      "trap",
    );
    assertEquals(
      (await assertRejects(() => cell.step(), PulpError)).code,
      "trap",
    );
    assertEquals(cell.ended?.code, "trap");
  });
});

Deno.test("a start function that traps is an error of load()", async () => {
  const error = await refused({
    functions: `(func $s unreachable) (start $s)`,
  });
  assertEquals(error.code, "trap");
  assertStringIncludes(error.message, "start function");
});

Deno.test("endless recursion is a trap, not the end of the host", async () => {
  await withCell({
    without: ["pulp_step"],
    functions:
      `(func $r (export "pulp_step") (param i32 i32) (result i32) (i32.add (i32.const 1) (call $r (i32.const 0) (i32.const 0))))`,
  }, async (cell) => {
    assertEquals(
      (await assertRejects(() => cell.step(), PulpError)).code,
      "trap",
    );
  });
});

Deno.test("pulp_init non-zero fails with the guest's own message", async () => {
  const functions = `(data (i32.const 64) "no disk")
    (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 3))
    (func (export "pulp_init_error_ptr") (result i32) (i32.const 64)) (func (export "pulp_init_error_len") (result i32) (i32.const 7))`;
  await withCell({ without: ["pulp_init"], functions }, async (cell) => {
    const error = await assertRejects(() => cell.init(), PulpError);
    assertEquals(error.code, "init");
    assertMatch(error.message, /: no disk$/);
  });
});

Deno.test("what pulp_init was given is freed when it refuses, too", async () => {
  const freed: unknown[] = [];
  const functions =
    `(func (export "pulp_init") (param i32 i32) (result i32) (i32.const 3))
    (func (export "pulp_free") (param i32 i32) (drop (call $freed (local.get 1))))`;
  await withCell({
    imports: `(import "pulp" "freed" (func $freed (param i32) (result i32)))`,
    without: ["pulp_init", "pulp_free"],
    functions,
  }, async (cell) => {
    await assertRejects(() => cell.init(), PulpError);
    assertEquals(freed, [cell.spec.config.length]);
  }, {
    manifest: `capabilities = ["test.freed"]\n[config]\na = 1`,
    registry: new Registry().gated({
      name: "test.freed",
      stubs: { freed: { params: [1] } },
      imports: () => ({ freed: (length = 0) => freed.push(length) }),
    }),
  });
});

Deno.test("an allocator that lies is found out", async () => {
  for (
    const [ptr, what] of [
      ["0", "returned 0"],
      ["65535", "outside its memory"],
      ["-8", "outside its memory"],
    ]
  ) {
    await withCell({
      without: ["pulp_alloc"],
      functions:
        `(func (export "pulp_alloc") (param i32) (result i32) (i32.const ${ptr}))`,
    }, async (cell) => {
      const error = await assertRejects(() => cell.step(), PulpError);
      assertEquals(error.code, "contract");
      assertStringIncludes(error.message, what!);
    });
  }
});

Deno.test("an allocator that hands out a live buffer is found out", async () => {
  await withCell({
    without: ["pulp_alloc"],
    functions:
      `(func (export "pulp_alloc") (param i32) (result i32) (i32.const 64)) ${ECHO}`,
  }, async (cell) => {
    const error = await assertRejects(
      () => cell.call("x", new Uint8Array(4)),
      PulpError,
    );
    assertStringIncludes(error.message, "over a live buffer at 64");
  });
});

Deno.test("responses outside the memory or over the limit are refused", async () => {
  for (
    const [ptr, len] of [["65530", "100"], ["16", "-1"], ["-1", "1"], [
      "0",
      "8388609",
    ]]
  ) {
    await withCell({ functions: answering(ptr!, len!) }, async (cell) => {
      assertEquals(
        (await assertRejects(() => cell.call("x"), PulpError)).code,
        "contract",
      );
      // The instance is fine; only the call failed.
      assertEquals(await cell.step(), 0);
    });
  }
});

Deno.test("pulp_post_return releases a response in place of pulp_free", async () => {
  await withCell({
    without: ["pulp_free"],
    functions: `${answering("100", "4")}
      (global $seen (mut i64) (i64.const 0))
      (func (export "pulp_free") (param i32 i32) (if (i32.eq (local.get 0) (i32.const 100)) (then unreachable)))
      (func (export "pulp_post_return") (param i32 i32) (global.set $seen (i64.extend_i32_u (local.get 0))))
      (func (export "probe_last_call") (result i64) (global.get $seen))`,
  }, async (cell) => {
    assertEquals(await cell.call("x"), new Uint8Array(4));
    assertEquals(await cell.probeLastCall(), 100n);
  });
});

Deno.test("memory that grows within pulp_alloc is taken anew", async () => {
  await withCell({
    without: ["pulp_alloc"],
    functions:
      `(func (export "pulp_alloc") (param i32) (result i32) (i32.mul (memory.grow (i32.const 1)) (i32.const 65536))) ${ECHO}`,
  }, async (cell) => {
    assertEquals(
      await cell.call("x", new Uint8Array([7])),
      new Uint8Array([7]),
    );
  });
});

const sleeper = (
  suspending: boolean,
  fn: () => number | Promise<number>,
): Capability => ({
  name: "test.sleep",
  stubs: { nap: { params: [0], suspending } },
  imports: () => ({ nap: fn }),
});

const NAPPER: Wat = {
  imports: `(import "pulp" "nap" (func $nap (result i32)))`,
  without: ["pulp_step"],
  functions:
    `(func (export "pulp_step") (param i32 i32) (result i32) (call $nap))`,
};

Deno.test("a guest is suspended while a host function waits, and its entry points never overlap", async () => {
  const gates: (() => void)[] = [];
  const nap = (): Promise<number> =>
    new Promise((resolve) => gates.push(() => resolve(gates.length)));
  const registry = new Registry().gated(sleeper(true, nap));
  await withCell(NAPPER, async (cell) => {
    const both = [cell.step(), cell.step()];
    await until("the first step", () => gates.length >= 1);
    assertEquals(gates.length, 1);
    gates[0]!();
    assertEquals(await both[0], 1);
    await until("the second step", () => gates.length >= 2);
    gates[1]!();
    assertEquals(await both[1], 2);
  }, { registry, manifest: `capabilities = ["test.sleep"]` });
});

Deno.test("a host function that throws is a code for the guest and a record for people", async () => {
  for (const suspending of [false, true]) {
    const logger = new TestLogger();
    const fail = (): number => {
      throw new Error("broken");
    };
    await withCell(NAPPER, async (cell) => assertEquals(await cell.step(), 4), {
      registry: new Registry().gated(sleeper(suspending, fail)),
      manifest: `capabilities = ["test.sleep"]`,
      logger,
    });
    assertEquals(logger.records, [{
      level: "error",
      message: "host function failed",
      fields: { cell: "sample", function: "nap", err: "broken" },
    }]);
  }
});

Deno.test("what is no code is an error for the guest, not 0, and a record says what it was", async () => {
  // Were that not seen to, this rejection would end the process.
  const unseen = (): Promise<never> => Promise.reject(new Error("unseen"));
  const cases: readonly {
    suspending?: boolean;
    nap: () => unknown;
    says: string;
  }[] = [
    { nap: () => NaN, says: "it gave no code, but NaN" },
    { nap: () => 5n, says: "it gave no code, but bigint" },
    { nap: () => {}, says: "it gave no code, but undefined" },
    { nap: () => 2 ** 32, says: "it gave no code, but 4294967296" },
    {
      suspending: true,
      nap: () => Promise.resolve({}),
      says: "it gave no code, but object",
    },
    {
      nap: unseen,
      says: "it gave a promise, and its stub does not say suspending: true",
    },
  ];
  for (const { suspending = false, nap, says } of cases) {
    const logger = new TestLogger();
    const own = sleeper(suspending, nap as () => number);
    await withCell(NAPPER, async (cell) => assertEquals(await cell.step(), 4), {
      registry: new Registry().gated(own),
      manifest: `capabilities = ["test.sleep"]`,
      logger,
    });
    assertEquals(logger.records.map(({ fields }) => fields.err), [says]);
  }
});

Deno.test("a capability that throws what has no text does not keep the others from their end", async () => {
  const ended: string[] = [];
  const logger = new TestLogger();
  const capability: Capability = {
    ...sleeper(false, () => {
      throw Object.create(null);
    }),
    imports: (cell) => {
      cell.onClose(() => void ended.push("first"));
      cell.onClose(() => {
        throw Object.create(null);
      });
      return {
        nap: () => {
          throw Object.create(null);
        },
      };
    },
    teardownCell: () => void ended.push("cell"),
  };
  await withCell(NAPPER, async (cell) => {
    assertEquals(await cell.step(), 4);
    await cell.close();
  }, {
    registry: new Registry().gated(capability),
    manifest: `capabilities = ["test.sleep"]`,
    logger,
  });
  assertEquals(ended, ["first", "cell"]);
  assertEquals(logger.messages(), ["host function failed", "release failed"]);
});

Deno.test("what made its functions is told of the end: offered always, or beside one that failed", async () => {
  const ended: string[] = [];
  const always: Capability = {
    ...sleeper(false, () => 0),
    teardownCell: () => void ended.push("always"),
  };
  await withCell(NAPPER, () => Promise.resolve(), {
    registry: new Registry().always(always),
  });
  assertEquals(ended, ["always"]);
  const first: Capability = {
    name: "test.first",
    stubs: {},
    imports: () => ({}),
    teardownCell: () => void ended.push("first"),
  };
  const second: Capability = {
    name: "test.second",
    stubs: {},
    imports: () => {
      throw new Error("no");
    },
  };
  await refused({}, {
    registry: new Registry().gated(first).gated(second),
    manifest: `capabilities = ["test.first", "test.second"]`,
  });
  assertEquals(ended, ["always", "first"]);
});

Deno.test("what a program without types hands over is refused by name", async () => {
  await withCell({ functions: ECHO }, async (cell) => {
    const cases: readonly (readonly [() => Promise<unknown>, string])[] = [
      [
        () => cell.call("x", "text" as never),
        'Cannot call "x" of cell "sample": the argument is a text, not a Uint8Array',
      ],
      [
        () => cell.call("x", null as never),
        'Cannot call "x" of cell "sample": the argument is null, not a Uint8Array',
      ],
      [
        () => cell.call(undefined as never),
        'Cannot call a function of cell "sample": its name is undefined, not a text',
      ],
      [
        () => cell.step({ kind: "x" } as never),
        'Cannot step cell "sample": the event is an object of another kind, not a Uint8Array',
      ],
      [
        () => load("cells/hello" as never),
        "Cannot load a cell: the manifest is a text, not what readManifest() resolves to",
      ],
      [
        () => load(Promise.resolve(cell.spec) as never),
        "Cannot load a cell: the manifest is a promise, not what readManifest() resolves to",
      ],
      [
        () => load(cell.spec, { logger: {} as never }),
        "Cannot load a cell: options.logger is an object of another kind, not one with a method log()",
      ],
      [
        () => load(cell.spec, null as never),
        "Cannot load a cell: options is null, not an object",
      ],
    ];
    for (const [call, says] of cases) {
      const error = await assertRejects(call, PulpError);
      assertEquals([error.code, error.message], ["usage", says]);
    }
    assertEquals(
      await cell.call("x", new Uint8Array([1])),
      new Uint8Array([1]),
    );
  });
});

const WASI =
  `(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))`;

Deno.test("stdout goes to the log line by line, and the rest at the end", async () => {
  const logger = new TestLogger();
  await withCell({
    imports: WASI,
    without: ["pulp_step"],
    functions:
      `(data (i32.const 64) "one\\r\\ntwo\\nthr") (data (i32.const 32) "\\40\\00\\00\\00\\0c\\00\\00\\00")
      (func (export "pulp_step") (param i32 i32) (result i32) (call $write (i32.const 1) (i32.const 32) (i32.const 1) (i32.const 48)))`,
  }, async (cell) => {
    assertEquals(await cell.step(), 0);
    assertEquals(logger.messages(), ["one", "two"]);
  }, { logger });
  assertEquals(logger.messages(), ["one", "two", "thr"]);
});

Deno.test("proc_exit ends the cell with its code, even when the guest catches it", async () => {
  await withCell({
    imports: WASI,
    without: ["pulp_step"],
    functions:
      `(func (export "pulp_step") (param i32 i32) (result i32) (try (do (call $exit (i32.const 7))) (catch_all)) (i32.const 0))`,
  }, async (cell) => {
    const error = await assertRejects(() => cell.step(), PulpError);
    assertEquals(error.code, "exit");
    assertStringIncludes(error.message, "status 7");
    assertEquals(
      (await assertRejects(() => cell.step(), PulpError)).code,
      "exit",
    );
  });
});

Deno.test("WASI believes no count and no range", async () => {
  for (
    const [vectors, count, want] of [
      ["32", "100000", 28],
      ["65530", "10", 21],
      ["-8", "1", 21],
    ] as const
  ) {
    await withCell({
      imports: WASI,
      without: ["pulp_step"],
      functions:
        `(func (export "pulp_step") (param i32 i32) (result i32) (call $write (i32.const 1) (i32.const ${vectors}) (i32.const ${count}) (i32.const 48)))`,
    }, async (cell) => assertEquals(await cell.step(), want));
  }
});

Deno.test("load() checks the sha256 that a manifest pins", async () => {
  const error = await refused({}, {
    manifest: `wasm_sha256 = "${"0".repeat(64)}"`,
  });
  assertEquals(error.code, "module");
  assertStringIncludes(error.hint ?? "", "wasm_sha256");
});

Deno.test("load() stops at once when its signal is aborted", async () => {
  await assertRejects(
    () =>
      withCell({}, () => Promise.resolve(), {
        signal: AbortSignal.abort(new Error("enough")),
      }),
    Error,
    "enough",
  );
});

Deno.test("load() is ended by its signal while the instance is made, and while a setup hangs", async () => {
  const late = new AbortController();
  await assertRejects(
    () =>
      withCell({}, () => Promise.resolve(), {
        signal: late.signal,
        beforeGuest: () => queueMicrotask(() => late.abort(new Error("late"))),
      }),
    Error,
    "late",
  );
  const hangs = new AbortController();
  const capability: Capability = {
    ...sleeper(false, () => 0),
    setup: () => {
      queueMicrotask(() => hangs.abort(new Error("too long")));
      return new Promise<void>(() => {});
    },
  };
  await assertRejects(
    () =>
      withCell(NAPPER, () => Promise.resolve(), {
        signal: hangs.signal,
        registry: new Registry().gated(capability),
        manifest: `capabilities = ["test.sleep"]`,
      }),
    Error,
    "too long",
  );
});

Deno.test("a signal closes a cell, and holds none that is closed", async () => {
  const listeners = new Set<unknown>();
  const { signal, abort } = (() => {
    const controller = new AbortController();
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...given: unknown[]): void => {
      listeners.add(given[1]);
      add(...given as Parameters<typeof add>);
    };
    signal.removeEventListener = (...given: unknown[]): void => {
      listeners.delete(given[1]);
      remove(...given as Parameters<typeof remove>);
    };
    return { signal, abort: () => controller.abort() };
  })();
  await withCell({}, () => Promise.resolve(), { signal });
  assertEquals(listeners.size, 0);
  await withCell({}, async (cell) => {
    abort();
    const error = await assertRejects(() => cell.step(), PulpError);
    assertEquals(error.code, "closed");
  }, { signal });
});

Deno.test("the event in which a guest ends gets the reason, and those behind it that it is closed", async () => {
  const step =
    `(func (export "pulp_step") (param i32 i32) (result i32) unreachable)`;
  await withCell({ without: ["pulp_step"], functions: step }, async (cell) => {
    const codes: unknown[] = [];
    const deliver = (): void =>
      cell.deliver("x", new Uint8Array([0xc0]), ({ error }) => {
        codes.push(error instanceof PulpError ? error.code : error);
      });
    deliver();
    deliver();
    assertEquals(codes, ["trap", "closed"]);
    await cell.close();
  });
});

Deno.test("a cell that runs alone is told 4 of whom its manifest names, 11 of others, and 2 of no memory only", async () => {
  const manifest = `consumes = ["maths", "twice"]\ndepends_on = ["store"]`;
  const registry = (): Registry => new Registry().always(siblingCalls());
  for (
    const [target, name, code] of [
      ["store", "get", 4],
      ["maths", "halve", 4],
      ["somebody", "twice", 4],
      ["somebody", "halve", 11],
      ["sample", "x", 11],
    ] as const
  ) {
    await withCell(relay(target, name), async (cell) => {
      await cell.init();
      assertEquals(await cell.call("x"), Uint8Array.of(code));
    }, { manifest, registry: registry() });
  }
  // Arguments of any length go through: those that the call itself got.
  const large = relay("store").replace(
    "(local.get $args) (local.get $alen)",
    "(i32.const 0) (i32.const 8388609)",
  );
  for (const [pages, code] of [[1, 2], [129, 4]] as const) {
    const sized = large.replace(
      /\(memory \(export "memory"\) \d+/,
      `(memory (export "memory") ${pages}`,
    );
    await withCell(sized, async (cell) => {
      await cell.init();
      assertEquals(await cell.call("x"), Uint8Array.of(code));
    }, { manifest, registry: registry() });
  }
});
