import { assertEquals } from "@std/assert";
import type { CommandSpec } from "../command.ts";
import { bashScript } from "./bash.ts";
import { fishScript } from "./fish.ts";
import { completionTable } from "./table.ts";
import { zshScript } from "./zsh.ts";

const load: CommandSpec["load"] = () => Promise.reject(new Error("not loaded"));

/** Commands with everything that the scripts know. */
const TABLE = completionTable([
  {
    name: "host",
    summary: "Host: the user's cells [all]",
    usage: "[options] <manifest>...",
    operands: { min: 1, max: Infinity },
    operandNames: ["<manifest>"],
    description: [],
    options: [
      { name: "quiet", short: "q", summary: "A switch" },
      { name: "out", short: "o", value: "file", summary: "A file's name" },
      { name: "root", value: "folder", summary: "A folder" },
      { name: "ext", value: "file", summary: "Several", repeatable: true },
      { name: "level", value: "level", summary: "", choices: ["low", "high"] },
      { name: "count", value: "number", summary: "A back\\slash" },
    ],
    examples: [],
    load,
  },
  {
    name: "ask",
    summary: "Ask",
    usage: "<wasm|manifest> <function> [JSON]",
    operands: { min: 2, max: 3 },
    operandNames: ["<wasm|manifest>", "<function>"],
    description: [],
    options: [],
    examples: [],
    load,
  },
  {
    name: "pick",
    summary: "Pick",
    usage: "one|two",
    operands: { min: 1, max: 1 },
    operandNames: ["<which>"],
    operandChoices: ["one", "two"],
    description: [],
    options: [],
    examples: [],
    load,
  },
  {
    name: "help",
    summary: "Help",
    usage: "[<command>]",
    operands: { min: 0, max: 1 },
    operandNames: ["<command>"],
    description: [],
    options: [],
    examples: [],
    load,
  },
]);

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

for (const [shell, script] of Object.entries(SCRIPTS)) {
  Deno.test(`the script for ${shell} is the golden one`, async () => {
    const file = new URL(`../testdata/completions.${shell}`, import.meta.url);
    const text = script(TABLE);
    if (Deno.env.get("UPDATE_GOLDEN") === "1") {
      await Deno.writeTextFile(file, text);
    }
    assertEquals(text, await Deno.readTextFile(file));
  });
}

Deno.test("completionTable() takes what a value can be from its name in the help", () => {
  const [host, ask, pick, help] = TABLE.commands;
  assertEquals(
    host?.options.map(({ name, value }) => [name, value]),
    [
      ["quiet", undefined],
      ["out", "file"],
      ["root", "folder"],
      ["ext", "file"],
      ["level", ["low", "high"]],
      ["count", "anything"],
      ["help", undefined],
    ],
  );
  assertEquals(
    [host, ask, pick, help].map((it) => it?.operands.map(({ value }) => value)),
    [["file"], ["file", "anything"], [["one", "two"]], [[
      "host",
      "ask",
      "pick",
      "help",
    ]]],
  );
});
