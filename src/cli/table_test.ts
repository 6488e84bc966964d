import { assertEquals, assertLess } from "@std/assert";
import { cut, cutTable, firstOf, table } from "./table.ts";

Deno.test("table() makes columns as wide as their widest cell", () => {
  assertEquals(
    table(["a", "long header", "c"], [["wide cell", "x", ""], ["y", "", "z"]]),
    "  a          long header  c\n" +
      "  wide cell  x\n" +
      "  y                       z\n",
  );
});

Deno.test("table() keeps each row in its line whatever a cell holds", () => {
  assertEquals(table(["a"], [["x\n\x1b[2J"]], ""), "a\nx\\n\\x1b[2J\n");
});

Deno.test("table() of no rows is its header", () => {
  assertEquals(table(["a", "b"], []), "  a  b\n");
});

Deno.test("table() does not make every row as long as its longest cell", () => {
  const rows = [["x".repeat(1_000_000), "z"], ...Array(1_000).fill(["a", "b"])];
  const text = table(["c", "d"], rows);
  assertLess(text.length, 1_500_000);
  assertEquals(text.split("\n")[2], `  a${" ".repeat(199)}  b`);
});

Deno.test("cutTable(), firstOf() and cut() say how much they leave out", () => {
  const items = Array.from({ length: 201 }, (_, i) => `${i}`);
  const lines = cutTable(["n"], items, (it) => [it]).split("\n");
  assertEquals(lines.slice(-3), [
    "  199",
    "  and 1 more; --json has them all",
    "",
  ]);
  assertEquals(firstOf(["a", "b", "c"], 2), ["a", "b", "1 more"]);
  assertEquals(firstOf(["a", "b"], 2), ["a", "b"]);
  assertEquals([cut("abc", 2), cut("ab", 2)], ["ab...", "ab"]);
});
