import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { PulpError } from "../errors.ts";
import { TestLogger } from "../testing/cell_folder.ts";
import { LineWriter } from "./line_writer.ts";
import { LinearMemory } from "./memory.ts";
import { withCell } from "./testing/sample_cell.ts";
import { wasiImports } from "./wasi.ts";

/** The clocks as a guest reads them, in nanoseconds. */
function clock(): (id: number) => bigint {
  const memory = new LinearMemory();
  memory.attach(new WebAssembly.Memory({ initial: 1 }), undefined);
  const imports = wasiImports({
    memory: () => memory,
    environ: [],
    stdout: new LineWriter(() => {}),
    stderr: new LineWriter(() => {}),
    sleep: () => {},
    stopped: () => false,
    onExit: () => {},
  });
  return (id) => {
    assertEquals(imports.clock_time_get?.(id, 1n, 64), 0);
    return memory.view.getBigUint64(64, true);
  };
}

Deno.test("the wall clock of a guest is the system's, with digits below a millisecond", () => {
  const read = clock();
  const times = Array.from({ length: 20_000 }, () => read(0));
  assert(times.every((time, at) => at === 0 || time >= times[at - 1]!));
  assert(times.some((time) => time % 1_000_000n !== 0n));
  const wallNs = BigInt(Date.now()) * 1_000_000n;
  assert(times.at(-1)! <= wallNs + 1_000_000n);
});

Deno.test("the wall clock of a guest follows when the system's is set, the others don't", () => {
  const read = clock();
  const before = [read(0), read(1)] as const;
  const real = Date.now;
  const hourMs = 3_600_000;
  try {
    for (const shiftMs of [hourMs, -hourMs]) {
      Date.now = () => real() + shiftMs;
      const shifted = Number(read(0) - before[0]) / 1e6 - shiftMs;
      assert(shifted >= -1 && shifted < 60_000, `${shifted} ms`);
      assert(read(1) - before[1] < 60_000_000_000n);
    }
  } finally {
    Date.now = real;
  }
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
