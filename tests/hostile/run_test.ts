import { assert, assertEquals, assertMatch } from "@std/assert";
import { ServedProcess } from "../../scripts/served_process.ts";
import { TempDir } from "../../src/testing/cell_folder.ts";
import { CATALOG } from "./catalog.ts";
import { LIMITS } from "../../src/limits.ts";
import type { Outcome } from "./hostile_case.ts";
import { assemble, prodder } from "./hostile_cell.ts";
import { hostileCell } from "./hostile_folder.ts";
import { expectedLines, isEnd, needsProdder, prodderOf } from "./hosted.ts";
import { HealthyAsker } from "./healthy_asker.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const TIMEOUT_MS = 200;
/**
 * Deadline of cells that are well until they stop: while others hold all
 * cores, an idle step of theirs must not be late before that.
 */
const STOP_TIMEOUT_MS = 3_000;
/** What the host itself may say of one cell. */
const HOST_RECORDS = 50;
/** After that a line counts as not written. */
const PATIENCE_MS = 60_000;

/** The outcomes of the cells that are hosted, by their names. */
const HOSTED = new Map<string, Outcome>();
const REFUSED = new Map<string, RegExp>();
for (const [name, hostile] of Object.entries(CATALOG)) {
  const outcome = hostile.run ?? hostile.outcome;
  if (typeof outcome === "string") continue;
  if ("refused" in outcome) REFUSED.set(name, outcome.refused);
  else HOSTED.set(name, outcome);
}

function command(dir: TempDir, cells: readonly string[]): string[] {
  return [
    `--allow-read=${ROOT},${dir.path}`,
    `--allow-write=${dir.path}`,
    "--allow-net=127.0.0.1",
    "main.ts",
    "run",
    "--listen=127.0.0.1:0",
    "--storage-root",
    dir.join("data"),
    "cells/notes",
    ...cells.map((name) => dir.join(name)),
  ];
}

Deno.test("run: a host survives all hostile cells at once, and a healthy one serves meanwhile", async () => {
  await using dir = new TempDir();
  const cells = await makeCells(dir);
  const awaited = [...HOSTED].flatMap(([name, outcome]) =>
    expectedLines(name, outcome, CATALOG[name]?.restarts ?? false)
  );
  const open = new Set(awaited.filter((line) => !line.atStop));
  await using host = await ServedProcess.start(command(dir, cells), ROOT);
  const asker = new HealthyAsker(`${host.url}/notes`);
  const patience = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => patience.resolve(false), PATIENCE_MS);
  const alive = await Promise.race([
    host.logged((line) => {
      for (const expected of open) {
        if (expected.matches(line)) open.delete(expected);
      }
      return open.size === 0;
    }),
    patience.promise,
  ]);
  clearTimeout(timer);
  const missing = [...open].map((line) => line.what);
  const asked = await asker.stop();
  const stopping = performance.now();
  const code = await host.stop();
  const stopMs = performance.now() - stopping;
  const log = await host.log();

  assertEquals(missing, [], log.slice(-8000));
  assert(alive, `the host ended by itself\n${log.slice(-4000)}`);
  assertEquals(asked.failures, []);
  assert(asked.answers > 100, `only ${asked.answers} answers`);
  assertEquals(code, 0);
  const lines = log.split("\n");
  for (const line of awaited.filter((line) => line.atStop)) {
    const about = lines.filter((text) => text.includes(line.about));
    assert(
      about.some((text) => line.matches(text)),
      `${line.what} in\n${about.join("\n")}`,
    );
  }
  for (const [name, outcome] of HOSTED) {
    if ("in" in outcome) continue;
    assertEquals(lines.filter((line) => isEnd(line, name)), []);
  }
  for (const name of HOSTED.keys()) {
    const records = lines.filter((line) =>
      line.includes(` cell=${name}`) || line.includes(` caller=${name}`)
    );
    // However late a busy machine is with its end: what it wrote lies between
    // the first line of all and its own last.
    const ms = timeOf(records.at(-1)) - timeOf(lines[0]);
    const seconds = Math.floor(ms / 1000) + 1;
    const most = seconds * (LIMITS.logRecords + 1) + HOST_RECORDS;
    assert(
      records.length <= most,
      `${records.length} records of ${name} in ${ms} ms`,
    );
  }
  assert(stopMs < 20_000, `took ${stopMs} ms to stop`);
  assertMatch(lines.at(-2) ?? "", / msg="pulp exit clean"$/);
  // What a guest writes stays within its record.
  for (const line of lines.slice(0, -1)) {
    assertMatch(line, /^time=(?!2026-01-01)\S+ level=\S+ msg=/);
  }
  assertMatch(log, / msg="pulp_call re-entered" .*circle_. -> circle_. -> /);
});

Deno.test("run: one module that can't be hosted, and nothing of the set starts", async (test) => {
  await using dir = new TempDir();
  for (const [name, words] of REFUSED) {
    await test.step(name, async () => {
      await hostileCell(dir, name, CATALOG[name]!, TIMEOUT_MS);
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-prompt", "--quiet", ...command(dir, [name])],
        cwd: ROOT,
        stdin: "null",
      }).output();
      const err = new TextDecoder().decode(stderr);
      assertEquals(code, 2, err);
      assertMatch(err, words);
      assert(!err.includes("cell ready"), err);
    });
  }
});

/** When a line of the log was written, in milliseconds. */
function timeOf(line: string | undefined): number {
  const ms = Date.parse(/^time=(\S+)/.exec(line ?? "")?.[1] ?? "");
  assert(!Number.isNaN(ms), `no time in ${line}`);
  return ms;
}

/** Makes the folders of all hosted cells, and of those that call them. */
async function makeCells(dir: TempDir): Promise<string[]> {
  const names: string[] = [];
  for (const [name, outcome] of HOSTED) {
    const hostile = CATALOG[name]!;
    const endsAtStop = "in" in outcome &&
      (outcome.in === "probe" || outcome.in === "shutdown");
    const restart = hostile.restarts === true ? "on_crash" : "never";
    await hostileCell(
      dir,
      name,
      hostile,
      endsAtStop ? STOP_TIMEOUT_MS : TIMEOUT_MS,
      `restart = "${restart}"`,
    );
    names.push(name);
    if (!needsProdder(outcome)) continue;
    await dir.cell(
      prodderOf(name),
      await assemble(prodder(name)),
      `consumes = ["${name}"]`,
    );
    names.push(prodderOf(name));
  }
  for (
    const [one, other] of [["circle_a", "circle_b"], [
      "circle_b",
      "circle_a",
    ]] as const
  ) {
    await hostileCell(dir, one, {
      manifest: `consumes = ["${other}"]`,
      outcome: { survives: true },
    }, TIMEOUT_MS);
    names.push(one);
  }
  return names;
}
