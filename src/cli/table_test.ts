import { assertEquals } from "@std/assert";
import { table } from "./table.ts";

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
