import { assert } from "@std/assert";
import { builtinRegistry } from "../capabilities/builtin.ts";
import { openModule } from "../cell/cell_module.ts";
import { compileCell } from "../cell/compile.ts";
import { defaultEnv } from "../cell/load.ts";
import { TempDir, TestLogger } from "../testing/cell_folder.ts";
import { cellWat, wat } from "../testing/wat.ts";
import { DeadlineKeeper } from "./deadline_keeper.ts";
import { Links } from "./links.ts";
import { WorkerCell } from "./worker_cell.ts";

const NOTHING: Deno.PermissionOptionsObject = {
  read: [],
  write: [],
  net: [],
  env: [],
  run: [],
  sys: false,
  ffi: false,
  import: [],
};

Deno.test("a cell gets its events while the turn in which they come goes on", async () => {
  await using dir = new TempDir();
  const spec = await dir.cell("a", await wat(cellWat()));
  const compiled = await compileCell(
    await openModule(spec, builtinRegistry()),
    true,
  );
  const cell = new WorkerCell({
    spec,
    env: defaultEnv(),
    environ: [],
    permissions: NOTHING,
    logger: new TestLogger(),
    links: new Links([spec]).of(spec.name),
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
