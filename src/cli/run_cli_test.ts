import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "./commands.ts";
import { runCli } from "./run_cli.ts";
import { FakeIo } from "./testing/fake_io.ts";

async function cli(...argv: string[]): Promise<[number, string, string]> {
  const io = new FakeIo();
  const code = await runCli(argv, io);
  return [code, io.out, io.err];
}

Deno.test("runCli() without arguments shows the help as an error", async () => {
  const [code, out, err] = await cli();
  assertEquals([code, out], [2, ""]);
  assertStringIncludes(err, "Usage: pulp <command>");
});

Deno.test("runCli() tells its version", async () => {
  for (const flag of ["--version", "-V"]) {
    const [code, out] = await cli(flag);
    assertEquals(code, 0);
    assertMatch(out, /^pulp \d+\.\d+\.\d+ \(Deno 0\.0\.0\)\n$/);
  }
});

Deno.test("runCli() tells its version as JSON, too", async () => {
  const [code, out, err] = await cli("--version", "--json");
  assertEquals([code, err], [0, ""]);
  const { version, deno, ...rest } = JSON.parse(out);
  assertMatch(version, /^\d+\.\d+\.\d+$/);
  assertEquals([deno, rest], ["0.0.0", {}]);
  assertEquals((await cli("--version", "--help"))[0], 0);
});

Deno.test("runCli() refuses what --version does not take", async () => {
  assertEquals(await cli("--version", "--jsno"), [
    2,
    "",
    'error: Unknown option "--jsno" for "--version" (did you mean "--json"?)\n' +
    'hint: see "pulp --version --help"\n',
  ]);
  assertEquals((await cli("-V", "run"))[0], 2);
});

Deno.test("runCli() says errors as records where the log is JSON", async () => {
  const [code, out, err] = await cli("run", "--log-format=json", "x");
  assertEquals([code, out], [3, ""]);
  const { level, code: kind, exit_code } = JSON.parse(err);
  assertEquals([level, kind, exit_code], ["ERROR", "permission", 3]);
});

Deno.test("runCli() refuses a command that it does not know, with the near miss", async () => {
  assertEquals(await cli("chck", "x"), [
    2,
    "",
    'error: Unknown command "chck" (did you mean "check"?)\nhint: see "pulp --help"\n',
  ]);
  assertEquals((await cli("zzz"))[0], 2);
  assertEquals((await cli(""))[0], 2);
});

Deno.test("runCli() knows what other programs call a command", async () => {
  for (
    const [word, meant] of [
      ["start", "run"],
      ["list", "ps"],
      ["init", "new"],
      ["version", "--version"],
    ]
  ) {
    assertEquals(
      (await cli(word!, "x"))[2].split("\n")[0],
      `error: Unknown command "${word}" (did you mean "${meant}"?)`,
    );
  }
});

Deno.test("runCli() says that a command comes before a manifest", async () => {
  for (const path of ["cells/hello", ".", "hello.toml"]) {
    assertEquals(await cli(path), [
      2,
      "",
      `error: Unknown command "${path}"\n` +
      `hint: a command comes first: pulp run ${path}\n`,
    ]);
  }
});

Deno.test("runCli() refuses an option before the command and says where it belongs", async () => {
  assertEquals(await cli("--manifest", "x"), [
    2,
    "",
    'error: Cannot use "--manifest": no command stands before it\n' +
    "hint: run it as: pulp run --manifest ...\n",
  ]);
  assertEquals(
    (await cli("--hlep"))[2].split("\n")[0],
    'error: Unknown option "--hlep" (did you mean "--help"?)',
  );
});

Deno.test("every example in the help is a line that its command takes", async () => {
  const { parseCommandArgs } = await import("./args.ts");
  for (const command of COMMANDS) {
    for (const [line] of command.examples) {
      const words = line.split(/ (?=[<>] )/, 1)[0] ?? "";
      const argv = words.match(/'[^']*'|\S+/g)?.map((word) =>
        word.replace(/^'(.*)'$/, "$1")
      ) ?? [];
      assertEquals(argv[0], command.name);
      parseCommandArgs(command, argv.slice(1));
    }
  }
});
