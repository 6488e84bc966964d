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

Deno.test("a cell gets its events while the turn in which they come goes on", async () => {
  await using dir = new TempDir();
  const spec = await dir.cell("a", await wat(cellWat()));
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
  try {
    await cell.start(compiled, 0);
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
