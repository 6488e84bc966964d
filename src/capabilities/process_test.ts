import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { LIMITS } from "../limits.ts";
import { until } from "../testing/until.ts";
import { process } from "./process.ts";
import {
  isThere,
  pidIn,
  ProcessCell,
  testPrograms as test,
} from "./process/testing/process_cell.ts";

test("process_run starts a listed program and process_result hands its output over once", async (dir) => {
  await using cell = new ProcessCell(dir.path, { run: ["echo", "sh"] });
  const id = cell.run(["echo", "a b", "$HOME", "*"]);
  assert(id >= 100);
  assertEquals(await cell.raw("process_pending"), 1);
  const { status, exitCode, stdout, stderr, error } = await cell.result(id);
  assertEquals(
    [status, exitCode, stdout, stderr, error],
    [1, 0, "a b $HOME *\n", "", undefined],
  );
  assertEquals((await cell.ask(id)).status, 4);
  assertEquals(await cell.raw("process_pending"), 0);

  const other = await cell.output([
    "sh",
    "-c",
    "echo out; echo err >&2; exit 7",
  ]);
  assertEquals(
    [other.status, other.exitCode, other.stdout, other.stderr],
    [1, 7, "out\n", "err\n"],
  );
});

test("a program gets no input and no environment but what is passed", async (dir) => {
  await using cell = new ProcessCell(dir.path, {
    run: ["cat", "env"],
    env: ["GREETING", "EMPTY", "PATH"],
  });
  assertEquals((await cell.output(["cat"])).stdout, "");
  assertEquals((await cell.output(["env"])).stdout, "");
  const { stdout } = await cell.output({
    argv: ["env"],
    env: { GREETING: "hi there", EMPTY: "" },
  });
  assertEquals(stdout.trim().split("\n").sort(), [
    "EMPTY=",
    "GREETING=hi there",
  ]);
});

test("a program that can't be started has a result that says so, and no path of the host", async (dir) => {
  await Deno.writeTextFile(dir.join("plain"), "not a program");
  await using cell = new ProcessCell(dir.path, {
    run: [dir.join("missing"), dir.join("plain"), "echo", "no-such-program"],
  });
  for (
    const [argv, why] of [
      [["missing"], "it is not there"],
      [["plain"], "the system does not let it run"],
      [["echo", "a\0b"], "an argument holds a NUL"],
      [["no-such-program"], "it is not there"],
    ] as const
  ) {
    const { status, exitCode, error } = await cell.output(argv);
    assertEquals([status, exitCode], [2, -1], argv[0]);
    assertEquals(error, `it can't be started: ${why}`);
  }
  assertStringIncludes(cell.complaints()[0]!, dir.join("missing"));
});

test("a program that is late, cancelled or killed", async (dir) => {
  await using cell = new ProcessCell(dir.path, { run: ["sleep", "sh"] });
  const late = await cell.output({ argv: ["sleep", "60"], timeout_ms: 20 });
  assertEquals(
    [late.status, late.exitCode, late.error],
    [2, -1, "it ran longer than 20 ms"],
  );

  const id = cell.run(["sleep", "60"]);
  assertEquals((await cell.ask(id)).status, 0);
  assertEquals(await cell.raw("process_cancel", id), 0);
  const { status, exitCode, error } = await cell.result(id);
  assertEquals([status, exitCode, error], [2, -1, "it was cancelled"]);
  assertEquals(await cell.raw("process_cancel", id), 1);
  assertEquals(await cell.raw("process_cancel", 99), 1);
  assertEquals(await cell.raw("process_cancel", -1), 1);

  const killed = await cell.output(["sh", "-c", "echo before; kill -9 $$"]);
  assertEquals(
    [killed.status, killed.exitCode, killed.stdout, killed.error],
    [1, -1, "before\n", undefined],
  );
});

test("what ignores the request to end is killed, and what it printed is there", async (dir) => {
  await using cell = new ProcessCell(dir.path, { run: ["sh"] });
  const script =
    'trap "" TERM; echo $$; echo $$ > pid; while :; do sleep 0.05; done';
  const id = cell.run(["sh", "-c", script]);
  // From here on it ignores the request, and has printed.
  const pid = await pidIn(dir.join("fake", "pid"));
  assertEquals(isThere(pid), true);
  assertEquals(await cell.raw("process_cancel", id), 0);
  const { status, stdout } = await cell.result(id);
  assertEquals([status, stdout], [2, `${pid}\n`]);
  assertEquals(isThere(pid), false);
});

test("who holds the output open does not hold the result", async (dir) => {
  await using cell = new ProcessCell(dir.path, { run: ["sh"] });
  const began = performance.now();
  const { status, stdout } = await cell.output(
    ["sh", "-c", "sleep 30 & echo $!"],
  );
  assertEquals(status, 1);
  assert(performance.now() - began < 2 * LIMITS.processPipesMs);
  const pid = Number(stdout);
  assert(isThere(pid));
  Deno.kill(pid, "SIGKILL");
});

test("programs that run are counted, for a cell and for all", async (dir) => {
  const capability = process();
  const permissions = { run: ["sleep"] };
  const argv = ["sleep", "60"];
  await using one = new ProcessCell(dir.path, permissions, { capability });
  for (let n = 0; n < LIMITS.processes; n++) assert(one.run(argv) >= 100);
  assertEquals(one.run(argv), 16);
  assertEquals(await one.raw("process_pending"), LIMITS.processes);
  const endless = { argv, timeout_ms: 0xffff_ffff };
  for (let n = 0; n < LIMITS.processesEndless; n++) {
    assert(one.run(endless) >= 100);
  }
  assertEquals(one.run(endless), 16);
  assertEquals(await one.raw("process_pending"), LIMITS.processes);

  await using two = new ProcessCell(dir.path, permissions, {
    capability,
    name: "two",
  });
  await using three = new ProcessCell(dir.path, permissions, {
    capability,
    name: "three",
  });
  for (let n = 0; n < LIMITS.processes; n++) {
    assert(two.run(argv) >= 100);
    assert(three.run(argv) >= 100);
  }
  const four = new ProcessCell(dir.path, permissions, {
    capability,
    name: "four",
  });
  assertEquals(four.run(argv), 17);
  await two[Symbol.asyncDispose]();
  assert(four.run(argv) >= 100);
  await four[Symbol.asyncDispose]();
});

test("a cell that ends takes its programs with it", async (dir) => {
  const cell = new ProcessCell(dir.path, { run: ["sh", "sleep"] });
  const stubborn = 'trap "" TERM; echo $$ > pid; while :; do sleep 0.05; done';
  const ids = [cell.run(["sh", "-c", stubborn]), cell.run(["sleep", "60"])];
  const pid = await pidIn(dir.join("fake", "pid"));
  await cell[Symbol.asyncDispose]();
  assertEquals(isThere(pid), false);
  assertEquals(await statusesOf(cell, ids), [4, 4]);
  assertEquals(cell.run(["sleep", "60"]), 4);
  assertEquals(await cell.raw("process_pending"), 0);
});

test("a cell never gets at another cell's programs, nor at those of its earlier life", async (dir) => {
  const capability = process();
  const permissions = { run: ["echo", "sleep"] };
  const first = new ProcessCell(dir.path, permissions, { capability });
  await using other = new ProcessCell(dir.path, permissions, {
    capability,
    name: "other",
  });
  const id = first.run(["sleep", "60"]);
  assertEquals((await other.ask(id)).status, 4);
  assertEquals(await other.raw("process_cancel", id), 1);
  assertEquals((await first.ask(id)).status, 0);
  await first[Symbol.asyncDispose]();
  await using again = new ProcessCell(dir.path, permissions, { capability });
  assert(again.run(["echo"]) > id);
  assertEquals((await again.ask(id)).status, 4);
});

test("output is cut at the limit, and the program goes on", async (dir) => {
  await using cell = new ProcessCell(dir.path, { run: ["sh"] });
  const much = LIMITS.processOutputBytes + 100_000;
  const { status, exitCode, bytes, stderr } = await cell.output(
    ["sh", "-c", `head -c ${much} /dev/zero; echo done >&2; exit 3`],
  );
  assertEquals([status, exitCode, stderr], [1, 3, "done\n"]);
  assertEquals(bytes.length, LIMITS.processOutputBytes);
  assertEquals(cell.records.map(({ message }) => message), [
    "process output cut",
  ]);
});

test("results that nobody reads give way to later ones", async (dir) => {
  await using cell = new ProcessCell(dir.path, { run: ["/nowhere/program"] });
  const ids = Array.from(
    { length: LIMITS.processResults + 2 },
    () => cell.run(["program"]),
  );
  const statuses = await statusesOf(cell, ids);
  assertEquals(statuses.slice(0, 3), [4, 4, 2]);
  assertEquals(statuses.slice(2), Array(LIMITS.processResults).fill(2));
});

test("process functions refuse what is no request", async (dir) => {
  await using cell = new ProcessCell(dir.path, { run: ["echo"] });
  const size = cell.memory.bytes.length;
  assertEquals(await cell.raw("process_run", 0, 0), 1);
  assertEquals(await cell.raw("process_run", size - 1, 2), 2);
  assertEquals(await cell.raw("process_run", -1, 5), 2);
  for (const bytes of [[0xc1], [0x90], [0x81], [0x90, 0x80]]) {
    assertEquals(cell.bytes(Uint8Array.from(bytes)), 3);
  }
  for (
    const request of [
      { argv: "echo" },
      { argv: [1] },
      { argv: ["echo"], env: ["A"] },
      { argv: ["echo"], timeout_ms: -1 },
      { argv: ["echo"], timeout_ms: 1.5 },
      { argv: ["echo"], dir: 1 },
    ]
  ) assertEquals(cell.run(request), 3);
  assertEquals(cell.run({}), 4);
  assertEquals(cell.run({ argv: [] }), 4);
  assertEquals(
    cell.run(["echo", "x".repeat(LIMITS.processRequestBytes)]),
    4,
  );
  for (const id of [0, 1, 99, 100, -1]) {
    assertEquals((await cell.ask(id)).status, 4);
  }
});

test("a result that can't be handed over stays", async (dir) => {
  await using cell = new ProcessCell(dir.path, { run: ["echo"] });
  const id = cell.run(["echo", "hi"]);
  const beyond = cell.memory.bytes.length;
  const status = await until(
    "the end of the program",
    async () => await cell.raw("process_result", id, beyond, 4) || undefined,
  );
  assertEquals(status, 1);
  assertEquals((await cell.ask(id)).stdout, "hi\n");
});

/** One after the other, as a guest asks. */
async function statusesOf(
  cell: ProcessCell,
  ids: readonly number[],
): Promise<number[]> {
  const statuses: number[] = [];
  for (const id of ids) statuses.push((await cell.ask(id)).status);
  return statuses;
}
