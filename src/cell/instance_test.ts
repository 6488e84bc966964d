import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Registry } from "../capabilities/registry.ts";
import { PulpError } from "../errors.ts";
import { ECHO, withCell } from "./testing/sample_cell.ts";

/** Answers a call with whatever pointer and length are given. */
const answering = (ptr: string, len: string): string =>
  `(func (export "pulp_on_call") (param i32 i32 i32 i32) (param $p i32) (param $l i32) (result i32)
  (i32.store (local.get $p) (i32.const ${ptr})) (i32.store (local.get $l) (i32.const ${len})) (i32.const 0))`;

Deno.test("a pulp_free that traps does not hide why pulp_init refused", async () => {
  const functions =
    `(func (export "pulp_init") (param i32 i32) (result i32) (i32.const 3))
    (func (export "pulp_free") (param i32 i32) unreachable)`;
  await withCell(
    { without: ["pulp_init", "pulp_free"], functions },
    async (cell) => {
      const error = await assertRejects(() => cell.init(), PulpError);
      assertEquals(error.code, "init");
      assertStringIncludes(error.message, "pulp_init returned 3");
    },
    { manifest: "[config]\na = 1" },
  );
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
