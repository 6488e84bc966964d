import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { posix, win32 } from "node:path";
import { folderOf, isAbsolutePath, resolvePath } from "./paths.ts";

const part = fc.constantFrom("a", "b c", ".", "..", "", "x.wasm", "...");
const relative = fc.array(part, { maxLength: 6 })
  .map((parts) => parts.join("/").replace(/^\/+/, ""));
const absolute = relative.map((path) => `/${path}`);

Deno.test("resolvePath() agrees with node:path about POSIX paths", () => {
  fc.assert(
    fc.property(absolute, fc.oneof(relative, absolute), (base, path) => {
      assertEquals(resolvePath(base, path, false), posix.resolve(base, path));
    }),
  );
});

Deno.test("resolvePath() agrees with node:path about Windows paths", () => {
  const bases = absolute.map((path) => `C:${path}`);
  fc.assert(fc.property(bases, relative, (base, path) => {
    assertEquals(resolvePath(base, path, true), win32.resolve(base, path));
  }));
  for (
    const [base, path] of [
      ["C:\\a", "D:/b\\..\\c"],
      ["\\\\server\\share\\a", "..\\..\\b"],
      ["//server/share", "x"],
    ] as const
  ) {
    assertEquals(resolvePath(base, path, true), win32.resolve(base, path));
  }
});

Deno.test("folderOf() names the folder of a file", () => {
  assertEquals(folderOf("/a/b/pulp.cell.toml", false), "/a/b");
  assertEquals(folderOf("C:\\a\\pulp.cell.toml", true), "C:\\a");
});

Deno.test("isAbsolutePath() knows roots and drives", () => {
  assert(isAbsolutePath("/a", false));
  assert(!isAbsolutePath("a/b", false));
  assert(!isAbsolutePath("C:\\a", false));
  assert(isAbsolutePath("C:\\a", true));
  assert(isAbsolutePath("c:/a", true));
  assert(!isAbsolutePath("C:a", true));
});
