import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { shellQuote } from "../src/cli/shell.ts";
import { TempDir } from "../src/testing/cell_folder.ts";
import { cellWat, wat } from "../src/testing/wat.ts";
import { denoArgs, type Outcome, ROOT, runProcess } from "./support/pulp.ts";

/** `script` of util-linux gives a command a terminal; others take other options. */
async function problem(): Promise<string | undefined> {
  try {
    const { stdout } = await new Deno.Command("script", {
      args: ["--version"],
      stdin: "null",
      stderr: "null",
    }).output();
    const version = new TextDecoder().decode(stdout);
    return version.includes("util-linux") ? undefined : "script is another one";
  } catch {
    return "script is not installed";
  }
}

const missing = await problem();

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: missing === undefined ? name : `${name} (skipped: ${missing})`,
    ignore: missing !== undefined,
    fn,
  });
}

/**
 * A host that logs that it begins, and ends because its port is taken. All of
 * its output is on a terminal, but for what `redirected` says.
 */
async function logsAndFails(
  options: readonly string[],
  env: Readonly<Record<string, string>>,
  redirected = "",
): Promise<Outcome> {
  await using folder = new TempDir();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const data = folder.join("data");
  const argv = [
    "run",
    `--listen=127.0.0.1:${taken.addr.port}`,
    `--storage-root=${data}`,
    ...options,
    "cells/notes",
  ];
  const allow = [
    `read=cells/notes,${data}`,
    `write=${data}`,
    "net=127.0.0.1",
  ];
  const line = [Deno.execPath(), ...denoArgs(argv, allow)].map(shellQuote);
  return await runProcess("script", [
    "--quiet",
    "--return",
    "--command",
    `${line.join(" ")} ${redirected}`,
    "/dev/null",
  ], { cwd: ROOT, env });
}

const ERROR = "error: ";
const COLOUR = "\x1b[";

test("a terminal gets the log for people, in colours", async () => {
  const { code, out } = await logsAndFails([], { NO_COLOR: "" });
  assertEquals(code, 1);
  const begin = "\x1b[32mINFO \x1b[0m \x1b[36mnotes\x1b[0m: pulp boot";
  assertStringIncludes(out, begin);
  assertStringIncludes(out, ERROR);
});

test("NO_COLOR takes the colours away, and nothing else", async () => {
  const { code, out } = await logsAndFails([], { NO_COLOR: "1" });
  assertEquals(code, 1);
  assertMatch(out, /INFO {2}notes: pulp boot/);
  assertStringIncludes(out, ERROR);
  assertEquals(out.includes(COLOUR), false, out);
});

test("what is no terminal gets no colours, whatever the format", async () => {
  const options = ["--log-format=pretty"];
  const { out } = await logsAndFails(options, { NO_COLOR: "" }, "2>&1 | cat");
  assertMatch(out, /INFO {2}notes: pulp boot/);
  assertStringIncludes(out, ERROR);
  assertEquals(out.includes(COLOUR), false, out);
});

test("with --log-format json the error that ends a host is a record, too", async () => {
  const options = ["--log-format=json"];
  const { code, out } = await logsAndFails(options, { NO_COLOR: "" });
  assertEquals(code, 1);
  const records = out.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(records[0].msg, "pulp boot");
  const last = records.at(-1);
  assertEquals([last.level, last.code, last.exit_code], ["ERROR", "init", 1]);
  assertMatch(last.msg, /^Cannot /);
});

test("a terminal gets an answer with indents, a pipe gets one line", async () => {
  const argv = ["call", "cells/hello", "greet"];
  const line = [Deno.execPath(), ...denoArgs(argv, ["read=cells/hello"])]
    .map(shellQuote).join(" ");
  const script = async (command: string): Promise<string> => {
    const args = ["--quiet", "--return", "--command", command, "/dev/null"];
    return (await runProcess("script", args)).out.replaceAll("\r", "");
  };
  const answer = { message: "Hello, world!" };
  assertEquals(await script(line), `${JSON.stringify(answer, null, 2)}\n`);
  assertEquals(await script(`${line} | cat`), `${JSON.stringify(answer)}\n`);
});

test("a terminal is told of a cell that runs for long, a pipe is not", async () => {
  await using folder = new TempDir();
  const loops = await wat(cellWat({
    without: ["pulp_step"],
    functions:
      `(func (export "pulp_step") (param i32 i32) (result i32) (loop $l (br $l)) unreachable)`,
  }));
  const said =
    // deno-lint-ignore no-control-regex -- what a terminal is sent
    /\x1b\[Kcell "\w+" has run for over a second; its deadline is 1.5 s, Ctrl-C ends it now\r\n/;
  // The second one gets a worker, for its file.
  for (const [name, capabilities] of [["free", ""], ["kept", '"storage.fs"']]) {
    const { manifestPath } = await folder.cell(
      `${name}`,
      loops,
      `call_timeout_ms = 1500\ncapabilities = [${capabilities}]`,
    );
    const data = folder.join("data");
    const argv = ["step", `--storage-root=${data}`, manifestPath];
    const allow = [`read=${folder.path}`, `write=${data}`];
    const line = [Deno.execPath(), ...denoArgs(argv, allow)].map(shellQuote)
      .join(" ");
    for (const redirected of ["", "2>&1 | cat"]) {
      const { out } = await runProcess("script", [
        ...["--quiet", "--return", "--command"],
        ...[`${line} ${redirected}`, "/dev/null"],
      ]);
      assertMatch(out, /ran longer than call_timeout_ms = 1500/);
      assertEquals(said.test(out), redirected === "", out);
    }
  }
});
