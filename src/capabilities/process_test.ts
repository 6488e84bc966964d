import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { LIMITS } from "../limits.ts";
import { TempDir } from "../testing/cell_folder.ts";
import { process } from "./process.ts";
import { isThere, ProcessCell } from "./process/testing.ts";

/** Real programs that are everywhere but on Windows. */
const test = (name: string, run: (dir: TempDir) => Promise<void>): void =>
  Deno.test({
    name,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await using dir = new TempDir();
      await run(dir);
    },
  });

test("process_run starts a listed program and process_result hands its output over once", async (dir) => {
  await using cell = new ProcessCell(dir.path, { run: ["echo", "sh"] });
  const id = cell.run(["echo", "a b", "$HOME", "*"]);
  assert(id >= 100);
  assertEquals(cell.raw("process_pending"), 1);
  const { status, exitCode, stdout, stderr, error } = await cell.result(id);
  assertEquals(
    [status, exitCode, stdout, stderr, error],
    [1, 0, "a b $HOME *\n", "", undefined],
  );
  assertEquals(cell.ask(id).status, 4);
  assertEquals(cell.raw("process_pending"), 0);

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

test("an environment variable is passed when it is listed and loads no code", async (dir) => {
  await using cell = new ProcessCell(dir.path, {
    run: ["env", "/usr/bin/env"],
    env: ["LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "A", "PATH", "a=b"],
  });
  const run = (name: string, value = "x", program = "env"): number =>
    cell.run({ argv: [program], env: { [name]: value } });
  for (
    const name of [
      "B",
      "a",
      "",
      "a=b",
      "A\0",
      "LD_PRELOAD",
      "ld_preload",
      "LD_ANYTHING",
      "DYLD_INSERT_LIBRARIES",
      "PATH",
    ]
  ) assertEquals(run(name), 11, name);
  assertEquals(run("A", "x\0y"), 11);
  assertStringIncludes(
    cell.complaints()[0]!,
    'Cannot pass "B": the manifest does not list it | [permissions] env = ["B"]',
  );
  const found = cell.run({ argv: ["/usr/bin/env"], env: { PATH: "/nowhere" } });
  assertEquals((await cell.result(found)).stdout, "PATH=/nowhere\n");
});

test("a program that is not listed is refused, whatever it is called", async (dir) => {
  await Deno.mkdir(dir.join("fake", "bin"), { recursive: true });
  for (const path of ["echo", "bin/echo"]) {
    await Deno.writeTextFile(dir.join("fake", path), "#!/bin/sh\necho evil\n", {
      mode: 0o755,
    });
  }
  await using cell = new ProcessCell(dir.path, {
    run: ["echo", "./bin/echo", "bin/echo", "/bin/cat", ".", "..", ""],
  });
  for (
    const program of [
      "sh",
      "ECHO",
      "echo ",
      " echo",
      "echo\0",
      "echo -n",
      "./echo",
      "../fake/echo",
      "bin/echo",
      "./bin/echo",
      "/bin/echo",
      "/usr/bin/echo",
      "/usr/bin/../bin/echo",
      "//usr/bin/echo",
      dir.join("fake", "echo"),
      "/bin/../bin/cat",
      "/usr/bin/cat",
      ".",
      "..",
      "",
      "~/echo",
      "$SHELL",
      "*",
      "C:echo",
      "bin\\echo",
    ]
  ) assertEquals(cell.run([program]), 5, program);
  assertStringIncludes(
    cell.complaints()[0]!,
    'Cannot start "sh": the manifest does not list it | [permissions] run = ["sh"]',
  );
  assertEquals((await cell.output(["echo", "good"])).stdout, "good\n");
});

test("without the list nothing is started", async (dir) => {
  for (const permissions of [{}, { run: [] }]) {
    await using cell = new ProcessCell(dir.path, permissions);
    assertEquals(cell.run(["echo"]), 5);
    assertEquals(cell.run(["/bin/echo"]), 5);
  }
});

test("a bare name stands for a listed path that ends in it", async (dir) => {
  await Deno.writeTextFile(dir.join("echo"), "#!/bin/sh\necho mine\n", {
    mode: 0o755,
  });
  await using cell = new ProcessCell(dir.path, { run: [dir.join("echo")] });
  assertEquals((await cell.output(["echo"])).stdout, "mine\n");
  assertEquals((await cell.output([dir.join("echo")])).stdout, "mine\n");
  assertEquals(cell.run(["/bin/echo"]), 5);
});

test("a program starts in the cell's folder or below it", async (dir) => {
  await using cell = new ProcessCell(dir.join("data"), { run: ["pwd", "ln"] });
  const root = dir.join("data", "fake");
  assertEquals((await cell.output(["pwd"])).stdout, `${root}\n`);
  await Deno.mkdir(dir.join("data", "fake", "a", "b"), { recursive: true });
  await Deno.mkdir(dir.join("data", "fake2"));
  await Deno.writeTextFile(dir.join("data", "fake", "file"), "");
  for (const sub of [".", "./a", "a/b", "a/./b/", "a//b"]) {
    const { stdout } = await cell.output({ argv: ["pwd"], dir: sub });
    assert(stdout.startsWith(root), stdout);
  }
  await Deno.symlink(dir.path, dir.join("data", "fake", "out"));
  await Deno.symlink(
    dir.join("data", "fake2"),
    dir.join("data", "fake", "beside"),
  );
  await Deno.symlink("a", dir.join("data", "fake", "in"));
  for (
    const sub of [
      "/",
      "/tmp",
      root,
      "..",
      "../fake2",
      "a/../..",
      "a/..",
      "a\\..\\..",
      "out",
      "out/data",
      "beside",
      "file",
      "missing",
      "a\0b",
      "C:\\",
      "\\\\host\\share",
    ]
  ) assertEquals(cell.run({ argv: ["pwd"], dir: sub }), 6, sub);
  const { stdout } = await cell.output({ argv: ["pwd"], dir: "in" });
  assertEquals(stdout, `${root}/a\n`);
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
  assertEquals(cell.ask(id).status, 0);
  assertEquals(cell.raw("process_cancel", id), 0);
  const { status, exitCode, error } = await cell.result(id);
  assertEquals([status, exitCode, error], [2, -1, "it was cancelled"]);
  assertEquals(cell.raw("process_cancel", id), 1);
  assertEquals(cell.raw("process_cancel", 99), 1);
  assertEquals(cell.raw("process_cancel", -1), 1);

  const killed = await cell.output(["sh", "-c", "echo before; kill -9 $$"]);
  assertEquals(
    [killed.status, killed.exitCode, killed.stdout, killed.error],
    [1, -1, "before\n", undefined],
  );
});

test("what ignores the request to end is killed, and what it printed is there", async (dir) => {
  await using cell = new ProcessCell(dir.path, { run: ["sh"] });
  const script = 'trap "" TERM; echo $$; while :; do sleep 0.05; done';
  const { status, stdout } = await cell.output({
    argv: ["sh", "-c", script],
    timeout_ms: 200,
  });
  assertEquals(status, 2);
  assertEquals(isThere(Number(stdout)), false);
});

test("who holds the output open does not hold the result", async (dir) => {
  await using cell = new ProcessCell(dir.path, { run: ["sh"] });
  const began = performance.now();
  const { status, stdout } = await cell.output(
    ["sh", "-c", "sleep 30 & echo $!"],
  );
  assertEquals(status, 1);
  assert(performance.now() - began < 2 * LIMITS.processPipesMs);
  Deno.kill(Number(stdout), "SIGKILL");
});

test("programs that run are counted, for a cell and for all", async (dir) => {
  const capability = process();
  const permissions = { run: ["sleep"] };
  const argv = ["sleep", "60"];
  await using one = new ProcessCell(dir.path, permissions, { capability });
  for (let n = 0; n < LIMITS.processes; n++) assert(one.run(argv) >= 100);
  assertEquals(one.run(argv), 16);
  assertEquals(one.raw("process_pending"), LIMITS.processes);
  const endless = { argv, timeout_ms: 0xffff_ffff };
  for (let n = 0; n < LIMITS.processesEndless; n++) {
    assert(one.run(endless) >= 100);
  }
  assertEquals(one.run(endless), 16);
  assertEquals(one.raw("process_pending"), LIMITS.processes);

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
  const pidFile = dir.join("fake", "pid");
  const stubborn = 'trap "" TERM; echo $$ > pid; while :; do sleep 0.05; done';
  const ids = [cell.run(["sh", "-c", stubborn]), cell.run(["sleep", "60"])];
  let pid = "";
  while (!pid.endsWith("\n")) {
    pid = await Deno.readTextFile(pidFile).catch(() => "");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await cell[Symbol.asyncDispose]();
  assertEquals(isThere(Number(pid)), false);
  assertEquals(ids.map((id) => cell.ask(id).status), [4, 4]);
  assertEquals(cell.run(["sleep", "60"]), 4);
  assertEquals(cell.raw("process_pending"), 0);
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
  assertEquals(other.ask(id).status, 4);
  assertEquals(other.raw("process_cancel", id), 1);
  assertEquals(first.ask(id).status, 0);
  await first[Symbol.asyncDispose]();
  await using again = new ProcessCell(dir.path, permissions, { capability });
  assert(again.run(["echo"]) > id);
  assertEquals(again.ask(id).status, 4);
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
  const statuses = ids.map((id) => cell.ask(id).status);
  assertEquals(statuses.slice(0, 3), [4, 4, 2]);
  assertEquals(statuses.slice(2), Array(LIMITS.processResults).fill(2));
});

test("process functions refuse what is no request", async (dir) => {
  await using cell = new ProcessCell(dir.path, { run: ["echo"] });
  const size = cell.memory.bytes.length;
  assertEquals(cell.raw("process_run", 0, 0), 1);
  assertEquals(cell.raw("process_run", size - 1, 2), 2);
  assertEquals(cell.raw("process_run", -1, 5), 2);
  for (const bytes of [[0xc1], [0x90], [0x81], [0x80, 0x80]]) {
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
  for (const id of [0, 1, 99, 100, -1]) assertEquals(cell.ask(id).status, 4);
});

test("a result that can't be handed over stays", async (dir) => {
  await using cell = new ProcessCell(dir.path, { run: ["echo"] });
  const id = cell.run(["echo", "hi"]);
  const beyond = cell.memory.bytes.length;
  let status = 0;
  while (status === 0) {
    status = cell.raw("process_result", id, beyond, 4);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assertEquals(status, 1);
  assertEquals(cell.ask(id).stdout, "hi\n");
});

/** Runs `process/testing_programs.ts` with permissions of its own. */
async function narrowly(
  dir: TempDir,
  flags: readonly string[],
  order: object,
): Promise<{ answers: (number | string)[]; complaints: string[] }> {
  const program = new URL("./process/testing_programs.ts", import.meta.url);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--quiet",
      "--no-check",
      ...flags,
      program.href,
      JSON.stringify({ root: dir.path, ...order }),
    ],
    env: { NO_COLOR: "1" },
  }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  return JSON.parse(new TextDecoder().decode(stdout));
}

test("a program is started by a process of narrow permissions that has both keys", async (dir) => {
  const storage = [
    `--allow-read=${dir.join("fake")}`,
    `--allow-write=${dir.join("fake")}`,
  ];
  const { answers, complaints } = await narrowly(
    dir,
    ["--allow-run=echo,pwd,no-such-program", ...storage],
    {
      run: ["echo", "pwd", "sh", "/bin/cat", "no-such-program"],
      env: ["LD_PRELOAD", "A"],
      requests: [
        { argv: ["echo", "hi"], env: { A: "b" } },
        { argv: ["pwd"] },
        { argv: ["sh", "-c", "echo no"] },
        { argv: ["cat"] },
        { argv: ["echo"], env: { LD_PRELOAD: "/x.so" } },
        { argv: ["echo"], dir: ".." },
        { argv: ["env"] },
      ],
    },
  );
  assertEquals(answers, [
    "hi\n",
    `${dir.join("fake")}\n`,
    5,
    5,
    11,
    6,
    5,
  ]);
  assertEquals(
    complaints[0],
    'Cannot start "sh": Deno does not grant it | run with --allow-run=sh',
  );
});

test("a program needs the keys of the manifest, of Deno, and to its folder", async (dir) => {
  const requests = [{ argv: ["echo", "hi"] }];
  const start = async (
    flags: readonly string[],
    run?: readonly string[],
  ): Promise<unknown> =>
    (await narrowly(dir, flags, { requests, ...run && { run } })).answers[0];
  const storage = [`--allow-read=${dir.path}`, `--allow-write=${dir.path}`];
  assertEquals(await start([...storage, "--allow-run"], ["echo"]), "hi\n");
  assertEquals(await start([...storage, "--allow-run"]), 5);
  assertEquals(await start(storage, ["echo"]), 5);
  assertEquals(
    await start([...storage, "--allow-run", "--deny-run=echo"], ["echo"]),
    5,
  );
  assertEquals(await start(["--allow-run"], ["echo"]), 6);
});
