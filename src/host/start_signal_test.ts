import { assert, assertEquals, assertRejects } from "@std/assert";
import { defaultEnv } from "../cell/load.ts";
import type { CellSpec } from "../manifest/spec.ts";
import { TempDir, TestLogger } from "../testing/cell_folder.ts";
import { largeCell } from "../testing/large_module.ts";
import { cellWat, wat } from "../testing/wat.ts";
import { Host } from "./host.ts";

/** Far longer than a test takes. */
const PATIENT = "call_timeout_ms = 600000";

const LOOPING = cellWat({
  without: ["pulp_init"],
  functions: `(func (export "pulp_init") (param i32 i32) (result i32)
    (loop $again (br $again)) (i32.const 0))`,
});

/** Sleeps in WASI, for a day. */
const SLEEPING = cellWat({
  imports:
    `(import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))`,
  without: ["pulp_init"],
  functions: `(func (export "pulp_init") (param i32 i32) (result i32)
    (i64.store (i32.const 280) (i64.const 86400000000000))
    (drop (call $poll (i32.const 256) (i32.const 320) (i32.const 1) (i32.const 384)))
    (i32.const 0))`,
});

/** Starts cells, and aborts that when `isTime` says so of what was logged. */
async function aborted(
  specs: readonly CellSpec[],
  logger: TestLogger,
  isTime: (messages: readonly string[]) => boolean,
): Promise<void> {
  const ending = new AbortController();
  const timer = setInterval(() => {
    if (isTime(logger.messages())) ending.abort("enough");
  }, 10);
  try {
    await Host.start(specs, {
      logger,
      env: defaultEnv(),
      signal: ending.signal,
    });
    throw new Error("it started");
  } catch (reason) {
    assertEquals(reason, "enough");
  } finally {
    clearInterval(timer);
  }
}

for (
  const [what, module] of Object.entries({
    computes: LOOPING,
    sleeps: SLEEPING,
  })
) {
  Deno.test(`a signal ends the start of a cell that ${what}, and stops those that had started`, async () => {
    await using dir = new TempDir();
    const good = await wat(cellWat());
    const specs = [
      await dir.cell("first", good),
      await dir.cell("second", good),
      await dir.cell("third", await wat(module), PATIENT),
      await dir.cell("fourth", good),
    ];
    const logger = new TestLogger();
    const start = performance.now();
    await aborted(
      specs,
      logger,
      (messages) => messages.filter((it) => it === "cell ready").length === 2,
    );
    assert(performance.now() - start < 30_000);
    const of = (message: string): unknown[] =>
      logger.records.filter((it) => it.message === message)
        .map(({ fields }) => fields.cell);
    assertEquals(of("cell ready"), ["first", "second"]);
    assertEquals(of("cell start aborted"), ["third"]);
    assertEquals(of("shutdown complete"), ["second", "first"]);
    assertEquals(of("init failed"), []);
    assertEquals(of("thread given up"), []);
  });
}

Deno.test("a signal ends the compiling of a large module", async () => {
  await using dir = new TempDir();
  const spec = await dir.cell("large", await largeCell(8 << 20));
  const logger = new TestLogger();
  let looks = 0;
  await aborted([spec], logger, () => ++looks > 5);
  assertEquals(logger.messages().includes("pulp boot"), false);
});

Deno.test("a signal that came before starts nothing, and one that comes later shuts the host down", async () => {
  await using dir = new TempDir();
  const spec = await dir.cell("a", await wat(cellWat()));
  const logger = new TestLogger();
  await assertRejects(
    () => Host.start([spec], { logger, signal: AbortSignal.abort() }),
    DOMException,
  );
  assertEquals(logger.records, []);
  const ending = new AbortController();
  const host = await Host.start([spec], {
    logger,
    env: defaultEnv(),
    signal: ending.signal,
  });
  ending.abort();
  await host.shutdown();
  assertEquals(host.status()[0]?.state, "stopped");
  assert(logger.messages().includes("shutdown complete"));
});

Deno.test("a cell that is stopped while it starts again does not hold up the end of its host", async () => {
  await using dir = new TempDir();
  const spec = await dir.cell("a", await wat(cellWat()));
  const logger = new TestLogger();
  const host = await Host.start([spec], {
    logger,
    env: defaultEnv(),
    replaceable: true,
  });
  const next = await dir.cell("a", await wat(LOOPING), PATIENT);
  const replaced = assertRejects(() => host.replace([next]));
  await logger.logged("shutdown complete");
  await host.shutdown();
  await replaced;
  assertEquals(host.status()[0]?.state, "stopped");
});
