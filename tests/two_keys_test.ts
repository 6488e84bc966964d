import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { TempDir } from "../src/testing/cell_folder.ts";
import { cellWat, wat } from "../src/testing/wat.ts";
import { writeCell, writeGuest } from "./guests/build.ts";
import { assertClean } from "./support/bad_input.ts";
import { HostProcess } from "./support/host_process.ts";
import { printedArgs, shortened } from "./support/printed_line.ts";
import { inPairs, pulp, ROOT, runProcess } from "./support/pulp.ts";

/** What is started, and which rows its table has. */
interface Started {
  readonly cell: string;
  readonly argv: (storage: string) => readonly string[];
  readonly rows: readonly RegExp[];
}

const STARTS: readonly Started[] = [
  {
    cell: "hello",
    argv: () => ["run", "cells/hello/pulp.cell.toml"],
    rows: [/^ {2}module .*missing .*--allow-read=cells\/hello\/cell\.wasm$/m],
  },
  {
    cell: "notes",
    argv: (storage) => [
      "run",
      "cells/notes",
      "--listen=127.0.0.1:0",
      `--storage-root=${storage}`,
    ],
    rows: [
      /^ {2}storage\.sqlite +line 3 +missing +--allow-read=\S+ --allow-write=\S+$/m,
      /^ {2}transport\.http\.inbound +line 3 +missing +--allow-net=127\.0\.0\.1:0$/m,
    ],
  },
  {
    cell: "relay",
    argv: () => ["run", "--listen=127.0.0.1:0", "cells/relay/pulp.cell.toml"],
    rows: [
      /^ {2}module +- +missing +--allow-read=cells\/relay\/cell\.wasm$/m,
      /^ {2}transport\.http\.outbound +line \d+ +missing +--allow-net=example\.com:443$/m,
    ],
  },
];

for (const { cell, argv, rows } of STARTS) {
  Deno.test(`a start of ${cell} without flags leads to one that works`, async () => {
    await using dir = new TempDir();
    // First the manifest may be read, which says what else is needed.
    const first = await pulp(argv(dir.path));
    assertEquals([first.code, first.out], [3, ""]);
    assertMatch(first.err, /^error: Cannot read the manifests: Deno was not /);
    const second = await runDeno(await printedArgs(first.err));
    assertEquals([second.code, second.out], [3, ""]);
    assertClean(second);
    assertStringIncludes(
      second.err,
      `error: Cannot start cell "${cell}": Deno does not grant what is declared\n\n` +
        "  capability ",
    );
    assertMatch(
      second.err,
      /^ {2}capability +manifest +Deno +missing flag$/m,
    );
    for (const row of rows) assertMatch(second.err, row);
    const line = await printedArgs(second.err);
    await using host = new HostProcess(line);
    await host.ready(cell);
    assertEquals(await host.stop(), 0);
    const checked = await runDeno(asCheck(line));
    assertEquals([checked.code, checked.err], [0, ""]);
  });

  Deno.test(`a start of ${cell} is refused for each flag that is taken away`, async (t) => {
    await using dir = new TempDir();
    const allow = [`read=cells/${cell}/pulp.cell.toml`];
    const refused = await pulp(argv(dir.path), { allow });
    const whole = await printedArgs(refused.err);
    const lines = shortened(whole);
    assert(lines.length >= 2, whole.join(" "));
    const outcomes = await inPairs(lines, ({ args }) => runDeno(args));
    const checks = await inPairs(lines, ({ args }) => runDeno(asCheck(args)));
    for (const [index, { flag }] of lines.entries()) {
      await t.step(flag, async () => {
        const outcome = outcomes[index];
        assert(outcome !== undefined);
        assertEquals([outcome.code, outcome.out], [3, ""], outcome.err);
        assertEquals(checks[index]?.code, 3);
        const [name = "", value = ""] = flag.split("=");
        assertMatch(
          outcome.err,
          new RegExp(
            `(not given|missing) .*${name}=\\S*${RegExp.escape(value)}`,
          ),
        );
        assertClean(outcome);
        // Whatever was taken, what is printed then has it again.
        const next = await printedArgs(outcome.err);
        assert(next.join(" ").includes(value), next.join(" "));
      });
    }
  });
}

Deno.test("the command line that is printed works from any folder, with any path", async () => {
  await using dir = new TempDir();
  const odd = dir.join("it's, a (very) $odd folder");
  await Deno.mkdir(odd);
  await writeCell(odd, {
    name: "hello",
    wasm: await Deno.readFile("cells/hello/cell.wasm"),
    manifest: { provides: ["greet"] },
  });
  const argv = ["call", `${odd}/hello`, "greet", `{"name":"$HOME"}`];
  const refused = await pulp(argv, { cwd: dir.path });
  assertEquals(refused.code, 3);
  const args = await printedArgs(refused.err);
  const { code, out, err } = await runDeno(args, dir.path);
  assertEquals(err, "");
  assertEquals([code, out], [0, '{"message":"Hello, $HOME!"}\n']);
});

Deno.test("a set is refused with a table for each cell, and one command line", async () => {
  await using dir = new TempDir();
  const argv = [
    "run",
    "cells/notes",
    "cells/files",
    "--listen=127.0.0.1:0",
    `--storage-root=${dir.path}`,
  ];
  const refused = await pulp(argv, { allow: ["read=cells"] });
  assertEquals(refused.code, 3);
  assertStringIncludes(refused.err, 'Cannot start cells "notes", "files": ');
  assertStringIncludes(refused.err, "\ncell notes:\n\n  capability ");
  assertStringIncludes(refused.err, "\ncell files:\n\n  capability ");
  await using host = new HostProcess(await printedArgs(refused.err));
  await host.ready("notes");
  await host.ready("files");
  assertEquals(await host.stop(), 0);
});

Deno.test("nothing of a module is looked at before every flag is there", async (t) => {
  await using dir = new TempDir();
  const capabilities = ["storage.sqlite"];
  const text = await writeCell(dir.path, {
    name: "text",
    wasm: new TextEncoder().encode("no module"),
    manifest: { capabilities },
  });
  const traps = await writeCell(dir.path, {
    name: "traps",
    wasm: await wat(cellWat({
      functions: "(func $start (unreachable)) (start $start)",
    })),
    manifest: { capabilities },
  });
  const runs = [text, traps].flatMap((path) =>
    ["run", "call", "step", "check"].map((verb) => ({ verb, path }))
  );
  const outcomes = await inPairs(runs, ({ verb, path }) => {
    const argv = [verb, path, `--storage-root=${dir.join("data")}`];
    return pulp(verb === "call" ? [...argv, "f"] : argv, {
      allow: [`read=${dir.path}`],
    });
  });
  for (const [index, { verb, path }] of runs.entries()) {
    await t.step(`${verb} ${path.split("/").at(-2)}`, () => {
      const outcome = outcomes[index];
      assert(outcome !== undefined);
      assertEquals(outcome.code, 3, outcome.err);
      assertStringIncludes(
        outcome.out + outcome.err,
        `--allow-write=${dir.join("data", path === text ? "text" : "traps")}`,
      );
    });
  }
});

Deno.test("a flag alone does not bind what the manifest does not declare", async () => {
  await using dir = new TempDir();
  const written = await writeGuest(dir.path, "undeclared_import");
  assert("path" in written);
  const { code, out } = await pulp(["step", written.path], {
    allow: ["read", "write", "net"],
  });
  assertEquals([code, out], [0, "99\n"]);
  assertEquals(await exists(dir.join("data")), false);
});

Deno.test("nothing waits at a prompt without a terminal, also without --no-prompt", async (t) => {
  const lines = promptLines();
  const outcomes = await inPairs(lines, (args) => runDeno(args));
  for (const [index, args] of lines.entries()) {
    await t.step(args.slice(1).join(" "), () => {
      const outcome = outcomes[index];
      assert(outcome !== undefined);
      assertEquals(outcome.code, 3);
      assertNoPrompt(outcome.out + outcome.err);
    });
  }
});

Deno.test("nothing waits at a prompt on a terminal either", async (t) => {
  if (!await hasScript()) {
    await t.step({
      name: 'skipped: "script" of util-linux is not installed',
      ignore: true,
      fn: () => {},
    });
    return;
  }
  const lines = promptLines();
  const outcomes = await inPairs(lines, onTerminal);
  for (const [index, args] of lines.entries()) {
    await t.step(args.slice(1).join(" "), () => {
      const outcome = outcomes[index];
      assert(outcome !== undefined);
      assertNoPrompt(outcome.out);
      assertEquals(outcome.code, 3, outcome.out);
      assertMatch(outcome.out, /--allow-(read|write|net)=/);
    });
  }
  await t.step("and what is granted works there", async () => {
    const args = ["run", "--allow-read=cells/hello", "main.ts", "call"];
    const { code, out } = await onTerminal([...args, "cells/hello", "greet"]);
    assertNoPrompt(out);
    assertEquals(code, 0);
    assertStringIncludes(out, '"message": "Hello, world!"');
  });
});

/** Command lines that lack flags, without `--no-prompt`. */
function promptLines(): string[][] {
  const storage = "--storage-root=/nonexistent/data";
  return [
    ["call", "cells/hello", "greet"],
    ["run", "cells/notes"],
    ["run", "--allow-read=cells/notes", "cells/notes", storage],
    ["step", "--allow-read=cells/relay", "cells/relay"],
    ["check", "--allow-read=cells/notes", "cells/notes"],
  ].map((words) => {
    const flags = words.filter((word) => word.startsWith("--allow-"));
    const rest = words.filter((word) => !word.startsWith("--allow-"));
    return ["run", ...flags, "main.ts", ...rest];
  });
}

/** The same line with `check` in the place of `run`: behind the program. */
function asCheck(args: readonly string[]): string[] {
  return args.map((arg, index) =>
    arg === "run" && args[index - 1]?.endsWith("main.ts") ? "check" : arg
  );
}

function assertNoPrompt(said: string): void {
  assert(!/Deno requests|Allow\?|\[y\/n/.test(said), `a prompt:\n${said}`);
}

function runDeno(
  args: readonly string[],
  cwd: string = ROOT,
): ReturnType<typeof runProcess> {
  return runProcess(Deno.execPath(), args, { cwd });
}

/** Runs Deno on a terminal of its own, at which nobody answers. */
function onTerminal(
  args: readonly string[],
): ReturnType<typeof runProcess> {
  const quoted = [Deno.execPath(), ...args].map((word) => `'${word}'`);
  return runProcess("script", ["-qec", quoted.join(" "), "/dev/null"], {
    env: { TERM: "dumb", NO_COLOR: "1" },
  });
}

async function hasScript(): Promise<boolean> {
  try {
    const { out } = await runProcess("script", ["--version"]);
    return out.includes("util-linux");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
