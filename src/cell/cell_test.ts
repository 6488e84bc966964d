import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { PulpError } from "../errors.ts";
import { load } from "./load.ts";
import { ECHO, withCell } from "./testing/sample_cell.ts";

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
