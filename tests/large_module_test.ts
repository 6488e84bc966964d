import { assert, assertEquals, assertRejects } from "@std/assert";
import { defaultEnv } from "../src/cell/load.ts";
import { PulpError } from "../src/errors.ts";
import { Host } from "../src/host/host.ts";
import { LIMITS } from "../src/limits.ts";
import { TempDir, TestLogger } from "../src/testing/cell_folder.ts";
import { largeCell } from "../src/testing/large_module.ts";
import { MOODY } from "../src/testing/talking_cells.ts";
import { until } from "../src/testing/until.ts";
import { wat } from "../src/testing/wat.ts";
import { writeCell } from "./guests/build.ts";
import { HostProcess } from "./support/host_process.ts";
import { pulp } from "./support/pulp.ts";

Deno.test("run compiles a large module apart, with no permission more", async () => {
  await using dir = new TempDir();
  const wasm = await largeCell(2 * LIMITS.moduleBytesHere);
  const path = await writeCell(dir.path, { name: "large", wasm });
  await using host = HostProcess.run([path], [`read=${dir.path}`]);
  await host.ready("large");
  assertEquals(await host.stop(), 0);
});

Deno.test("run says what is wrong with a large module, and ends with 2", async () => {
  await using dir = new TempDir();
  const wasm = await largeCell(2 * LIMITS.moduleBytesHere, {
    functions: `(memory 1)`,
  });
  const path = await writeCell(dir.path, {
    name: "large",
    wasm,
    manifest: { max_memory_pages: 1 },
  });
  const { code, err } = await pulp(["run", path], {
    allow: [`read=${dir.path}`],
  });
  assertEquals(code, 2, err);
  assert(
    err.startsWith(`error: Cannot load "${dir.join("large", "cell.wasm")}": `),
    err,
  );
});

Deno.test("while a large module is compiled, the deadlines of its siblings are kept", async () => {
  await using dir = new TempDir();
  const timeoutMs = 100;
  const specs = [
    await dir.cell("large", await wat(MOODY)),
    await dir.cell(
      "busy",
      await wat(MOODY),
      `restart = "always"\ncall_timeout_ms = ${timeoutMs}`,
    ),
  ];
  const logger = new TestLogger();
  await using host = await Host.start(specs, { logger, env: defaultEnv() });
  // Some seconds of work.
  await dir.cell("large", await largeCell(16 << 20));
  let isReloading = true;
  const reloaded = host.reload("large").finally(() => isReloading = false);
  const tookMs: number[] = [];
  while (isReloading && tookMs.length < LIMITS.restarts) {
    const start = performance.now();
    const error = await assertRejects(
      () => host.call("busy", "loop"),
      PulpError,
    );
    assertEquals(error.code, "deadline");
    tookMs.push(performance.now() - start);
    await until(
      "the cell that is busy to come back",
      () => host.status()[1]?.state === "ready" || !isReloading,
      () => logger.messages().join("\n"),
    );
  }
  await reloaded;
  assert(tookMs.length > 1, `${tookMs}`);
  // A machine of two cores has a lot to do meanwhile.
  for (const ms of tookMs) assert(ms < 15 * timeoutMs, `${tookMs}`);
});
