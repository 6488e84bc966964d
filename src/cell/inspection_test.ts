import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { builtinRegistry } from "../capabilities/builtin.ts";
import { parseManifest } from "../manifest/parse.ts";
import { cellWat, wat } from "../testing/wat.ts";
import { type Contents, type Inspection, inspectModule } from "./inspection.ts";

/** Inspects, with a manifest of these lines when there are any. */
function inspect(
  bytes: Uint8Array<ArrayBuffer>,
  lines?: string,
): Promise<Inspection> {
  const registry = builtinRegistry();
  if (lines === undefined) return inspectModule(bytes, { registry });
  const text = `name = "x"\nversion = "1"\n${lines}\n`;
  return inspectModule(bytes, {
    registry,
    spec: parseManifest(text, "/x/pulp.cell.toml"),
  });
}

async function contentsOf(
  text: string,
  lines?: string,
): Promise<Contents> {
  const { contents } = await inspect(await wat(text), lines);
  assert(contents !== undefined);
  return contents;
}

Deno.test("inspectModule() finds nothing wrong with a cell", async () => {
  const bytes = await wat(cellWat());
  const { problems, bytes: size, sha256, contents } = await inspect(bytes);
  assertEquals(problems, []);
  assertEquals(size, bytes.length);
  assertEquals(
    sha256,
    new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex(),
  );
  assertEquals(contents?.info.functionCount, 5);
});

Deno.test("inspectModule() names every reason at once", async () => {
  const bytes = await wat(cellWat({
    without: ["pulp_step", "memory"],
    imports: `(import "env" "abort" (func (param i32)))
      (import "pulp" "http_fetsh" (func (param i32 i32 i32 i32) (result i32)))`,
    functions: `(memory (export "memory") 20)`,
  }));
  const lines =
    `capabilities = ["storage.sqlit"]\nmax_memory_pages = 3\nwasm_sha256 = "${
      "ab".repeat(32)
    }"`;
  const { problems, contents } = await inspect(bytes, lines);
  const said = [
    'Cannot bind "storage.sqlit" for cell "x": no such capability (did you mean "storage.sqlite"?)',
    "its sha256 is ",
    "missing required exports: pulp_step",
    'no capability provides "env.abort"',
    'no capability provides "pulp.http_fetsh" (did you mean "http_fetch" of transport.http.outbound?)',
    "Cannot cap the memory of the module: it starts with 20 pages, and max_memory_pages is 3",
  ];
  for (const [index, text] of said.entries()) {
    assertStringIncludes(problems[index]?.message ?? "", text);
  }
  assertEquals(problems.length, said.length);
  assertEquals(problems.at(-1)?.hint, "Set max_memory_pages to 20 or more");
  assertEquals(contents?.memories[0]?.cappedPages, undefined);
});

Deno.test("inspectModule() asks V8, too", async () => {
  const bytes = await wat(
    cellWat({ functions: "(func (drop (i32.const 0)))" }),
  );
  // i32.const 0, drop, end: the drop becomes an add of two values.
  const at = bytes.findLastIndex((byte, index) =>
    byte === 0x1a && bytes[index - 1] === 0 && bytes[index + 1] === 0x0b
  );
  const { problems } = await inspect(bytes.with(at, 0x6a));
  assertEquals(problems.length, 1);
  assertStringIncludes(problems[0]!.message, "Cannot compile the module: ");
});

Deno.test("inspectModule() says of each import what it takes to get it", async () => {
  const text = cellWat({
    imports: `(import "env" "memory" (memory 1))
      (import "pulp" "sqlite_query" (func (param i32 i32 i32 i32 i32 i32) (result i32)))
      (import "pulp" "fs_list" (func (param i32 i32 i32 i32) (result i32)))
      (import "pulp" "log_write" (func (param i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
      (import "wasi_snapshot_preview1" "fd_teleport" (func (param i32)))
      (import "pulp" "log_write" (global i32))
      (import "elsewhere" "fs_list" (func))`,
  });
  const { sources } = await contentsOf(
    text,
    'capabilities = ["storage.sqlite"]',
  );
  assertEquals(sources, [
    { capability: "host", declaration: "always" },
    { capability: "storage.sqlite", declaration: "declared" },
    { capability: "storage.fs", declaration: "undeclared" },
    { capability: "log.write", declaration: "always" },
    { capability: "wasi", declaration: "always" },
    {},
    {},
    {},
  ]);
});

Deno.test("inspectModule() caps memories as the host would", async () => {
  const own = `(memory (export "memory") 2 9)`;
  const text = cellWat({ without: ["memory"], functions: own });
  const [bare] = (await contentsOf(text)).memories;
  assertEquals([bare?.minPages, bare?.maxPages, bare?.cappedPages], [2, 9, 9]);
  const [small] = (await contentsOf(text, "max_memory_pages = 5")).memories;
  assertEquals([small?.maxPages, small?.cappedPages], [9, 5]);
  const [none] = (await contentsOf(cellWat())).memories;
  assertEquals([none?.maxPages, none?.cappedPages], [undefined, 4096]);
});

// The functions that a module exports, and whether it has a start function.
const STARTS: readonly (readonly [string, Contents["start"]])[] = [
  ["", { kind: "none" }],
  ["(func $f) (start $f)", { kind: "start function", startFunction: 5 }],
  [`(func (export "_initialize"))`, {
    kind: "reactor",
    entry: "_initialize",
  }],
  [`(func (export "_start"))`, { kind: "command", entry: "_start" }],
  [`(func (export "_start")) (func (export "_initialize"))`, {
    kind: "reactor",
    entry: "_initialize",
    ignored: "_start",
  }],
  [`(func $f (export "_start")) (start $f)`, {
    kind: "command",
    startFunction: 5,
    entry: "_start",
  }],
  [`(global (export "_start") i32 (i32.const 0))`, { kind: "none" }],
];

for (const [functions, start] of STARTS) {
  Deno.test(`inspectModule() starts "${functions}" as ${start.kind}`, async () => {
    assertEquals((await contentsOf(cellWat({ functions }))).start, start);
  });
}

const encoder = new TextEncoder();
const HEADER = [0x00, 0x61, 0x73, 0x6d];

// What people take for a module, and what they are told.
const OTHERS: readonly (readonly [
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  says: string,
  hint?: string,
])[] = [
  ["nothing", new Uint8Array(), "the file is empty"],
  [
    "a component",
    new Uint8Array([...HEADER, 0x0d, 0, 1, 0]),
    "it is a component, and cells are core modules",
    "as a reactor for wasip1",
  ],
  [
    "WAT",
    encoder.encode(";; a cell\n(module)"),
    "it is WebAssembly text (WAT)",
    "wat2wasm",
  ],
  ["gzip", new Uint8Array([0x1f, 0x8b, 8, 0]), "it is gzip data"],
  ["a page", encoder.encode("<!doctype html>"), "it looks like text"],
  [
    "a section of 4 GiB",
    new Uint8Array([...HEADER, 1, 0, 0, 0, 1, 255, 255, 255, 255, 15]),
    "says 4294967295 bytes where 0 are left",
  ],
  [
    "2 billion imports",
    new Uint8Array([...HEADER, 1, 0, 0, 0, 2, 5, 255, 255, 255, 255, 7]),
    "it says 2147483647 imports",
  ],
];

for (const [name, bytes, says, hint = ""] of OTHERS) {
  Deno.test(`inspectModule() says that ${name} is no module`, async () => {
    const { contents, problems } = await inspect(bytes);
    assertEquals(contents, undefined);
    assertEquals(problems.length, 1);
    assertStringIncludes(problems[0]!.message, says);
    assertStringIncludes(problems[0]!.hint ?? "", hint);
  });
}

Deno.test("inspectModule() does not throw for a module that was damaged", async () => {
  const whole = await wat(cellWat({
    imports:
      `(import "pulp" "log_write" (func (param i32 i32 i32) (result i32)))`,
    functions: `(table 1 funcref) (func $f) (start $f)`,
  }));
  await fc.assert(fc.asyncProperty(
    fc.nat(whole.length),
    fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 }),
    async (length, changes) => {
      const bytes = whole.slice(0, length);
      for (const [at, byte] of changes) {
        if (at < length) bytes[at] = byte;
      }
      const { problems, contents } = await inspect(bytes);
      assert(contents !== undefined || problems.length > 0);
    },
  ));
});
