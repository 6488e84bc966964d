import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { dirname } from "@std/path";
import { compileCell } from "../scripts/build_cells.ts";
import { providerOf } from "../src/capabilities/contract.ts";
import { shellQuote } from "../src/cli/shell.ts";
import { CAPABILITIES } from "../src/cli/new_cell/capability_examples.ts";
import {
  isLanguage,
  LANGUAGE_TEMPLATES,
  type LanguageName,
  LANGUAGES,
} from "../src/cli/new_cell/language.ts";
import { projectFiles } from "../src/cli/new_cell/project.ts";
import { readTemplate, TEMPLATES } from "../src/cli/new_cell/templates.ts";
import { TempDir } from "../src/testing/cell_folder.ts";
import { TOOLCHAINS } from "./guests/toolchains.ts";
import { HostProcess } from "./support/host_process.ts";
import { printedArgs } from "./support/printed_line.ts";
import {
  denoArgs,
  inPairs,
  type Outcome,
  pulp,
  runProcess,
} from "./support/pulp.ts";

const MAIN = new URL("../main.ts", import.meta.url).href;

/** Why a language can't be built here, or `undefined`. */
async function problemOf(lang: LanguageName): Promise<string | undefined> {
  if (lang !== "c") return await TOOLCHAINS[lang].problem();
  // No libc is needed, unlike for the guests of the tests.
  for (const program of ["clang", "wasm-ld"]) {
    const args = ["-c", `command -v ${program}`];
    const { code } = await runProcess("bash", args);
    if (code !== 0) return `${program} is not installed`;
  }
  return undefined;
}

function task(folder: string, ...words: readonly string[]): Promise<Outcome> {
  return runProcess(Deno.execPath(), ["task", "--quiet", ...words], {
    cwd: folder,
    env: { NO_COLOR: "1" },
  });
}

/** Runs a task that has to go well, and gives what it printed. */
async function done(
  folder: string,
  ...words: readonly string[]
): Promise<string> {
  const { code, out, err } = await task(folder, ...words);
  assertEquals(code, 0, `${words.join(" ")}\n${out}${err}`);
  return out;
}

function freePort(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return String(listener.addr.port);
}

/** The port for packets is in a manifest, and so may be taken by another test. */
async function movePort(folder: string): Promise<void> {
  const port = freePort();
  for (const name of ["pulp.cell.toml", "cell_test.ts"]) {
    const text = await Deno.readTextFile(`${folder}/${name}`);
    await Deno.writeTextFile(
      `${folder}/${name}`,
      text.replaceAll("7007", port),
    );
  }
}

/** A step for each language, skipped where it can't be built; two are at work at a time. */
async function eachLanguage(
  t: Deno.TestContext,
  work: (lang: LanguageName) => Promise<void>,
): Promise<void> {
  const outcomes = await inPairs(
    Object.keys(LANGUAGES).filter(isLanguage),
    async (lang) => {
      const problem = await problemOf(lang);
      if (problem !== undefined) return { lang, problem };
      const error = await work(lang).then(() => undefined, (error) => error);
      return { lang, error };
    },
  );
  for (const { lang, problem, error } of outcomes) {
    await t.step({
      name: problem === undefined ? lang : `${lang} (skipped: ${problem})`,
      ignore: problem !== undefined,
      fn: () => {
        if (error !== undefined) throw error;
      },
    });
  }
}

Deno.test("a new cell builds, is called, serves HTTP from SQLite, and passes its test", async (t) => {
  await using dir = new TempDir();
  await eachLanguage(t, (lang) => liveOnce(lang, dir));
});

/** What its README says, with every capability. */
async function liveOnce(lang: LanguageName, dir: TempDir): Promise<void> {
  const folder = dir.join(`all of ${lang}`);
  const refused = await pulp([
    "new",
    `all of ${lang}/`,
    `--lang=${lang}`,
    `--name=my-${lang}`,
    `--capabilities=${CAPABILITIES.join(",")}`,
  ], { cwd: dir.path });
  assertEquals([refused.code, refused.out], [3, ""]);
  const line = await printedArgs(refused.err);
  const made = await runProcess(Deno.execPath(), line, { cwd: dir.path });
  assertEquals([made.code, made.err], [0, ""]);
  await movePort(folder);

  await done(folder, "build");
  const greeting = await done(folder, "call", "greet", '{"name":"Ada"}');
  assertEquals(greeting, '{"message":"Hello, Ada!"}\n');
  const wrong = await task(folder, "call", "greet", '{"name":7}');
  assertEquals([wrong.code, wrong.out], [1, ""]);
  assertMatch(wrong.err, /error: Cannot call "greet" of cell "my-/);
  const checked = await done(folder, "pulp", "check", ".");
  assertMatch(checked, /^my-\S+ 0\.1\.0: ready$/m);
  assert(!/warning|unknown|stub/.test(checked), checked);

  const answers = await visitTwice(folder, `my-${lang}`);
  // The one in WebAssembly text has each capability for itself.
  const countsVisits = lang !== "wat";
  assertEquals(
    answers,
    countsVisits
      ? ["Hello! Visits: 1\n", "Hello! Visits: 2\n"]
      : ["Hello!\n", "Hello!\n"],
  );
  const counted = await done(folder, "call", "visit", '{"page":"/"}');
  assertEquals(counted, `{"count":${countsVisits ? 3 : 1}}\n`);

  const tested = await done(folder, "test");
  assertMatch(tested, /^ok \| 11 passed \| 0 failed/m);
}

/** Hosts the cell, and asks for `/` twice. */
async function visitTwice(folder: string, name: string): Promise<string[]> {
  const host = new HostProcess(
    [
      ...["task", "--quiet", "pulp", "run", "."],
      ...["--listen=127.0.0.1:0", "--log-format=logfmt"],
    ],
    {},
    folder,
  );
  try {
    const url = await host.url();
    await host.ready(name);
    const first = await fetch(url);
    const second = await fetch(url);
    return [await first.text(), await second.text()];
  } finally {
    assertEquals(await host.stop(), 0, host.log);
  }
}

Deno.test("a new cell builds with no capability, and with each one alone", async (t) => {
  await using dir = new TempDir();
  await eachLanguage(t, async (lang) => {
    const root = dir.join(lang);
    await writeProject(root, lang, "none", []);
    await build(root, lang, "none");
    await assertImports(`${root}/none/cell.wasm`, undefined);
    for (const capability of CAPABILITIES) {
      await writeProject(root, lang, capability, [capability]);
      await build(root, lang, capability);
      await assertImports(`${root}/${capability}/cell.wasm`, capability);
    }
    const cwd = `${root}/none`;
    for (const args of [["fmt", "--check", ".."], ["lint"]]) {
      const { code, err } = await runProcess(Deno.execPath(), args, { cwd });
      assertEquals(code, 0, err);
    }
  });
});

async function writeProject(
  root: string,
  lang: LanguageName,
  name: string,
  capabilities: readonly string[],
): Promise<void> {
  const folder = `${root}/${name}`;
  const language = LANGUAGE_TEMPLATES[lang];
  const template = await readTemplate(language);
  const wish = { folder, name, language, template, capabilities };
  for (const { path, text } of projectFiles(wish, { mainModule: MAIN })) {
    await Deno.mkdir(dirname(`${folder}/${path}`), { recursive: true });
    await Deno.writeTextFile(`${folder}/${path}`, text);
  }
}

/** As the task does. The compiler of AssemblyScript is loaded once for all. */
async function build(
  root: string,
  lang: LanguageName,
  name: string,
): Promise<void> {
  if (lang === "assemblyscript") {
    const wasm = await compileCell(root, name);
    return await Deno.writeFile(`${root}/${name}/cell.wasm`, wasm);
  }
  const { code, out, err } = await task(`${root}/${name}`, "build");
  // Not even a warning.
  assertEquals([code, out, err], [0, "", ""], `${lang}, ${name}`);
}

/** A module imports something of what it declares, and nothing else of what has to be. */
async function assertImports(
  path: string,
  capability: string | undefined,
): Promise<void> {
  const module = await WebAssembly.compile(await Deno.readFile(path));
  const imported = WebAssembly.Module.imports(module)
    .filter((it) => it.module === "pulp")
    .map(({ name }) => providerOf(name));
  const asked = imported.filter((it) =>
    it !== "log.write" || it === capability
  );
  assertEquals([...new Set(asked)], capability ? [capability] : []);
}

Deno.test("new takes a link to an empty folder, and an empty folder that it is in", async () => {
  await using dir = new TempDir();
  await Deno.mkdir(dir.join("real"));
  await Deno.symlink("real", dir.join("link"));
  const linked = await pulp(["new", "link", "--lang=wat", "--name=x"], {
    cwd: dir.path,
    allow: [`read=${TEMPLATES}`, "read=link", "write=link"],
  });
  assertEquals([linked.code, linked.err], [0, ""]);
  assert((await Deno.stat(dir.join("real", "cell.wat"))).isFile);
  await Deno.mkdir(dir.join("ünï 世界"));
  const here = await pulp(["new", ".", "--lang=wat", "--name=x"], {
    cwd: dir.join("ünï 世界"),
    allow: [`read=${TEMPLATES}`, "read=.", "write=."],
  });
  assertEquals([here.code, here.err], [0, ""]);
  const said = await done(dir.join("ünï 世界"), "build");
  assertEquals(said, "");
});

Deno.test("two that make the same folder at once: one does, and nothing is mixed", async () => {
  await using dir = new TempDir();
  const allow = [`read=${TEMPLATES}`, "read=cell", "write=cell"];
  const outcomes = await Promise.all(
    (["c", "go"] as const).map((lang) =>
      pulp(["new", "cell", `--lang=${lang}`], { cwd: dir.path, allow })
    ),
  );
  assertEquals(outcomes.map(({ code }) => code).sort(), [0, 2]);
  const names = (await Array.fromAsync(Deno.readDir(dir.join("cell"))))
    .map(({ name }) => name);
  assert(names.includes("cell.c") !== names.includes("main.go"), names.join());
  const [loser] = outcomes.filter(({ code }) => code === 2);
  assertMatch(loser?.err ?? "", /^error: Cannot make a cell in "cell": /);
});

Deno.test("new leaves nothing when the disk takes no more", async () => {
  await using dir = new TempDir();
  const argv = ["new", "cell", "--lang=assemblyscript"];
  const line = [
    Deno.execPath(),
    ...denoArgs(argv, [`read=${TEMPLATES}`, "read=cell", "write=cell"]),
  ]
    .map(shellQuote).join(" ");
  // No file grows over 4 KiB, which is reported as an error, and no signal.
  const script = `trap '' XFSZ; ulimit -f 4; exec ${line}`;
  const { code, out, err } = await runProcess("bash", ["-c", script], {
    cwd: dir.path,
  });
  assertEquals([code, out], [1, ""], err);
  assertMatch(err, /^error: Cannot make a cell in "cell": File too large/);
  assertEquals(await Array.fromAsync(Deno.readDir(dir.path)), []);
});

/** `script` of util-linux gives a command a terminal; others take other options. */
async function terminalProblem(): Promise<string | undefined> {
  try {
    const { out } = await runProcess("script", ["--version"]);
    return out.includes("util-linux") ? undefined : "script is another one";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "script is not installed";
    throw error;
  }
}

/** The arguments of `script` that run the program on a terminal. */
function scriptArgs(argv: readonly string[]): string[] {
  const allow = [`read=${TEMPLATES}`, "read=asked", "write=asked"];
  const line = [Deno.execPath(), ...denoArgs(argv, allow)];
  return ["-qec", line.map(shellQuote).join(" "), "/dev/null"];
}

/** Types Ctrl-C once something is asked; the exit code. */
async function interrupted(
  argv: readonly string[],
  cwd: string,
): Promise<number> {
  const child = new Deno.Command("script", {
    args: scriptArgs(argv),
    cwd,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const keys = child.stdin.getWriter();
  let shown = "";
  let isTyped = false;
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    shown += part;
    // Once: what is typed behind the end of the program can make `script` spin.
    if (isTyped || !shown.includes("Name [")) continue;
    isTyped = true;
    await keys.write(new TextEncoder().encode("\x03"));
  }
  await keys.close().catch(() => {});
  return (await child.status).code;
}

const noTerminal = await terminalProblem();
const asking = "new asks for what it is not told, on a terminal";

Deno.test({
  name: noTerminal === undefined
    ? asking
    : `${asking} (skipped: ${noTerminal})`,
  ignore: noTerminal !== undefined,
  fn: async (t) => {
    await using dir = new TempDir();
    const onTerminal = (argv: string[], typed: string): Promise<Outcome> =>
      runProcess("script", scriptArgs(argv), {
        cwd: dir.path,
        env: { NO_COLOR: "1", TERM: "dumb" },
        stdin: typed,
      });
    await t.step("the end of the input makes nothing", async () => {
      const { code, out } = await onTerminal(["new", "asked"], "x\n\x04");
      assertEquals(code, 2, out);
      assertStringIncludes(out, "Cannot go on: standard input has ended");
      assertEquals(await Array.fromAsync(Deno.readDir(dir.path)), []);
    });
    await t.step("Ctrl-C makes nothing", async () => {
      assertEquals(await interrupted(["new", "asked"], dir.path), 130);
      assertEquals(await Array.fromAsync(Deno.readDir(dir.path)), []);
    });
    await t.step("answers make a cell", async () => {
      const typed = "My Cell\nmy-cell\nwta\nwat\nhttp\nlog.write\n";
      const { code, out } = await onTerminal(["new", "asked"], typed);
      assertEquals(code, 0, out);
      assertStringIncludes(out, "Name [asked]: ");
      assertStringIncludes(out, '(did you mean "wat"?)');
      assertStringIncludes(out, '"transport.http.inbound" or ');
      assertStringIncludes(out, 'Made the cell "my-cell" in WebAssembly text');
      const folder = dir.join("asked");
      const manifest = await Deno.readTextFile(`${folder}/pulp.cell.toml`);
      assertStringIncludes(manifest, 'capabilities = ["log.write"]');
      assertMatch(await done(folder, "test"), /^ok \| 2 passed \| 0 failed/m);
    });
    await t.step("a flag is enough not to be asked", async () => {
      const { code, out } = await onTerminal(
        ["new", "asked2", "--name=x"],
        "\n\n\n",
      );
      assertEquals(code, 2, out);
      assertStringIncludes(out, "--lang is missing");
    });
  },
});

Deno.test("deno task build says what to install where the compiler is missing", async () => {
  await using dir = new TempDir();
  await Deno.mkdir(dir.join("bin"));
  await Deno.symlink(Deno.execPath(), dir.join("bin", "deno"));
  for (const [lang, says] of [["go", "Go 1.24"], ["c", "clang and wasm-ld"]]) {
    const folder = dir.join(`in-${lang}`);
    const made = await pulp(["new", `--lang=${lang}`, folder], {
      allow: ["read=cells/sdk", `read=${folder}`, `write=${folder}`],
    });
    assertEquals(made.code, 0, made.err);
    const { code, err } = await runProcess(
      Deno.execPath(),
      ["task", "--quiet", "build"],
      { cwd: folder, env: { PATH: dir.join("bin"), NO_COLOR: "1" } },
    );
    assertEquals(code, 1);
    assertStringIncludes(err, `To build it, install ${says}`);
  }
});

Deno.test("the host of deno task start answers deno task pulp ps", async () => {
  await using dir = new TempDir();
  const folder = dir.join("asked");
  const made = await pulp(["new", "--lang=wat", folder], {
    allow: ["read=cells/sdk", `read=${folder}`, `write=${folder}`],
  });
  assertEquals(made.code, 0, made.err);
  await using host = new HostProcess(
    ["task", "--quiet", "start", "--log-format=logfmt"],
    {},
    folder,
  );
  await host.line(/control socket listening/);
  assertMatch(await done(folder, "pulp", "ps"), /^asked +ready /m);
  await done(folder, "pulp", "stop", "--all");
  await host.line(/pulp exit clean/);
});
