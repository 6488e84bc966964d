import { assert, assertEquals, assertMatch } from "@std/assert";
import { EXIT } from "../../src/errors.ts";
import { TempDir } from "../../src/testing/cell_folder.ts";
import { CATALOG } from "./catalog.ts";
import { isLate, type Outcome } from "./hostile_case.ts";
import { hostileCell } from "./hostile_folder.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const TIMEOUT_MS = 100;
/** Processes at a time. */
const AT_ONCE = 3;
/** After that a process counts as hung. */
const HUNG_MS = 30_000;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly tookMs: number;
}

/** The outcome of a case on the command line, or why it is not tried. */
function expected(name: string): Outcome | string {
  const hostile = CATALOG[name]!;
  return hostile.cli ?? hostile.outcome;
}

Deno.test("call: hostile cells end the program with a code and words, or not at all", async (test) => {
  await using dir = new TempDir();
  const names = Object.keys(CATALOG);
  const ended = new Map<string, Ended>();
  const left = names.filter((name) => typeof expected(name) !== "string");
  const work = async (): Promise<void> => {
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      ended.set(name, await runOnce(dir, name, expected(name) as Outcome));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  for (const name of names) {
    const outcome = expected(name);
    await test.step({
      name,
      ignore: typeof outcome === "string",
      fn: () => check(name, outcome as Outcome, ended.get(name)!),
    });
  }
  assertEquals(
    [...Deno.readDirSync(dir.join("data"))].map((it) => it.name).filter((it) =>
      !names.includes(it)
    ),
    [],
  );
});

async function runOnce(
  dir: TempDir,
  name: string,
  outcome: Outcome,
): Promise<Ended> {
  await hostileCell(dir, name, CATALOG[name]!, TIMEOUT_MS);
  const steps = "in" in outcome && outcome.in === "step";
  const start = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--quiet",
      `--allow-read=${ROOT},${dir.path}`,
      `--allow-write=${dir.join("data")}`,
      "--allow-net=127.0.0.1",
      "main.ts",
      ...steps ? ["step", dir.join(name)] : ["call", dir.join(name), "go"],
      "--listen=127.0.0.1:0",
      "--storage-root",
      dir.join("data"),
    ],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), HUNG_MS);
  const { code, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const tookMs = performance.now() - start;
  const decoder = new TextDecoder();
  return {
    code,
    out: decoder.decode(stdout),
    err: decoder.decode(stderr),
    tookMs,
  };
}

function check(name: string, outcome: Outcome, ended: Ended): void {
  const { code, out, err, tookMs } = ended;
  assert(tookMs < HUNG_MS, `hung; ${err.slice(0, 2000)}`);
  const shown = err.slice(-2000);
  if ("refused" in outcome) {
    assertEquals(code, EXIT.usage, shown);
    assertMatch(err, outcome.refused);
    assertEquals(out, "");
  } else if ("in" in outcome && outcome.in !== "probe") {
    const late = isLate({ outcome });
    assertEquals(code, late ? EXIT.deadline : EXIT.cell, shown);
    assertMatch(err, /^error: Cannot /m);
    if (late) assertMatch(err, /call_timeout_ms = \d+/);
    if (outcome.says !== undefined) assertMatch(err, outcome.says);
  } else {
    assertEquals(code, EXIT.ok, shown);
    if ("returns" in outcome) assertEquals(out, `${outcome.returns}\n`);
    if ("answers" in outcome) {
      assertEquals(out, outcome.answers === "" ? "" : `${outcome.answers}\n`);
    }
  }
  // No guest gets a stack trace or an uncaught error out of the host.
  assert(!/Uncaught|^ +at .*\.ts:\d+/m.test(err), `${name}: ${shown}`);
}
