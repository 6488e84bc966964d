import { assertEquals } from "@std/assert";
import type { Capability } from "../capabilities/capability.ts";
import { Registry } from "../capabilities/registry.ts";
import { silentLogger } from "../logger.ts";
import { TempDir } from "../testing/cell_folder.ts";
import { cellWat, wat } from "../testing/wat.ts";
import { Cell } from "./cell.ts";
import { openModule } from "./cell_module.ts";
import { compileCell } from "./compile.ts";
import { defaultEnv } from "./load.ts";

const nap = (suspending: boolean): Capability => ({
  name: "test.nap",
  stubs: { nap: { params: [0], suspending } },
  imports: () => ({ nap: () => suspending ? Promise.resolve(0) : 0 }),
});

Deno.test("Cell tells the event in which it ended before it tells its end", async () => {
  await using dir = new TempDir();
  const spec = await dir.cell(
    "sample",
    await wat(cellWat({
      imports: `(import "pulp" "nap" (func $nap (result i32)))`,
      without: ["pulp_step"],
      functions: `(func (export "pulp_step") (param i32 i32) (result i32)
        (drop (call $nap)) unreachable)`,
    })),
    `capabilities = ["test.nap"]`,
  );
  for (const suspending of [false, true]) {
    const registry = new Registry().gated(nap(suspending));
    const told: string[] = [];
    const ended = Promise.withResolvers<void>();
    await using cell = await Cell.instantiate(
      spec,
      await compileCell(await openModule(spec, registry), false),
      {
        registry,
        logger: silentLogger,
        env: defaultEnv({ storageRoot: dir.path }),
        environ: [],
        deadline: {
          pulse: new Int32Array(new SharedArrayBuffer(4)),
          attach: () => {},
          end: () => {},
        },
        onEnd: () => {
          told.push("end");
          ended.resolve();
        },
      },
    );
    await cell.init();
    const event = (name: string): void =>
      cell.deliver("test", new Uint8Array([0x80]), () => told.push(name));
    event("event");
    event("event behind it");
    await ended.promise;
    await cell.close();
    // One that waited is told behind the end, one that came after it before.
    const behind = ["event behind it", "end"];
    if (suspending) behind.reverse();
    assertEquals(told, ["event", ...behind], `${suspending}`);
  }
});
