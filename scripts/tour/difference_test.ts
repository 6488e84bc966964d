import { assertEquals } from "@std/assert";
import { firstDifference } from "./difference.ts";

Deno.test("firstDifference() shows the first lines that differ", () => {
  assertEquals(firstDifference("a\nb\n", "a\nb\n"), undefined);
  assertEquals(firstDifference("a\nb\nc", "a\nx\ny"), "line 2:\n- b\n+ x");
  assertEquals(firstDifference("a", "a\nb"), "line 2:\n+ b");
  assertEquals(firstDifference("a\nb", "a"), "line 2:\n- b");
});
