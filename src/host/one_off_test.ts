import { assertEquals } from "@std/assert";
import { builtinRegistry } from "../capabilities/builtin.ts";
import { defaultEnv } from "../cell/load.ts";
import { parseManifest } from "../manifest/parse.ts";
import { TempDir, TestLogger } from "../testing/cell_folder.ts";
import { relay } from "../testing/talking_cells.ts";
import { wat } from "../testing/wat.ts";
import { type Confinement, confinement } from "./one_off.ts";
import { openInWorker } from "./worker_one_off.ts";

const ENV = { storageRoot: "/data", listen: "127.0.0.1:8080" };

/** How a cell is kept within its grants in a process that has those at least. */
function confined(manifest: string): Confinement {
  const head = `name = "sample"\nversion = "1.0.0"\n`;
  const spec = parseManifest(head + manifest, "/cells/sample/pulp.cell.toml");
  return confinement(builtinRegistry().verdict(spec, ENV, () => "granted"));
}

Deno.test("a process gives up all that its one cell needs nothing of", () => {
  assertEquals(confined(""), {
    worker: false,
    revoke: ["read", "write", "net", "env", "run", "sys", "ffi", "import"],
  });
});

Deno.test("a cell that needs the whole of a kind takes no worker for it", () => {
  assertEquals(confined('capabilities = ["transport.http.outbound"]'), {
    worker: false,
    revoke: ["read", "write", "env", "run", "sys", "ffi", "import"],
  });
});

Deno.test("a cell that needs a part of a kind has a worker: nobody can say what else the process holds of it", () => {
  for (
    const manifest of [
      'capabilities = ["transport.http.outbound"]\n[permissions]\nnet = ["a.example:443"]',
      'capabilities = ["transport.http.inbound"]',
      'capabilities = ["spawn.process"]\n[permissions]\nrun = ["echo"]',
    ]
  ) assertEquals(confined(manifest).worker, true, manifest);
});

Deno.test("a cell for one command is told that a sibling is down, in a worker as on this thread", async () => {
  await using dir = new TempDir();
  const wasm = await wat(relay("b"));
  for (const more of ["", `capabilities = ["storage.sqlite"]\n`]) {
    const spec = await dir.cell("a", wasm, `${more}consumes = ["b"]`);
    const logger = new TestLogger();
    const env = defaultEnv({ storageRoot: dir.join("data") });
    const options = { registry: builtinRegistry(), env, logger };
    const cell = await openInWorker(spec, options);
    assertEquals(await cell.call("x"), new Uint8Array([4]));
    await cell[Symbol.asyncDispose]();
    assertEquals(
      logger.messages().filter((it) => it.startsWith("pulp_call")),
      ["pulp_call target is down"],
    );
  }
});
