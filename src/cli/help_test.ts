import { assertEquals, assertMatch } from "@std/assert";
import { COMMANDS } from "./commands.ts";
import { runCli } from "./run_cli.ts";
import { FakeIo } from "./testing/fake_io.ts";

const FOLDER = new URL("./testdata/", import.meta.url);

/** Compares with a golden file; `UPDATE_GOLDEN=1` writes it. */
async function golden(name: string, text: string): Promise<void> {
  const file = new URL(`${name}.txt`, FOLDER);
  if (Deno.env.get("UPDATE_GOLDEN") === "1") {
    await Deno.writeTextFile(file, text);
  }
  assertEquals(text, await Deno.readTextFile(file));
}

async function help(...argv: string[]): Promise<string> {
  const io = new FakeIo();
  assertEquals(await runCli(argv, io), 0);
  assertEquals(io.err, "");
  return io.out;
}

Deno.test("the help of the program is the golden one", async () => {
  await golden("help", await help("--help"));
});

for (const { name } of COMMANDS) {
  Deno.test(`the help of ${name} is the golden one`, async () => {
    await golden(`help_${name}`, await help(name, "--help"));
  });

  Deno.test(`${name} shows its help whatever else is on the line`, async () => {
    const text = await help(name, "-h");
    assertEquals(
      await help(name, "a", "b", "c", "d", "--nope", "--help"),
      text,
    );
    assertEquals(await help(name, "--listen", "-h"), text);
    assertEquals(await help("help", name), text);
  });

  Deno.test(`the help of ${name} has examples`, async () => {
    assertMatch(await help("help", name), /^Examples:\n {2}pulp /m);
  });
}

Deno.test("help alone is the help of the program, and help of nothing is refused", async () => {
  assertEquals(await help("help"), await help("--help"));
  const io = new FakeIo();
  assertEquals(await runCli(["help", "relaod"], io), 2);
  assertEquals(
    [io.out, io.err],
    [
      "",
      'error: Unknown command "relaod" (did you mean "reload"?)\n' +
      'hint: see "pulp --help"\n',
    ],
  );
});

Deno.test("no line of a help is wider than 80 columns", async () => {
  for (const argv of [["-h"], ...COMMANDS.map(({ name }) => [name, "-h"])]) {
    const wide = (await help(...argv)).split("\n").filter((it) =>
      it.length > 80
    );
    assertEquals(wide, []);
  }
});

Deno.test("a command that does not exist shows the help of the program", async () => {
  assertEquals(await help("nope", "--help"), await help("-h"));
});
