import { assertEquals, assertStringIncludes } from "@std/assert";

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

Deno.test("a reader that goes away is no crash", async () => {
  const script = '"$0" run --no-prompt --quiet "$1" --help | head -c 1; ' +
    'echo " ${PIPESTATUS[0]}"';
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", script, Deno.execPath(), MAIN],
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  assertEquals(new TextDecoder().decode(stdout), "p 0\n");
});
