import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { TempDir } from "../testing/cell_folder.ts";
import { TEMPLATES } from "./new_cell/templates.ts";
import { runCli } from "./run_cli.ts";
import { FakeIo, type FakeProcess } from "./testing/fake_io.ts";

const FOLDER = new URL("./testdata/", import.meta.url);

/** Compares with a golden file; `UPDATE_GOLDEN=1` writes it. */
async function golden(name: string, text: string): Promise<void> {
  const file = new URL(name, FOLDER);
  if (Deno.env.get("UPDATE_GOLDEN") === "1") {
    await Deno.writeTextFile(file, text);
  }
  assertEquals(text, await Deno.readTextFile(file));
}

/** Runs `new` with everything granted. */
async function runNew(
  argv: readonly string[],
  process: FakeProcess,
): Promise<{ code: number; out: string; err: string }> {
  const io = new FakeIo({ granted: () => true, ...process });
  const code = await runCli(["new", ...argv], io);
  assertEquals(io.listeners, 0);
  return { code, out: io.out, err: io.err };
}

Deno.test("new says what it made, and the files are the golden ones", async () => {
  await using dir = new TempDir();
  const capabilities = [
    "storage.sqlite",
    "transport.http.inbound",
    "transport.http.outbound",
  ].join(",");
  const { code, out, err } = await runNew(
    ["hits", "--lang=go", `--capabilities=${capabilities}`],
    { cwd: dir.path },
  );
  assertEquals([code, err], [0, ""]);
  const source = new URL("../", import.meta.url).pathname.slice(0, -1);
  let text = `$ pulp new hits\n${out}`;
  for (
    const name of [
      "pulp.cell.toml",
      "deno.json",
      "README.md",
      ".gitignore",
      "cell_test.ts",
      "main.go",
    ]
  ) {
    const content = await Deno.readTextFile(dir.join("hits", name));
    const stable = content.replaceAll(source, "/here/src")
      .replaceAll(dir.path, "/there");
    text += `\n--- ${name}\n${stable}`;
  }
  await golden("new_go.txt", text);
});

Deno.test("new says where to go from other folders", async () => {
  await using dir = new TempDir();
  await Deno.mkdir(dir.join("a b"));
  const here = await runNew([".", "--lang=wat", "--name=x"], {
    cwd: dir.join("a b"),
  });
  assertEquals(here.code, 0, here.err);
  assertStringIncludes(here.out, "\n  pulp.cell.toml\n");
  assertStringIncludes(here.out, "\n\n  deno task test\n");
  const cwd = dir.join("a b");
  const below = await runNew(["it's new/", "--lang=c", "--name=y"], {
    cwd: dir.path,
  });
  assertStringIncludes(below.out, "\n  cd 'it'\\''s new'\n");
  assertStringIncludes(below.out, " It takes clang and wasm-ld.\n");
  const elsewhere = await runNew([`${dir.path}/z`, "--lang=wat"], { cwd });
  assertStringIncludes(elsewhere.out, `\n  cd ${dir.path}/z\n`);
});

Deno.test("new asks on a terminal without flags, and only there", async () => {
  await using dir = new TempDir();
  const cwd = dir.path;
  const asked = await runNew(["hello"], {
    cwd,
    isTerminal: true,
    stdin: "\nwat\nstorage.fs\n",
  });
  assertEquals(asked.code, 0, asked.err);
  await golden("new_questions.txt", asked.err);
  assertStringIncludes(asked.out, 'Made the cell "hello" in WebAssembly text');
  const manifest = await Deno.readTextFile(dir.join("hello/pulp.cell.toml"));
  assertStringIncludes(manifest, 'capabilities = ["storage.fs"]');
  const cases: readonly (readonly [string[], boolean])[] = [
    [["x"], false],
    [["x", "--name=x"], true],
    [["x", "--capabilities=log.write"], true],
  ];
  for (const [argv, isTerminal] of cases) {
    const { code, err } = await runNew(argv, { cwd, isTerminal, stdin: "\n" });
    assertEquals(code, 2);
    assertMatch(err, /^error: Cannot make a cell: --lang is missing\nhint: /);
  }
  const flags = await runNew(["y", "--lang=wat"], { cwd, isTerminal: true });
  assertEquals([flags.code, flags.err], [0, ""]);
  const ended = await runNew(["z"], { cwd, isTerminal: true });
  assertEquals(ended.code, 2);
  assertStringIncludes(ended.err, "standard input has ended");
  assertEquals((await Array.fromAsync(Deno.readDir(cwd))).length, 2);
});

Deno.test("new refuses what is wrong with a command line before anything is made", async () => {
  await using dir = new TempDir();
  await Deno.writeTextFile(dir.join("file"), "");
  const cases: readonly (readonly [argv: string[], says: string])[] = [
    [[], "<folder> is missing"],
    [["", "--lang=c"], "the path is blank"],
    [["a", "--lang=wta"], '(did you mean "wat"?)'],
    [["a", "--lagn=c"], '(did you mean "--lang"?)'],
    [["a", "--lang=c", "--capabilities=http"], '"transport.http.inbound" or '],
    [["My Cell", "--lang=c"], "hint: --name my-cell"],
    [["a", "--lang=c", "--name=a/b"], "hint: --name a-b"],
    [["/", "--lang=c"], "hint: --name cell"],
    [["a", "b", "--lang=c"], 'Unexpected argument "b"'],
    [["file", "--lang=c"], "it is there, and no folder"],
    [[".", "--lang=c", "--name=x"], 'the folder holds "file"'],
    [["file/a", "--lang=c"], "is no folder"],
    [["no/a", "--lang=c"], "is no folder"],
  ];
  for (const [argv, says] of cases) {
    const { code, out, err } = await runNew(argv, { cwd: dir.path });
    assertEquals([code, out], [2, ""], argv.join(" "));
    assertStringIncludes(err, says);
  }
  const left = await Array.fromAsync(Deno.readDir(dir.path));
  assertEquals(left.map(({ name }) => name), ["file"]);
});

Deno.test("new names the permissions that are missing before it asks anything", async () => {
  const granted: FakeProcess["granted"] = ({ name }) => name === "read";
  const { code, out, err } = await runNew(["hello"], {
    cwd: "/nowhere",
    isTerminal: true,
    granted,
  });
  assertEquals([code, out], [3, ""]);
  assertEquals(
    err,
    'error: Cannot make a cell in "hello": Deno was not given --allow-write=hello\n' +
      "\nRun it with what it needs, and no more:\n\n" +
      `  deno run --no-prompt --allow-read=${TEMPLATES},hello --allow-write=hello /here/main.ts new hello\n`,
  );
});
