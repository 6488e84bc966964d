import { assertEquals } from "@std/assert";
import type { Row } from "./layout.ts";
import { sceneOf, shownLines } from "./scene.ts";

function lines(
  ...texts: readonly string[]
): { text: string; style: object }[][] {
  return texts.map((text) => [{ text, style: {} }]);
}

function textsOf(shown: readonly (readonly { text: string }[])[]): string[] {
  return shown.map((line) => line.map(({ text }) => text).join(""));
}

Deno.test("shownLines() puts a mark where lines are left out", () => {
  const all = lines("head", "a", "b", "tail", "c");
  assertEquals(textsOf(shownLines(all, /head|tail/)), [
    "head",
    "...",
    "tail",
    "...",
  ]);
  assertEquals(shownLines(all, undefined), all);
});

Deno.test("shownLines() keeps blank lines that stand alone", () => {
  const shown = shownLines(lines("head", "", "tail", "", "a"), /head|tail/);
  assertEquals(textsOf(shown), ["head", "", "tail", "..."]);
});

Deno.test("sceneOf() shows a command as a shell does", () => {
  const step = { says: "Why", command: "run \\\n  long &", shows: /b/ };
  const { caption, command, output } = sceneOf(step, "a\nbcdefghijk\n", 8);
  const texts = (row: Row): string[] => row.map(({ text }) => text);
  assertEquals(caption.map(texts), [["# Why"]]);
  assertEquals(command.map(({ row, column }) => [column, ...texts(row)]), [
    [2, "$", "run \\"],
    [2, ">", "long"],
    [0, "&"],
  ]);
  assertEquals(output.map(texts), [["..."], ["bcdefghi"], ["jk"]]);
  assertEquals(sceneOf({ command: "ls" }, "", 8).caption, []);
});
