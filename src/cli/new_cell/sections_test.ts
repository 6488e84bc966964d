import { assert, assertEquals, assertThrows } from "@std/assert";
import * as fc from "fast-check";
import { fillSections } from "./sections.ts";

const fill = (template: string, ...holds: string[]): string =>
  fillSections(template, new Set(holds));

Deno.test("fillSections() keeps the lines of what holds", () => {
  const template = "a\n//#if x\nb\n//#else\nc\n//#end\nd\n";
  assertEquals(fill(template, "x"), "a\nb\nd\n");
  assertEquals(fill(template), "a\nc\nd\n");
});

Deno.test("fillSections() knows names that all have to hold, and bars between", () => {
  const template = ";;#if a b | c\nyes\n;;#else\nno\n;;#end\n";
  assertEquals(fill(template, "a"), "no\n");
  assertEquals(fill(template, "a", "b"), "yes\n");
  assertEquals(fill(template, "c"), "yes\n");
});

Deno.test("fillSections() takes parts within parts, however far they are set in", () => {
  const template = "//#if a\n1\n  //#if b\n  2\n\t;;#end\n//#end\n";
  assertEquals(fill(template, "a"), "1\n");
  assertEquals(fill(template, "a", "b"), "1\n  2\n");
  assertEquals(fill(template, "b"), "\n");
});

Deno.test("fillSections() takes nothing else for a mark", () => {
  const template = "#if a\n#ifdef b\nx //#if a\n// #if a\n//#iffy\n#end\n";
  assertEquals(fill(template), template);
});

Deno.test("fillSections() leaves one blank line where parts between went", () => {
  assertEquals(fill("a\n\n//#if x\nb\n//#end\n\nc\n\n\n"), "a\n\nc\n");
  assertEquals(fill("//#if x\nb\n//#end\n\nc"), "c\n");
});

Deno.test("fillSections() refuses marks that do not match", () => {
  assertThrows(() => fill("//#end\n"), TypeError, "line 1");
  assertThrows(() => fill("a\n//#else\n"), TypeError, "line 2");
  assertThrows(() => fill("//#if a\n"), TypeError, "without");
});

Deno.test("fillSections() gives the lines outside of parts whatever holds", () => {
  const name = fc.constantFrom("a", "b", "c");
  const { block } = fc.letrec<{ block: string[] }>((tie) => ({
    block: fc.array(
      fc.oneof(
        { maxDepth: 3 },
        fc.constant(["plain"]),
        fc.tuple(name, tie("block"), tie("block")).map(([it, yes, no]) => [
          `//#if ${it}`,
          ...yes.map((line) => line.replace("plain", it)),
          "//#else",
          ...no.map((line) => line.replace("plain", `not-${it}`)),
          "//#end",
        ]),
      ),
    ).map((parts) => parts.flat()),
  }));
  fc.assert(fc.property(block, fc.subarray(["a", "b", "c"]), (lines, holds) => {
    const filled = fill(lines.join("\n"), ...holds).split("\n");
    assert(!filled.some((line) => line.includes("#")));
    // What is inside of parts carries the name of the nearest one.
    const count = (all: readonly string[]): number =>
      all.filter((line) => line === "plain").length;
    assertEquals(count(filled), count(lines));
    for (const it of ["a", "b", "c"]) {
      const absent = holds.includes(it) ? `not-${it}` : it;
      assert(!filled.includes(absent));
    }
  }));
});
