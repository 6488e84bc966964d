import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseCellPath } from "./cell_path.ts";
import { FsFailure } from "./failure.ts";

function codeFor(path: string, windows: boolean): number {
  return assertThrows(() => parseCellPath(path, windows), FsFailure).result;
}

Deno.test("parseCellPath() takes paths below the folder, and the folder itself", () => {
  const paths: readonly (readonly [path: string, parts: readonly string[]])[] =
    [
      [".", []],
      ["./", []],
      ["a", ["a"]],
      ["a/b", ["a", "b"]],
      ["./a//b/./c/", ["a", "b", "c"]],
      ["..a/b../...", ["..a", "b..", "..."]],
      [" ", [" "]],
      ["ä/日本/🙂", ["ä", "日本", "🙂"]],
      ["~/x", ["~", "x"]],
      ["%2e%2e/x", ["%2e%2e", "x"]],
      ["a/.pulp-tmp", ["a", ".pulp-tmp"]],
    ];
  for (const [path, parts] of paths) {
    assertEquals(parseCellPath(path, false), parts, path);
  }
  assertEquals(parseCellPath("a\\b/c", true), ["a", "b", "c"]);
  assertEquals(parseCellPath("a\\b/c", false), ["a\\b", "c"]);
});

Deno.test("parseCellPath() refuses every way out, on every system", () => {
  const paths = [
    "",
    "/",
    "/etc/passwd",
    "//host/share",
    "\\",
    "\\\\host\\share",
    "\\\\?\\C:\\x",
    "C:\\x",
    "c:/x",
    "..",
    "../x",
    "a/..",
    "a/../b",
    "a/../../b",
    "./..",
    "..\\x",
    "a\\..\\b",
    "a/..\\..\\b",
    "a\0",
    "\0",
    "../\0",
    ".pulp-tmp",
    ".pulp-tmp/x",
    "./.PULP-TMP",
  ];
  for (const path of paths) {
    for (const windows of [false, true]) {
      assertEquals(codeFor(path, windows), 5, JSON.stringify(path));
    }
  }
});

Deno.test("parseCellPath() refuses what Windows reads as something else", () => {
  const paths = [
    "con",
    "NUL",
    "a/nul.txt",
    "COM1",
    "lpt9.log",
    "com¹",
    "CONIN$",
    "a:b",
    "C:x",
    "data.db::$DATA",
    "a.",
    "a ",
    "a?b",
  ];
  for (const path of paths) {
    assertEquals(codeFor(path, true), 5, path);
    assert(parseCellPath(path, false).length > 0);
  }
  assertEquals(parseCellPath("console/com/com12", true).length, 3);
});

Deno.test("parseCellPath() bounds the depth", () => {
  assertEquals(parseCellPath("a/".repeat(128)).length, 128);
  assertEquals(codeFor("a/".repeat(129), false), 4);
});

Deno.test("parseCellPath() gives plain names or refuses", () => {
  const piece = fc.oneof(
    fc.constantFrom("..", ".", "", "/", "\\", "\0", "C:", "a", "..."),
    fc.string({ unit: "binary", maxLength: 4 }),
  );
  const path = fc.array(piece, { maxLength: 12 }).map((list) => list.join(""));
  const slashed = fc.array(piece, { maxLength: 12 }).map((list) =>
    list.join("/")
  );
  fc.assert(
    fc.property(fc.oneof(path, slashed), fc.boolean(), (text, windows) => {
      let parts: readonly string[];
      try {
        parts = parseCellPath(text, windows);
      } catch (error) {
        assert(error instanceof FsFailure && error.result === 5);
        return;
      }
      for (const part of parts) {
        assert(part !== "" && part !== "." && part !== "..");
        assert(!part.includes("/") && !part.includes("\0"));
        assert(!windows || !part.includes("\\"));
      }
      assert(!text.startsWith("/") && !text.startsWith("\\"));
      // What was read once is read the same again.
      assertEquals(parseCellPath(`./${parts.join("/")}`, windows), parts);
    }),
    { numRuns: 1000 },
  );
});
