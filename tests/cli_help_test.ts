import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";

const MAIN = new URL("../main.ts", import.meta.url).pathname;

/** Runs the program as a user without any flag for Deno would. */
async function pulp(
  ...argv: string[]
): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--quiet", MAIN, ...argv],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

Deno.test("--help needs no permission, after any command", async () => {
  for (
    const argv of [
      ["--help"],
      ["-h"],
      ["run", "--help"],
      ["call", "-h"],
      ["step", "--nope", "--help"],
      ["check", "--help", "--json=1"],
      ["help"],
      ["help", "call"],
    ]
  ) {
    const { code, out, err } = await pulp(...argv);
    assertEquals([code, err], [0, ""]);
    assertStringIncludes(out, "Usage: pulp ");
    assertStringIncludes(out, "Exit codes:");
  }
});

Deno.test("--version needs no permission", async () => {
  const { code, out } = await pulp("--version");
  assertEquals(code, 0);
  assertStringIncludes(out, `(Deno ${Deno.version.deno})`);
});

Deno.test("a wrong command line ends with 2 and without output", async () => {
  for (const argv of [[], ["rum"], ["run", "--lisen=a:1"], ["call", "x"]]) {
    const { code, out, err } = await pulp(...argv);
    assertEquals([code, out], [2, ""]);
    assertEquals(err === "", false);
  }
});

Deno.test("a slip in a command or a flag is refused with the near miss", async () => {
  const slips: readonly (readonly [argv: string[], says: string])[] = [
    [["rum", "x"], 'Unknown command "rum" (did you mean "run"?)'],
    [["chekc", "x"], 'Unknown command "chekc" (did you mean "check"?)'],
    [["--versoin"], 'Unknown option "--versoin" (did you mean "--version"?)'],
    [["run", "--lisen=a:1", "x"], '(did you mean "--listen"?)'],
    [["call", "--rwa", "x", "f"], '(did you mean "--raw"?)'],
    [["step", "--cuont=2", "x"], '(did you mean "--count"?)'],
    [["check", "--jsno", "x"], '(did you mean "--json"?)'],
    [["run", "--log-level=inof", "x"], '"info"'],
    [["run", "--http-port=http", "x"], "http-port"],
    [["run", "--log-format=jsn", "x"], '(did you mean "json"?)'],
    [["help", "relaod"], '(did you mean "reload"?)'],
    [["completions", "bsh"], '(did you mean "bash"?)'],
    [["--version", "--jsno"], '(did you mean "--json"?)'],
    [["run", "--listen=8080", "x"], "did you mean 127.0.0.1:8080?"],
  ];
  for (const [argv, says] of slips) {
    const { code, out, err } = await pulp(...argv);
    assertEquals([code, out], [2, ""], argv.join(" "));
    assertStringIncludes(err, says);
  }
});

Deno.test("--help says what each exit code means", async () => {
  for (const argv of [["--help"], ["run", "--help"], ["check", "--help"]]) {
    const { out } = await pulp(...argv);
    for (const code of [0, 1, 2, 3, 4, 130]) {
      assertMatch(out, new RegExp(`^ {2}${code} +\\S`, "m"));
    }
  }
});

Deno.test("a reader that goes away is no crash", async () => {
  const script = '"$0" run --no-prompt --quiet "$1" --help | head -c 1; ' +
    'echo " ${PIPESTATUS[0]}"';
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", script, Deno.execPath(), MAIN],
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  assertEquals(new TextDecoder().decode(stdout), "p 0\n");
});
