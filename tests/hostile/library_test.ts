import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { messageToJson } from "../../src/abi/json.ts";
import {
  builtinRegistry,
  type Cell,
  defaultEnv,
  load,
  PulpError,
} from "../../src/mod.ts";
import { TempDir } from "../../src/testing/cell_folder.ts";
import { CATALOG } from "./catalog.ts";
import {
  type Entry,
  type Failure,
  type HostileCase,
  type Outcome,
} from "./hostile_case.ts";
import { moduleNames } from "./hostile_cell.ts";
import { hostileCell } from "./hostile_folder.ts";

const TIMEOUT_MS = 100;
/** That a deadline holds is shown here; how exactly, in src/cell/deadline_test.ts. */
const SLACK_MS = 2_000;
/** Codes with which the instance is gone. */
const FINAL = new Set(["deadline", "trap", "exit", "init"]);

Deno.test("every hostile module has an expected outcome, and every outcome a module", () => {
  const sets = ["circle_a", "circle_b"];
  assertEquals(
    [...Object.keys(CATALOG), ...sets].sort(),
    moduleNames(),
  );
});

for (const [name, hostile] of Object.entries(CATALOG)) {
  const outcome = hostile.library ?? hostile.outcome;
  Deno.test({
    name: `library: ${name}`,
    ignore: typeof outcome === "string",
    fn: () => tryLibrary(name, hostile, outcome as Outcome),
  });
  // What is refused is not run, and who has capabilities has others.
  if (typeof outcome === "string" || "refused" in outcome) continue;
  if (/capabilities|permissions/.test(hostile.manifest ?? "")) continue;
  Deno.test({
    name: `library, may wait: ${name}`,
    ignore: hostile.waiting !== undefined,
    fn: () => tryLibrary(name, hostile, outcome, true),
  });
}

Deno.test("library: nothing of a guest runs after its shutdown, nor after its close", async () => {
  await using dir = new TempDir();
  const name = "host_calls_in_shutdown";
  const spec = await hostileCell(dir, name, CATALOG[name]!, TIMEOUT_MS);
  await using cell = await load(spec, { registry: builtinRegistry() });
  await cell.init();
  await cell.shutdown();
  const uses = (): Promise<unknown>[] => [
    cell.init(),
    cell.step(),
    cell.call("go"),
    cell.shutdown(),
    cell.probeLastCall(),
  ];
  const codes = async (): Promise<unknown[]> =>
    (await Promise.allSettled(uses())).map((use) =>
      use.status === "rejected" ? (use.reason as PulpError).code : "ran"
    );
  const closed = Array.from({ length: 5 }, () => "closed");
  assertEquals(await codes(), closed);
  await cell.close();
  assertEquals(await codes(), closed);
});

async function tryLibrary(
  name: string,
  hostile: HostileCase,
  outcome: Outcome,
  waits = false,
): Promise<void> {
  await using dir = new TempDir();
  const spec = await hostileCell(dir, name, hostile, TIMEOUT_MS, "", waits);
  const env = defaultEnv({
    storageRoot: dir.join("data"),
    listen: "127.0.0.1:0",
  });
  // Listeners and connections are its own.
  await using registries = new AsyncDisposableStack();
  const open = (): Promise<Cell> => {
    const registry = builtinRegistry();
    registries.defer(() => registry.teardown());
    return load(spec, { registry, env });
  };
  if ("refused" in outcome) {
    const error = await assertRejects(open, PulpError);
    assertEquals(error.code, "module");
    assertMatch(error.message, outcome.refused);
  } else if ("in" in outcome) {
    const entries: Entry[] = outcome.in === "attack"
      ? ["step", "call"]
      : [outcome.in];
    for (const entry of entries) {
      await failsIn(entry, outcome, open, hostile.lateMs ?? TIMEOUT_MS);
    }
  } else {
    await using cell = await open();
    await cell.init();
    const stepped = await cell.step();
    const answer = await cell.call("go");
    if ("returns" in outcome) {
      assertEquals(stepped, outcome.returns);
      assertEquals(messageToJson(answer), `${outcome.returns}`);
    } else if ("answers" in outcome) {
      const text = answer.length === 0 ? "" : messageToJson(answer);
      assertEquals(text, outcome.answers);
    }
    await cell.shutdown();
  }
  await assertContained(dir, name);
}

async function failsIn(
  entry: Entry,
  outcome: Failure,
  open: () => Promise<Cell>,
  timeoutMs: number,
): Promise<void> {
  if (entry === "load") return await expectFailure(open, outcome, timeoutMs);
  await using cell = await open();
  if (entry !== "init") await cell.init();
  const use: Record<Exclude<Entry, "load" | "attack">, () => Promise<unknown>> =
    {
      init: () => cell.init(),
      step: () => cell.step(),
      call: () => cell.call("go"),
      probe: () => cell.probeLastCall(),
      shutdown: () => cell.shutdown(),
    };
  await expectFailure(use[entry as keyof typeof use], outcome, timeoutMs);
  if (!FINAL.has(outcome.code)) return assertEquals(cell.ended, undefined);
  assertEquals(cell.ended?.code, outcome.code);
  const again = await assertRejects(() => cell.step(), PulpError);
  assertEquals(again.code, outcome.code);
}

async function expectFailure(
  use: () => Promise<unknown>,
  { code, says }: Failure,
  timeoutMs: number,
): Promise<void> {
  const start = performance.now();
  const error = await assertRejects(use, PulpError);
  const tookMs = performance.now() - start;
  assertEquals(error.code, code, error.message);
  if (says !== undefined) assertMatch(error.message, says);
  if (code !== "deadline") return;
  assertStringIncludes(error.message, `call_timeout_ms = ${timeoutMs}`);
  assert(tookMs < timeoutMs * 1.2 + SLACK_MS, `took ${tookMs} ms`);
}

/** Nothing was written but the cell's own database. */
async function assertContained(dir: TempDir, name: string): Promise<void> {
  const top = [...Deno.readDirSync(dir.path)].map((entry) => entry.name);
  assertEquals(top.filter((it) => it !== "data" && it !== name), []);
  const data = await Array.fromAsync(entriesOf(dir.join("data")));
  assertEquals(data.filter((it) => it !== name), []);
}

async function* entriesOf(path: string): AsyncGenerator<string> {
  try {
    for await (const entry of Deno.readDir(path)) yield entry.name;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
