import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { TempDir } from "../../testing/cell_folder.ts";
import { ProcessCell, testPrograms as test } from "./testing/process_cell.ts";

test("an environment variable is passed unless it loads other code", async (dir) => {
  await using cell = new ProcessCell(dir.path, {
    run: ["env", "/usr/bin/env"],
    env: ["LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "A", "PATH", "a=b"],
  });
  const run = (name: string, value = "x", program = "env"): number =>
    cell.run({ argv: [program], env: { [name]: value } });
  for (
    const name of [
      "",
      "a=b",
      "A\0",
      "LD_PRELOAD",
      "ld_preload",
      "LD_ANYTHING",
      "DYLD_INSERT_LIBRARIES",
      "GCONV_PATH",
      "BASH_ENV",
      "ENV",
      "NODE_OPTIONS",
      "PYTHONPATH",
      "PERL5OPT",
      "git_ssh",
      "PATH",
    ]
  ) assertEquals(run(name), 11, name);
  assertEquals(run("A", "x\0y"), 11);
  assertStringIncludes(
    cell.complaints()[0]!,
    'Cannot pass "": it is no environment variable',
  );
  for (
    const name of ["LANG", "HOME", "ENVIRONMENT", "NODE_ENV", "GIT_AUTHOR_NAME"]
  ) {
    const { stdout } = await cell.result(run(name));
    assertEquals(stdout, `${name}=x\n`);
  }
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

/** Runs `testing/programs.ts` with permissions of its own. */
async function narrowly(
  dir: TempDir,
  flags: readonly string[],
  order: object,
): Promise<{ answers: (number | string)[]; complaints: string[] }> {
  const program = new URL("./testing/programs.ts", import.meta.url);
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
