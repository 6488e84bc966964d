import { assert } from "@std/assert";
import { builtinRegistry } from "../capabilities/builtin.ts";
import { openModule } from "../cell/cell_module.ts";
import { compileCell } from "../cell/compile.ts";
import { defaultEnv } from "../cell/load.ts";
import { TempDir, TestLogger } from "../testing/cell_folder.ts";
import { cellWat, wat } from "../testing/wat.ts";
import { DeadlineKeeper } from "./deadline_keeper.ts";
import { WorkerCell } from "./worker_cell.ts";
import { workerPermissions } from "./worker_permissions.ts";

/** A cell in a worker, started. */
async function workerCell(dir: TempDir, source: string): Promise<WorkerCell> {
  const spec = await dir.cell("a", await wat(source));
  const registry = builtinRegistry();
  const env = defaultEnv();
  const compiled = await compileCell(await openModule(spec, registry), true);
  const cell = new WorkerCell({
    spec,
    env,
    environ: [],
    permissions: workerPermissions(registry.verdict(spec, env)),
    logger: new TestLogger(),
    onRing: () => {},
    onLate: () => {},
    deadlines: new DeadlineKeeper(),
    onEnd: () => {},
  });
  await cell.start(compiled, 0);
  return cell;
}

Deno.test("a cell gets its events while the turn in which they come goes on", async () => {
  await using dir = new TempDir();
  const cell = await workerCell(dir, cellWat());
  try {
    // As Deno hands over frames of a client that sends on: without a pause.
    for (let i = 0; i < 10_000; i++) {
      cell.deliver("x", Uint8Array.of(0xc0), () => {});
    }
    const end = Date.now() + 10_000;
    while (cell.steps === 0 && Date.now() < end);
    assert(cell.steps > 0, "no event came through");
  } finally {
    await cell.stop();
  }
});

/** Takes 800 ms over an event of many bytes, and none over another. */
const UNEVEN = cellWat({
  imports:
    `(import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))`,
  without: ["pulp_step"],
  functions: `
    (func $now (result i64)
      (drop (call $clock (i32.const 1) (i64.const 0) (i32.const 16)))
      (i64.load (i32.const 16)))
    (func (export "pulp_step") (param i32) (param $length i32) (result i32)
      (local $end i64)
      (local.set $end (i64.add (call $now) (i64.const 800000000)))
      (if (i32.gt_u (local.get $length) (i32.const 500)) (then
        (loop $again
          (br_if $again (i64.lt_u (call $now) (local.get $end))))))
      (i32.const 0))`,
});

Deno.test("an answer does not wait for the event behind it, once one took long", async () => {
  await using dir = new TempDir();
  const cell = await workerCell(dir, UNEVEN);
  const when = (payload: Uint8Array): Promise<number> =>
    new Promise((resolve, reject) =>
      cell.deliver("x", payload, ({ error }) => {
        if (error === undefined) resolve(performance.now());
        else reject(error);
      })
    );
  const nil = Uint8Array.of(0xc0);
  // A MessagePack bin 16 of 1,000 bytes.
  const many = new Uint8Array(1_003);
  many.set([0xc5, 0x03, 0xe8]);
  try {
    await when(many);
    for (let count = 0; count < 2; count++) {
      const [quick, slow] = await Promise.all([when(nil), when(many)]);
      assert(slow - quick > 150, `${slow - quick} ms between the two`);
    }
  } finally {
    await cell.stop();
  }
});
