import { assertEquals, assertThrows } from "@std/assert";
import { parseAnsi, plain } from "./ansi.ts";

Deno.test("parseAnsi() tells styles apart", () => {
  assertEquals(parseAnsi("\x1b[2m11:40\x1b[0m \x1b[1;32mINFO\x1b[39m x\n"), [[
    { text: "11:40", style: { dim: true } },
    { text: " ", style: {} },
    { text: "INFO", style: { bold: true, colour: "green" } },
    { text: " x", style: { bold: true } },
  ]]);
});

Deno.test("parseAnsi() keeps a style to the next line, and empty lines", () => {
  const red = { colour: "red" } as const;
  assertEquals(parseAnsi("\x1b[91ma\n\nb\x1b[22m\x1b[m\n"), [
    [{ text: "a", style: red }],
    [],
    [{ text: "b", style: red }],
  ]);
  assertEquals(parseAnsi(""), []);
});

Deno.test("parseAnsi() takes weight and colour away one by one", () => {
  const styles = parseAnsi("\x1b[1;36ma\x1b[22mb\x1b[39mc")[0]
    ?.map(({ style }) => style);
  assertEquals(styles, [
    { bold: true, colour: "cyan" },
    { colour: "cyan" },
    {},
  ]);
});

Deno.test("parseAnsi() shows what is left of a line that was written anew", () => {
  const lines = parseAnsi("\r\x1b[Kcompiling\r\x1b[K{}\n").map(plain);
  assertEquals(lines, ["{}"]);
});

Deno.test("parseAnsi() refuses what is no style, and styles it can't draw", () => {
  for (
    const text of ["\x1b[2J", "\x1b]0;title\x07", "\x1b[38;5;2m", "\x1b[4m"]
  ) {
    assertThrows(() => parseAnsi(`a${text}`), Error, "Cannot draw");
  }
});
