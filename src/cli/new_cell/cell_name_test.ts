import { assertEquals, assertThrows } from "@std/assert";
import * as fc from "fast-check";
import { PulpError } from "../../errors.ts";
import { checkedName, nearName } from "./cell_name.ts";

Deno.test("checkedName() takes what a manifest takes", () => {
  for (const name of ["a", "My.Cell_2-b", "0", "-x", ".x", "a".repeat(255)]) {
    assertEquals(checkedName(name), name);
  }
});

Deno.test("checkedName() refuses the rest with a name that would do", () => {
  const cases: readonly (readonly [name: string, near: string])[] = [
    ["My Cell", "my-cell"],
    ["Grün & Blau", "grun-blau"],
    ["a/b", "a-b"],
    ["..", "cell"],
    ["", "cell"],
    [" padded ", "padded"],
    ["日本", "cell"],
    ["a\0b", "a-b"],
    ["x".repeat(300), "x".repeat(255)],
  ];
  for (const [name, near] of cases) {
    const error = assertThrows(() => checkedName(name), PulpError);
    assertEquals(error.code, "usage");
    assertEquals(error.hint, `--name ${near}`);
  }
});

Deno.test("nearName() gives a name that is taken, and leaves those alone that are", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
    const near = nearName(text);
    assertEquals(checkedName(near), near);
    assertEquals(nearName(near), near);
  }));
});
