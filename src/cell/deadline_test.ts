import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import type { Capability } from "../capabilities/capability.ts";
import { Registry } from "../capabilities/registry.ts";
import { PulpError } from "../errors.ts";
import { TempDir } from "../testing/cell_folder.ts";
import { cellWat, wat } from "../testing/wat.ts";
import type { Cell } from "./cell.ts";
import { load } from "./load.ts";

const TIMEOUT_MS = 200;
/** A deadline that a quick guest keeps on a busy machine, too. */
const AMPLE_MS = 1000;
/** What a busy machine may add on top of the promise; the accuracy is measured by `doctor`. */
const SLACK_MS = 2000;

/** Loads a cell and expects `use` to end by the deadline. */
async function expires(
  source: Parameters<typeof cellWat>[0],
  use: (cell: Cell) => Promise<unknown>,
  more: { manifest?: string; registry?: Registry; says?: string } = {},
): Promise<void> {
  await using dir = new TempDir();
  const spec = await dir.cell(
    "slow",
    await wat(cellWat(source)),
    `call_timeout_ms = ${TIMEOUT_MS}\n${more.manifest ?? ""}`,
  );
  let start = performance.now();
  const error = await assertRejects(async () => {
    await using cell = await load(
      spec,
      more.registry === undefined ? {} : { registry: more.registry },
    );
    start = performance.now();
    await use(cell);
  }, PulpError);
  const took = performance.now() - start;
  assertEquals(error.code, "deadline", error.message);
  assertStringIncludes(
    error.message,
    `${more.says ?? ""} ran longer than call_timeout_ms = ${TIMEOUT_MS}`,
  );
  assert(took < TIMEOUT_MS * 1.2 + SLACK_MS, `took ${took} ms`);
}

const LOOP = `(loop $l (br $l))`;

Deno.test("the deadline ends an endless loop in each entry point", async () => {
  const init =
    `(func (export "pulp_init") (param i32 i32) (result i32) ${LOOP} unreachable)`;
  const step =
    `(func (export "pulp_step") (param i32 i32) (result i32) ${LOOP} unreachable)`;
  const shutdown =
    `(func (export "pulp_shutdown") (result i32) ${LOOP} unreachable)`;
  const call =
    `(func (export "pulp_on_call") (param i32 i32 i32 i32 i32 i32) (result i32) ${LOOP} unreachable)`;
  await expires(
    { without: ["pulp_init"], functions: init },
    (cell) => cell.init(),
  );
  await expires(
    { without: ["pulp_step"], functions: step },
    (cell) => cell.step(),
  );
  await expires(
    { without: ["pulp_shutdown"], functions: shutdown },
    (cell) => cell.shutdown(),
  );
  await expires({ functions: call }, (cell) => cell.call("x"));
});

Deno.test("the deadline ends an endless loop in the allocator and in the start functions", async () => {
  const alloc =
    `(func (export "pulp_alloc") (param i32) (result i32) ${LOOP} unreachable)`;
  await expires(
    { without: ["pulp_alloc"], functions: alloc },
    (cell) => cell.step(),
  );
  await expires(
    { functions: `(func $s ${LOOP}) (start $s)` },
    () => Promise.resolve(),
  );
  await expires(
    { functions: `(func (export "_initialize") ${LOOP})` },
    () => Promise.resolve(),
  );
});

Deno.test("the deadline ends recursion that never gets deep", async () => {
  const functions =
    `(func $a (param i32) (if (local.get 0) (then (call $b (i32.sub (local.get 0) (i32.const 1))) (call $b (i32.sub (local.get 0) (i32.const 1))))))
    (func $b (param i32) (call $a (local.get 0)))
    (func (export "pulp_step") (param i32 i32) (result i32) (call $a (i32.const 60)) (i32.const 0))`;
  await expires({ without: ["pulp_step"], functions }, (cell) => cell.step());
});

const waiting = (fn: (signal: AbortSignal) => Promise<number>): Capability => ({
  name: "test.wait",
  stubs: { wait: { params: [0], suspending: true } },
  imports: ({ signal }) => ({ wait: () => fn(signal) }),
});
const manifest = `capabilities = ["test.wait"]`;
const imports = `(import "pulp" "wait" (func $wait (result i32)))`;

Deno.test("the deadline ends a host call that hangs, and tells it", async () => {
  let aborted = false;
  const never = (signal: AbortSignal): Promise<number> =>
    new Promise(() => signal.addEventListener("abort", () => aborted = true));
  const functions =
    `(func (export "pulp_step") (param i32 i32) (result i32) (call $wait))`;
  await expires(
    { imports, without: ["pulp_step"], functions },
    (cell) => cell.step(),
    {
      manifest,
      registry: new Registry().gated(waiting(never)),
    },
  );
  assert(aborted);
});

Deno.test("the deadline ends a loop after a resumed host call", async () => {
  const soon = (): Promise<number> =>
    new Promise((resolve) => setTimeout(() => resolve(0), 10));
  const functions =
    `(func (export "pulp_step") (param i32 i32) (result i32) (drop (call $wait)) ${LOOP} unreachable)`;
  await expires(
    { imports, without: ["pulp_step"], functions },
    (cell) => cell.step(),
    {
      manifest,
      registry: new Registry().gated(waiting(soon)),
    },
  );
});

Deno.test("a guest that waits beyond its deadline never goes on", async () => {
  await using dir = new TempDir();
  const functions =
    `(func (export "pulp_step") (param i32 i32) (result i32) (drop (call $wait)) (drop (call $wait)) (i32.const 0))`;
  const wasm = await wat(
    cellWat({ imports, without: ["pulp_step"], functions }),
  );
  const spec = await dir.cell(
    "late",
    wasm,
    `call_timeout_ms = ${AMPLE_MS}\n${manifest}`,
  );
  const late = Promise.withResolvers<number>();
  let calls = 0;
  const call = (): Promise<number> => {
    calls++;
    return late.promise;
  };
  await using cell = await load(spec, {
    registry: new Registry().gated(waiting(call)),
  });
  await assertRejects(() => cell.step(), PulpError);
  late.resolve(0);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(calls, 1);
});

Deno.test("the deadline wakes a guest that sleeps", async () => {
  const functions = `(func (export "pulp_step") (param i32 i32) (result i32)
    (i64.store (i32.const 24) (i64.const 60000000000)) (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))) ${LOOP} unreachable)`;
  await expires({
    imports:
      `(import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))`,
    without: ["pulp_step"],
    functions,
  }, (cell) => cell.step());
});

Deno.test("a guest that returns from a sleep beyond its deadline has failed", async () => {
  const imports =
    `(import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))`;
  const sleep =
    `(i64.store (i32.const 24) (i64.const 60000000000)) (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))`;
  await expires(
    { imports, functions: `(func (export "_initialize") ${sleep})` },
    () => Promise.resolve(),
  );
  await expires(
    {
      imports,
      without: ["pulp_step"],
      functions:
        `(func (export "pulp_step") (param i32 i32) (result i32) ${sleep} (i32.const 0))`,
    },
    (cell) => cell.step(),
    // And not what the host has it run behind that.
    { says: "pulp_step" },
  );
  await expires(
    {
      imports,
      functions:
        `(func (export "pulp_on_call") (param i32 i32 i32 i32 i32 i32) (result i32)
          (i32.store (local.get 5) (i32.const 8)) ${sleep} (i32.const 0))`,
    },
    (cell) => cell.call("x"),
    { says: "pulp_on_call" },
  );
});

Deno.test("the deadline ends a guest that has large memories filled at random", async () => {
  await expires({
    imports:
      `(import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))`,
    without: ["memory", "pulp_step"],
    functions: `(memory (export "memory") 4096)
      (func (export "pulp_step") (param i32 i32) (result i32)
        (loop $again (drop (call $random (i32.const 65536) (i32.const 268369920))) (br $again)) unreachable)`,
  }, (cell) => cell.step());
});

Deno.test("a guest that catches its own exit ends at once, not at its deadline", async () => {
  await using dir = new TempDir();
  const source = cellWat({
    imports:
      `(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))`,
    without: ["pulp_step"],
    functions: `(func (export "pulp_step") (param i32 i32) (result i32)
        (loop $again (try (do (call $exit (i32.const 3))) (catch_all)) (br $again)) unreachable)`,
  });
  await using cell = await load(
    await dir.cell("leaver", await wat(source), "call_timeout_ms = 60000"),
  );
  const start = performance.now();
  const error = await assertRejects(() => cell.step(), PulpError);
  assertEquals(error.code, "exit");
  assert(performance.now() - start < 10_000);
});

Deno.test("a cell that keeps its deadline goes on for longer than one deadline", async () => {
  await using dir = new TempDir();
  await using cell = await load(
    await dir.cell(
      "quick",
      await wat(
        cellWat({
          without: ["pulp_alloc"],
          functions:
            `(func (export "pulp_alloc") (param i32) (result i32) (i32.const 1024))`,
        }),
      ),
      `call_timeout_ms = ${AMPLE_MS}`,
    ),
  );
  const end = performance.now() + 2 * AMPLE_MS;
  while (performance.now() < end) assertEquals(await cell.step(), 0);
});

Deno.test("max_memory_pages caps what a guest may grow to", async () => {
  await using dir = new TempDir();
  const functions =
    `(func (export "pulp_step") (param i32 i32) (result i32) (loop $l (br_if $l (i32.ge_s (memory.grow (i32.const 1)) (i32.const 0)))) (memory.size))`;
  const spec = await dir.cell(
    "grower",
    await wat(cellWat({ without: ["pulp_step"], functions })),
    "max_memory_pages = 7",
  );
  await using cell = await load(spec);
  assertEquals(await cell.step(), 7);
});

Deno.test("max_memory_pages caps a memory that the host makes", async () => {
  await using dir = new TempDir();
  const functions =
    `(export "memory" (memory 0)) (func (export "pulp_step") (param i32 i32) (result i32) (memory.grow (i32.const 4)))`;
  const text = cellWat({
    imports: `(import "env" "memory" (memory 2 100))`,
    without: ["memory", "pulp_step"],
    functions,
  });
  await using cell = await load(
    await dir.cell("importer", await wat(text), "max_memory_pages = 6"),
  );
  assertEquals(await cell.step(), 2);
  assertEquals(await cell.step(), -1);
});
