import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PulpError } from "../errors.ts";
import { asksForHelp, parseCommandArgs } from "./args.ts";
import type { CommandSpec } from "./command.ts";

const COMMAND: CommandSpec = {
  name: "demo",
  summary: "A command",
  usage: "<x>",
  operands: { min: 0, max: 3 },
  operandNames: ["<x>"],
  description: [],
  options: [
    { name: "raw", summary: "a switch", short: "r" },
    { name: "listen", value: "host:port", summary: "text", default: "here:1" },
    {
      name: "level",
      value: "level",
      summary: "",
      choices: ["debug", "info"],
      hints: { loud: "say debug" },
    },
    { name: "count", value: "n", summary: "", integer: { min: 1, max: 9 } },
    { name: "manifest", value: "m", summary: "", repeatable: true },
    { name: "manifest-age", value: "n", summary: "" },
  ],
  examples: [],
  load: () => Promise.reject(new Error("not loaded")),
};

const parse = (...argv: string[]): ReturnType<typeof parseCommandArgs> =>
  parseCommandArgs(COMMAND, argv);

function refusal(...argv: string[]): PulpError {
  const error = assertThrows(() => parse(...argv), PulpError);
  assertEquals(error.code, "usage");
  return error;
}

Deno.test("parseCommandArgs() takes --name value and --name=value alike", () => {
  assertEquals(parse("--listen", "a:1").text("listen"), "a:1");
  assertEquals(parse("--listen=a:1").text("listen"), "a:1");
  assertEquals(parse("--listen=a=b").text("listen"), "a=b");
});

Deno.test("parseCommandArgs() gives the default of an option that is not there", () => {
  const args = parse("cell");
  assertEquals(args.text("listen"), "here:1");
  assertEquals(args.has("listen"), false);
  assertEquals(args.integer("count"), undefined);
});

Deno.test("parseCommandArgs() keeps true, false and numbers that are arguments", () => {
  const args = parse("--raw", "true", "007", "1e3");
  assertEquals(args.operands, ["true", "007", "1e3"]);
  assertEquals(args.has("raw"), true);
  assertEquals(parse("a", "b", "-r", "false").operands, ["a", "b", "false"]);
});

Deno.test("parseCommandArgs() takes everything behind -- as arguments", () => {
  const args = parse("a", "--", "--raw", "-5");
  assertEquals(args.operands, ["a", "--raw", "-5"]);
  assertEquals(args.has("raw"), false);
  assertEquals(asksForHelp(["a", "--", "--help"]), false);
});

Deno.test("parseCommandArgs() takes a dash as an argument and as a value", () => {
  assertEquals(parse("a", "b", "-").operands, ["a", "b", "-"]);
  const args = parse("--listen", "-", "a", "-", "--raw", "--", "-");
  assertEquals(args.text("listen"), "-");
  assertEquals(args.operands, ["a", "-", "-"]);
});

Deno.test("parseCommandArgs() collects what may be repeated and refuses other repeats", () => {
  assertEquals(parse("--manifest=a", "--manifest", "b").list("manifest"), [
    "a",
    "b",
  ]);
  assertEquals(
    refusal("--listen=a:1", "--listen=b:1").message,
    'Cannot use "--listen" twice: it takes one value',
  );
  assertEquals(
    refusal("--raw", "-r").message,
    'Cannot use "--raw" twice: it takes one value',
  );
});

Deno.test("parseCommandArgs() names the option that was meant", () => {
  assertEquals(
    refusal("--lisen=a:1").message,
    'Unknown option "--lisen" for "demo" (did you mean "--listen"?)',
  );
  assertEquals(
    refusal("-listen", "a:1").message,
    'Unknown option "-listen" for "demo" (did you mean "--listen"?)',
  );
  assertEquals(
    refusal("--zzzzzzzz").message,
    'Unknown option "--zzzzzzzz" for "demo"',
  );
});

Deno.test("parseCommandArgs() never takes --no-name as name", () => {
  for (const arg of ["--no-listen=x", "--no-listen", "--no-raw"]) {
    assertEquals(refusal(arg).message.startsWith("Unknown option"), true);
  }
});

Deno.test("parseCommandArgs() refuses names of an object's own machinery", () => {
  for (const arg of ["--__proto__=x", "--constructor", "--listen.x=1"]) {
    assertEquals(refusal(arg).message.startsWith("Unknown option"), true);
  }
});

Deno.test("parseCommandArgs() knows an option by one of its words or values", () => {
  const meant: Readonly<Record<string, string | undefined>> = {
    "--debug": "--level debug",
    "--info": "--level info",
    "-c": "--count",
    "--age": "--manifest-age",
    "--lev": "--level",
    // It could be either.
    "-m": undefined,
    "--verbose": undefined,
  };
  for (const [given, option] of Object.entries(meant)) {
    assertEquals(
      refusal(given, "x").message,
      `Unknown option "${given}" for "demo"${
        option === undefined ? "" : ` (did you mean "${option}"?)`
      }`,
    );
  }
});

Deno.test("parseCommandArgs() says which value is missing", () => {
  const message = 'Cannot use "--listen": its value <host:port> is missing';
  assertEquals(refusal("--listen").message, message);
  assertEquals(refusal("--listen=").message, message);
  assertEquals(refusal("--listen", "--raw").message, message);
});

Deno.test("parseCommandArgs() refuses a value for a switch", () => {
  assertEquals(
    refusal("--raw=1").message,
    'Cannot use "--raw=1": --raw takes no value',
  );
  assertEquals(parse("--raw=false").has("raw"), false);
});

Deno.test("parseCommandArgs() checks choices and whole numbers", () => {
  assertEquals(
    refusal("--level=debgg").message,
    'Cannot use "debgg" for "--level": it takes debug, info (did you mean "debug"?)',
  );
  const loud = refusal("--level=Loud");
  assertEquals(
    [loud.message, loud.hint],
    ['Cannot use "Loud" for "--level": it takes debug, info', "say debug"],
  );
  const unknown = refusal("--level=constructor");
  assertEquals(unknown.hint, 'see "pulp demo --help"');
  assertEquals(parse("--count=9").integer("count"), 9);
  for (
    const value of ["0", "10", "1.5", "0x1", "1e0", "", " 1", "-1", "nine"]
  ) {
    refusal(`--count=${value}`);
  }
});

Deno.test("parseCommandArgs() counts arguments", () => {
  assertEquals(
    refusal("a", "b", "c", "d").message,
    'Unexpected argument "d" for "demo"',
  );
  const error = assertThrows(
    () =>
      parseCommandArgs({ ...COMMAND, operands: { min: 1, max: 1 } }, ["--raw"]),
    PulpError,
  );
  assertEquals(error.message, 'Cannot run "demo": <x> is missing');
});

Deno.test("parseCommandArgs() takes no first argument but those of its choice", () => {
  const choosy = { ...COMMAND, operandChoices: ["bash", "zsh"] };
  assertEquals(parseCommandArgs(choosy, ["zsh", "b"]).operands, ["zsh", "b"]);
  assertEquals(parseCommandArgs(choosy, []).operands, []);
  const error = assertThrows(
    () => parseCommandArgs(choosy, ["basch"]),
    PulpError,
    'Cannot use "basch" as <x>: it takes bash, zsh (did you mean "bash"?)',
  );
  assertEquals(error.code, "usage");
});

Deno.test("parseCommandArgs() keeps every argument behind -- as it is, or says what is wrong", () => {
  fc.assert(fc.property(fc.array(fc.string(), { maxLength: 3 }), (words) => {
    assertEquals(parse("--", ...words).operands, words);
  }));
  fc.assert(fc.property(fc.array(fc.string(), { maxLength: 4 }), (words) => {
    try {
      parse(...words);
    } catch (error) {
      assertEquals(error instanceof PulpError && error.code, "usage");
    }
  }));
});
