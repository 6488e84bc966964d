/**
 * Holds README.md and docs/ against the program: every command that they show
 * runs, every example compiles, every name is there.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { compileCell } from "../scripts/build_cells.ts";
import { limitsTable } from "../scripts/limits_table.ts";
import { builtinRegistry } from "../src/capabilities/builtin.ts";
import { CONTRACT } from "../src/capabilities/contract.ts";
import { COMMANDS } from "../src/cli/commands.ts";
import { CODE } from "../src/abi/codes.ts";
import { EXIT } from "../src/errors.ts";
import { MANIFEST_KEYS, PERMISSION_KEYS } from "../src/manifest/schema.ts";
import { parseManifest } from "../src/manifest/parse.ts";
import { TempDir } from "../src/testing/cell_folder.ts";
import { wat } from "../src/testing/wat.ts";
import {
  inventedMessages,
  missingTests,
  tableRows,
  unexplained,
  unmentioned,
} from "./docs/checks.ts";
import {
  anchorOf,
  type Block,
  blocksOf,
  headingsOf,
  linksOf,
} from "./docs/markdown.ts";
import { Scratch } from "./docs/scratch.ts";
import { Session } from "./docs/transcript.ts";
import { TOOLCHAINS } from "./guests/toolchains.ts";
import { realRuntime } from "./support/real_runtime.ts";
import { standInRuntime } from "./support/stand_in_runtime.ts";

const ROOT = fromFileUrl(new URL("../", import.meta.url));

/** What executables begin with, for blocks that make one: the real thing, or what stands in for it. */
const RUNTIME = await realRuntime();

/** The tests themselves are not run from within them. */
const SUITE = /\btask (?:test|ok)\b/;

async function documents(): Promise<string[]> {
  const docs = (await Array.fromAsync(Deno.readDir(join(ROOT, "docs"))))
    .filter(({ name }) => name.endsWith(".md"))
    .map(({ name }) => `docs/${name}`);
  return [
    "README.md",
    "RATIONALE.md",
    "CHANGES.md",
    "cells/README.md",
    ...docs.sort(),
  ];
}

function read(path: string): Promise<string> {
  return Deno.readTextFile(join(ROOT, path));
}

/** A document while its blocks are run, in a copy of the project. */
interface Stage {
  readonly path: string;
  readonly scratch: Scratch;
  readonly session: Session;
}

/** What is done with a block of each kind. A block of another kind fails. */
const CHECKS: Readonly<
  Record<string, (block: Block, stage: Stage) => Promise<void> | void>
> = {
  console: ({ text }, { session }) => session.play(text),
  // Commands whose output says nothing that matters.
  sh: async ({ text }, { session }) => {
    const lines = text.split("\n").filter((line) => line !== "");
    const tasks = JSON.parse(await read("deno.json")).tasks;
    for (const line of lines) {
      const task = /\btask ([\w:]+)/.exec(line)?.[1];
      assertEquals(task === undefined || task in tasks, true, line);
    }
    const run = lines.filter((line) => !SUITE.test(line));
    if (run.length > 0) await session.runAll(run.join("\n"));
  },
  ts: async ({ words, values, text }, { scratch }) => {
    // All others are run together, by `deno test --doc`.
    if (!words.includes("assemblyscript")) return;
    const file = values.file ?? "cells/block/cell.ts";
    await scratch.write(file, text);
    const [, name = ""] = /^cells\/([^/]+)\/cell\.ts$/.exec(file) ?? [];
    await compileCell(join(scratch.root, "cells"), name);
  },
  toml: async ({ words, values, text }, { path, scratch }) => {
    const head = words.includes("fragment")
      ? 'name = "fragment"\nversion = "1.0.0"\n'
      : "";
    parseManifest(head + text, values.file ?? path);
    if (values.file !== undefined) await scratch.write(values.file, text);
  },
  wat: async ({ values, text }, { scratch }) => {
    const bytes = await wat(text);
    assertEquals(WebAssembly.validate(bytes), true);
    if (values.file === undefined) return;
    await scratch.write(values.file, text);
    await Deno.writeFile(
      join(scratch.root, values.file.replace(/\.wat$/, ".wasm")),
      bytes,
    );
  },
  json: ({ text }) => void JSON.parse(text),
  // Paths of the project, one a line, with what they are for.
  tree: async ({ text }) => {
    for (const line of text.split("\n").filter((line) => line !== "")) {
      await Deno.stat(join(ROOT, line.split(/\s/)[0]!));
    }
  },
  // Sources that a later block compiles.
  go: source,
  rust: source,
  c: source,
  mod: source,
};

async function source(
  { values, text }: Block,
  { scratch }: Stage,
): Promise<void> {
  if (values.file === undefined) throw new Error("a source names its file=");
  await scratch.write(values.file, text);
}

/** Why a block can't be run here, or `undefined`. */
async function skipReason({ values }: Block): Promise<string | undefined> {
  const needs = values.needs;
  if (needs === undefined) return undefined;
  if (needs === "denort") return undefined;
  if (needs === "go" || needs === "rust" || needs === "c") {
    return await TOOLCHAINS[needs].problem();
  }
  const args = ["-c", `command -v ${needs}`];
  const { success } = await new Deno.Command("bash", { args }).output();
  return success ? undefined : `${needs} is not installed`;
}

for (const path of await documents()) {
  const markdown = await read(path);
  const blocks = blocksOf(markdown);
  if (blocks.length === 0) continue;

  Deno.test(`the blocks of ${path} do what they show`, async (t) => {
    await using folder = new TempDir();
    const compiles = blocks.some(({ values }) => values.needs === "denort");
    await using scratch = await Scratch.make(
      ROOT,
      compiles ? RUNTIME.env ?? await standInRuntime(folder.path) : {},
    );
    await using session = new Session(scratch);
    for (const block of blocks) {
      const check = Object.hasOwn(CHECKS, block.kind)
        ? CHECKS[block.kind]
        : undefined;
      const reason = check === undefined ? undefined : await skipReason(block);
      const isStandIn = block.values.needs === "denort" &&
        RUNTIME.env === undefined;
      await t.step({
        name: `line ${block.line}: ${block.kind}${
          isStandIn ? " (on a stand-in for denort)" : ""
        }${reason === undefined ? "" : ` (skipped: ${reason})`}`,
        ignore: reason !== undefined,
        fn: async () => {
          if (check === undefined) {
            throw new Error(
              `${path}:${block.line}: unknown kind "${block.kind}"`,
            );
          }
          await check(block, { path, scratch, session });
        },
      });
    }
    const examples = blocks.filter(({ kind, words }) =>
      kind === "ts" && !words.includes("assemblyscript")
    );
    if (examples.length === 0) return;
    await t.step("the examples run", async () => {
      const { success, stdout, stderr } = await new Deno.Command(
        Deno.execPath(),
        {
          args: [
            "test",
            "--doc",
            "--no-prompt",
            "--allow-read",
            `--allow-write=${scratch.root}`,
            "--allow-net=127.0.0.1",
            "--allow-env",
            path,
          ],
          cwd: scratch.root,
          env: scratch.env,
          stdin: "null",
        },
      ).output();
      const decoder = new TextDecoder();
      assertEquals(
        success,
        true,
        decoder.decode(stdout) + decoder.decode(stderr),
      );
      const { length } = examples;
      const passed = /(\d+) passed/.exec(decoder.decode(stdout))?.[1];
      assertEquals(Number(passed), length, "each example is a test");
    });
  });
}

Deno.test("every link within the documents leads somewhere", async () => {
  const broken: string[] = [];
  for (const path of await documents()) {
    for (const link of linksOf(await read(path))) {
      const target = link.path === ""
        ? path
        : join(path, "..", link.path).replace(/\/$/, "");
      const found = await Deno.stat(join(ROOT, target)).catch(() => undefined);
      const anchors = found?.isFile && target.endsWith(".md")
        ? headingsOf(await read(target)).map(({ text }) => anchorOf(text))
        : [];
      const isGood = found !== undefined &&
        (link.anchor === "" || anchors.includes(link.anchor));
      if (!isGood) {
        broken.push(`${path}:${link.line}: ${link.path}#${link.anchor}`);
      }
    }
  }
  assertEquals(broken, []);
});

Deno.test("docs/architecture.md has every part of the source in its tree", async () => {
  const blocks = blocksOf(await read("docs/architecture.md"));
  const shown = blocks.filter(({ kind }) => kind === "tree")
    .flatMap(({ text }) => text.split("\n"))
    .map((line) => line.split(/\s/)[0]);
  const parts = (await Array.fromAsync(Deno.readDir(join(ROOT, "src"))))
    .map(({ name }) => `src/${name}`)
    .filter((path) => !path.endsWith("_test.ts"));
  assertEquals(parts.length > 10, true);
  assertEquals(parts.filter((part) => !shown.includes(part)).sort(), []);
});

Deno.test("docs/architecture.md says who may import from whom as the script holds it", async () => {
  const script = await read("scripts/check_layers.ts");
  const [, list = ""] = /const STAGES[^=]*= \[\n(.*?)^\];/ms.exec(script) ?? [];
  const rows = [...list.matchAll(/^ {2}\[(.*)\],$/gm)]
    .map(([, row = ""]) => row.replaceAll('"', "`"));
  const shown = [
    ...(await read("docs/architecture.md")).matchAll(
      /^\d+\. ((?:`[\w.]+`(?:, )?)+)$/gm,
    ),
  ].map(([, row]) => row);
  assertEquals(rows.length > 10, true);
  assertEquals(shown, rows);
});

Deno.test("docs/contract.md names every function, key and code", async () => {
  const contract = await read("docs/contract.md");
  const functions = Object.values(CONTRACT).flatMap(Object.keys);
  const keys = [...Object.keys(MANIFEST_KEYS), ...Object.keys(PERMISSION_KEYS)];
  assertEquals(unmentioned(contract, [...functions, ...keys]), []);
  const codes = tableRows(contract).map(([first]) => first);
  const missing = Object.values(CODE).filter((code) =>
    !codes.includes(String(code))
  );
  assertEquals(missing, []);
});

Deno.test("docs/capabilities.md names every capability and function", async () => {
  const text = await read("docs/capabilities.md");
  const names = Object.entries(CONTRACT)
    .flatMap(([name, functions]) => [name, ...Object.keys(functions)]);
  assertEquals(unmentioned(text, names), []);
});

Deno.test("docs/capabilities.md says which capabilities are offered", async () => {
  const registry = builtinRegistry();
  const rows = tableRows(await read("docs/capabilities.md"))
    .map(([name = "", offered]) => [name.replaceAll("`", ""), offered])
    .filter(([name = ""]) => Object.hasOwn(CONTRACT, name));
  const wrong = rows.filter(([name = "", offered]) =>
    (registry.get(name) === undefined) !== (offered === "not yet")
  );
  assertEquals(wrong, []);
  assertEquals(rows.length, Object.keys(CONTRACT).length);
});

Deno.test("docs/limits.md holds the limits of the source", async () => {
  const rows = (text: string): string[] =>
    tableRows(text).map((row) => row.join(" | "));
  const shown = rows(await read("docs/limits.md"));
  const made = rows(limitsTable(await read("src/limits.ts")));
  const help = "run scripts/limits_table.ts, which makes the table";
  assertEquals(made.filter((row) => !shown.includes(row)), [], help);
  assertEquals(shown.length, made.length, help);
});

Deno.test("README.md names every command and every exit code", async () => {
  const readme = await read("README.md");
  assertEquals(unmentioned(readme, COMMANDS.map(({ name }) => name)), []);
  const rows = tableRows(readme).map(([first]) => first);
  const missing = Object.values(EXIT).filter((code) =>
    !rows.includes(String(code))
  );
  assertEquals(missing, []);
});

Deno.test("the tests that docs/security.md points at are there", async () => {
  assertEquals(await missingTests(await read("docs/security.md"), ROOT), []);
});

Deno.test("the messages of docs/troubleshooting.md are those of the program", async () => {
  const text = await read("docs/troubleshooting.md");
  assertEquals(await inventedMessages(text, join(ROOT, "src")), []);
});

Deno.test("docs/troubleshooting.md is about each error of the golden files", async () => {
  const folder = join(ROOT, "tests/golden");
  const errors: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".txt")) continue;
    const text = await Deno.readTextFile(join(folder, name));
    errors.push(
      ...text.matchAll(/^ {2}error: (.+)$/gm).map(([, it = ""]) => it),
    );
  }
  assertEquals(errors.length > 20, true);
  const markdown = await read("docs/troubleshooting.md");
  assertEquals(unexplained(markdown, errors), []);
});
