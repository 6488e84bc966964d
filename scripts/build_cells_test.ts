import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { dirname, join, resolve } from "@std/path";
import { checkCells, compileCell, findCells } from "./build_cells.ts";

const CELLS = resolve(import.meta.dirname ?? ".", "../cells");
const SOURCE = "export function f(): i32 {\n  return 1;\n}\n";

/** A folder of files that goes away with its scope. */
async function folder(
  files: Readonly<Record<string, string>>,
): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "pulp-cells-" });
  for (const [name, text] of Object.entries(files)) {
    await Deno.mkdir(dirname(join(path, name)), { recursive: true });
    await Deno.writeTextFile(join(path, name), text);
  }
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

Deno.test("checkCells() finds every committed cell equal to its source", async () => {
  assertEquals(await checkCells(CELLS), []);
});

Deno.test("findCells() tells languages apart and names modules without a source", async () => {
  await using root = await folder({
    "a/cell.ts": SOURCE,
    "a/cell.wasm": "",
    "a/old.wasm": "",
    "b/go.mod": "",
    "b/cell.wasm": "",
    "gone/cell.wasm": "",
    "loose.wasm": "",
    "sdk/part.ts": "",
  });
  assertEquals(await findCells(root.path), {
    assemblyscript: ["a"],
    go: ["b"],
    orphans: ["a/old.wasm", "gone/cell.wasm", "loose.wasm"],
  });
});

Deno.test("checkCells() names a module that is missing, differs or does not build", async () => {
  await using root = await folder({
    "changed/cell.ts": SOURCE,
    "changed/cell.wasm": "something else",
    "missing/cell.ts": SOURCE,
    "broken/cell.ts": "export function f(): i32 { return unknown; }\n",
    "broken/cell.wasm": "",
    "same/cell.ts": SOURCE,
  });
  await Deno.writeFile(
    join(root.path, "same/cell.wasm"),
    await compileCell(root.path, "same"),
  );
  const problems = await checkCells(root.path);
  assertEquals(problems.map((line) => line.split("\n")[0]), [
    'Cannot build "broken": 1 compile error(s)',
    "changed/cell.wasm: differs from its source",
    "missing/cell.wasm: is missing",
  ]);
});

Deno.test("compileCell() fails with the compiler's messages", async () => {
  await using root = await folder({ "x/cell.ts": "export const a: u9 = 1;\n" });
  const error = await assertRejects(() => compileCell(root.path, "x"), Error);
  assertStringIncludes(error.message, "Cannot find name 'u9'");
});
