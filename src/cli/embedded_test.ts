import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { runEmbedded, runExecutable } from "./embedded.ts";
import { embeddedCommands } from "./embedded_commands.ts";
import type { EmbeddedCell, EmbeddedSet } from "./embedded_set.ts";
import { runCli } from "./run_cli.ts";
import { FakeIo, type FakeProcess } from "./testing/fake_io.ts";

const FOLDER = new URL("./testdata/", import.meta.url);

function cell(name: string, provides: readonly string[] = []): EmbeddedCell {
  return {
    name,
    version: "1.0.0",
    provides,
    manifest: `/inside/${name}/pulp.cell.toml`,
    wasm: `/inside/${name}/cell.wasm`,
    sha256: "0".repeat(64),
  };
}

function setOf(...cells: readonly EmbeddedCell[]): EmbeddedSet {
  return {
    program: "app",
    cells,
    extensions: [],
    flags: [],
    made: {
      manifests: cells.map(({ name }) => `cells/${name}`),
      output: "app",
      options: { "listen": ["127.0.0.1:7"], "storage-root": ["./kept"] },
    },
  };
}

const ONE = setOf(cell("hello", ["greet"]));
const TWO = setOf(cell("hello", ["greet"]), cell("notes"));

async function run(
  set: EmbeddedSet,
  argv: readonly string[],
  process: FakeProcess = {},
): Promise<{ code: number; out: string; err: string }> {
  const io = new FakeIo({ ...process, embedded: set });
  const code = await runEmbedded(argv, set, io);
  return { code, out: io.out, err: io.err };
}

/** What a command of the program gets of these operands. */
function given(
  set: EmbeddedSet,
  name: string,
  ...operands: readonly string[]
): readonly string[] | undefined {
  return embeddedCommands(set).find((it) => it.name === name)?.given(operands);
}

/** Compares with a golden file; `UPDATE_GOLDEN=1` writes it. */
async function golden(name: string, text: string): Promise<void> {
  const file = new URL(`${name}.txt`, FOLDER);
  if (Deno.env.get("UPDATE_GOLDEN") === "1") {
    await Deno.writeTextFile(file, text);
  }
  assertEquals(text, await Deno.readTextFile(file));
}

Deno.test("the help of an executable is the golden one", async () => {
  const help = await run(TWO, ["--help"]);
  assertEquals([help.code, help.err], [0, ""]);
  await golden("help_executable", help.out);
  assertEquals(await run(TWO, ["help"]), help);
  assertEquals(await run(TWO, ["nope", "-h"]), help);
});

Deno.test("the help of an executable's command is about its cells", async () => {
  const call = await run(TWO, ["call", "--help"]);
  assertEquals([call.code, call.err], [0, ""]);
  await golden("help_executable_call", call.out);
  assertEquals(await run(TWO, ["help", "call"]), call);
  const host = await run(ONE, ["--listen", "--help"]);
  await golden("help_executable_run", host.out);
});

Deno.test("an executable has the options of the program, without those that name cells", () => {
  const options = Object.fromEntries(
    embeddedCommands(TWO).map(({ name, options }) => [
      name,
      options.map((option) => option.name),
    ]),
  );
  assertEquals(options["run"], [
    "listen",
    "tls-cert",
    "tls-key",
    "storage-root",
    "ctl",
    "log-level",
    "log-format",
  ]);
  assertEquals(options["check"]?.includes("ext"), false);
  assertEquals(Object.keys(options), [
    "run",
    "call",
    "step",
    "check",
    "doctor",
    "ps",
    "stop",
  ]);
});

Deno.test("the values that an executable was made with are the defaults of its options", () => {
  const run = embeddedCommands(ONE).find(({ name }) => name === "run");
  const defaults = run?.options.map((it) => [it.name, it.default]);
  assertEquals(Object.fromEntries(defaults ?? []), {
    "listen": "127.0.0.1:7",
    "storage-root": "./kept",
    "tls-cert": undefined,
    "tls-key": undefined,
    "ctl": undefined,
    "log-level": "info",
    "log-format": undefined,
  });
});

Deno.test("an executable hosts and checks all of its cells", () => {
  const all = ["/inside/hello/pulp.cell.toml", "/inside/notes/pulp.cell.toml"];
  assertEquals(given(TWO, "run"), all);
  assertEquals(given(TWO, "check"), all);
});

Deno.test("where there is one cell, its name may be left out", () => {
  const [hello = ""] = given(ONE, "run") ?? [];
  const greet = [hello, "greet"];
  assertEquals(given(ONE, "call", "greet"), greet);
  assertEquals(given(ONE, "call", "greet", "{}"), [...greet, "{}"]);
  assertEquals(given(ONE, "call", "hello", "greet"), greet);
  assertEquals(given(ONE, "call", "hello", "greet", "{}"), [...greet, "{}"]);
  assertEquals(given(ONE, "step"), [hello]);
  assertEquals(given(ONE, "step", "hello"), [hello]);
  assertThrows(() => given(ONE, "call", "helo", "greet", "{}"), Error, "helo");
});

Deno.test("a function may have the name of the one cell", () => {
  const set = setOf(cell("hello", ["hello", "greet"]));
  const [hello = ""] = given(set, "run") ?? [];
  assertEquals(given(set, "call", "hello"), [hello, "hello"]);
  assertEquals(given(set, "call", "hello", "1"), [hello, "hello", "1"]);
  assertEquals(given(set, "call", "hello", "greet"), [hello, "greet"]);
  assertEquals(given(set, "call", "hello", "hello"), [hello, "hello"]);
});

Deno.test("where there are several cells, the name comes first", async () => {
  assertEquals(given(TWO, "call", "hello", "greet", "{}"), [
    "/inside/hello/pulp.cell.toml",
    "greet",
    "{}",
  ]);
  assertEquals(await run(TWO, ["call", "nots", "list"]), {
    code: 2,
    out: "",
    err: 'error: Unknown cell "nots" (did you mean "notes"?)\n' +
      "hint: app holds hello, notes\n",
  });
  const missing = await run(TWO, ["step"]);
  assertEquals(missing.code, 2);
  assertStringIncludes(missing.err, "<cell> is missing");
  assertStringIncludes(missing.err, 'see "app step --help"');
});

Deno.test("an executable says its cells and its version", async () => {
  const text = await run(TWO, ["-V"]);
  assertEquals([text.code, text.err], [0, ""]);
  assertStringIncludes(text.out, "hello 1.0.0\nnotes 1.0.0\npulp ");
  const json = JSON.parse((await run(TWO, ["--version", "--json"])).out);
  assertEquals(json.deno, "0.0.0");
  assertEquals(json.cells, [
    { name: "hello", version: "1.0.0" },
    { name: "notes", version: "1.0.0" },
  ]);
  const odd = { ...cell("hello"), version: "\x1b[2J\u202e1" };
  const { out } = await run(setOf(odd), ["-V"]);
  assertStringIncludes(out, "hello \\x1b[2J\\u202e1\n");
});

Deno.test("an executable refuses what it is not for, by name", async () => {
  const cases: readonly [argv: readonly string[], says: string][] = [
    [["compile", "x", "-o", "y"], "this is an executable that was compiled"],
    [["reload", "hello"], 'Cannot reload cell "hello": its module is inside'],
    [["inspect", "hello"], "an executable has commands for its cells"],
    [["help", "inspect"], 'Unknown command "inspect"'],
    [["cal"], 'Unknown command "cal" (did you mean "call"?)'],
    [["--lissten=x"], 'Unknown option "--lissten" for "run"'],
    [["run", "cells/hello"], 'Unexpected argument "cells/hello"'],
    [["--ext=x.ts"], 'Unknown option "--ext" for "run"'],
  ];
  for (const [argv, says] of cases) {
    const { code, out, err } = await run(ONE, argv);
    assertEquals([code, out], [2, ""], argv.join(" "));
    assertStringIncludes(err, says);
  }
});

Deno.test("an executable without a control socket says how to make one with it", async () => {
  const { code, err } = await run(ONE, ["ps"], { cwd: "/w" });
  assertEquals(code, 3);
  assertStringIncludes(err, "this executable was not given ");
  assertStringIncludes(
    err,
    "  pulp compile --listen=127.0.0.1:7 --storage-root=./kept " +
      "--ctl=./pulp.ctl --output=app --force cells/hello\n",
  );
});

Deno.test("the entry of executables can't be started by hand", async () => {
  for (const argv of [[], ["run", "cells/hello"], ["{}"], ["null"]]) {
    const io = new FakeIo();
    assertEquals(await runExecutable(argv, io, import.meta.url), 2);
    assertStringIncludes(io.err, "there is no set of cells");
  }
});

Deno.test("compile is refused in an executable that somebody else compiled", async () => {
  const io = new FakeIo({ standalone: true, granted: () => true });
  const argv = ["compile", "cells/hello", "-o", "app"];
  assertEquals(await runCli(argv, io), 2);
  assertEquals(
    io.err.split("\n")[0],
    "error: Cannot compile: this is an executable that was compiled",
  );
});

Deno.test("the title of an executable with many cells fits a line", async () => {
  const cells = Array.from(
    { length: 40 },
    (_, index) => cell(`cell${index}`),
  );
  const { out } = await run(setOf(...cells), ["-h"]);
  assertStringIncludes(out, "app - hosts 40 cells\n");
});
