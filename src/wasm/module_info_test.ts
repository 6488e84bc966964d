import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertLess,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { readModuleInfo } from "./module_info.ts";
import {
  body,
  custom,
  HEADER,
  leb,
  moduleOf,
  section,
  text,
  vec,
  wideLeb,
} from "./testing/binary.ts";
import { wat } from "./testing/wat.ts";

function refuses(bytes: Uint8Array, ...parts: readonly string[]): PulpError {
  const error = assertThrows(() => readModuleInfo(bytes), PulpError);
  assertEquals(error.code, "module");
  for (const part of parts) assertStringIncludes(error.message, part);
  return error;
}

const bytesOf = (source: string): Uint8Array =>
  new TextEncoder().encode(source);

const EVERYTHING = `(module
  (import "pulp" "log_write" (func (param i32 i32 i32) (result i32)))
  (import "env" "memory" (memory 1 2))
  (import "env" "table" (table 1 funcref))
  (import "env" "global" (global (mut i64)))
  (import "env" "oops" (tag (param i32)))
  (memory (export "memory") 3 9)
  (global (export "g") i32 (i32.const 1))
  (func $start)
  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
  (func (export "wide") (result i64 f32 f64 v128 externref funcref)
    unreachable)
  (start $start)
  (table (export "t") 2 funcref)
  (data (i32.const 0) "hello"))`;

Deno.test("readModuleInfo() tells imports, exports, memories and the start function", async () => {
  const info = readModuleInfo(await wat(EVERYTHING));
  assertEquals(info.imports, [
    {
      module: "pulp",
      name: "log_write",
      kind: "function",
      type: { params: ["i32", "i32", "i32"], results: ["i32"] },
    },
    { module: "env", name: "memory", kind: "memory" },
    { module: "env", name: "table", kind: "table" },
    { module: "env", name: "global", kind: "global" },
    {
      module: "env",
      name: "oops",
      kind: "tag",
      type: { params: ["i32"], results: [] },
    },
  ]);
  assertEquals(info.exports, [
    { name: "memory", kind: "memory", index: 1 },
    { name: "g", kind: "global", index: 1 },
    {
      name: "pulp_init",
      kind: "function",
      index: 2,
      type: { params: ["i32", "i32"], results: ["i32"] },
    },
    {
      name: "wide",
      kind: "function",
      index: 3,
      type: {
        params: [],
        results: ["i64", "f32", "f64", "v128", "externref", "funcref"],
      },
    },
    { name: "t", kind: "table", index: 1 },
  ]);
  assertEquals(info.memories, [
    { imported: true, minPages: 1, maxPages: 2, shared: false, is64: false },
    { imported: false, minPages: 3, maxPages: 9, shared: false, is64: false },
  ]);
  assertEquals(info.startFunction, 1);
  assertEquals(info.functionCount, 3);
  assert(info.codeBytes > 0);
  assertEquals(info.customSections.map((each) => each.name), ["name"]);
});

Deno.test("readModuleInfo() agrees with V8 about a module's borders", async () => {
  const bytes = await wat(EVERYTHING);
  const module = new WebAssembly.Module(bytes);
  const info = readModuleInfo(bytes);
  assertEquals(
    info.imports.map(({ module, name, kind }) => ({ module, name, kind })),
    WebAssembly.Module.imports(module).map(({ module, name, kind }) => ({
      module,
      name,
      kind: kind as string as "function",
    })),
  );
  assertEquals(
    info.exports.map(({ name, kind }) => ({ name, kind: kind as string })),
    WebAssembly.Module.exports(module).map(({ name, kind }) => ({
      name,
      kind: kind as string,
    })),
  );
});

Deno.test("readModuleInfo() takes every type form that V8 takes", () => {
  const bytes = moduleOf(
    section(
      1,
      vec(
        [0x4e, 0],
        [
          ...[0x4e, 2],
          ...[0x50, 0, 0x5f, 2, 0x78, 1, 0x63, 0, 0],
          ...[0x4f, 1, 0, 0x5f, 2, 0x78, 1, 0x63, 0, 0],
        ],
        [0x5e, 0x77, 1],
        [0x50, 0, 0x60, 0, 0],
        [
          ...[0x60, 7, 0x64, 0, 0x63, 0x70, 0x63, 0xf0, 0xff, 0xff, 0xff, 0x7f],
          ...[0x69, 0x6e, 0x71, 0x64, 0x80, 0x80, 0x80, 0x80, 0x00],
          ...[1, 0x7b],
        ],
      ),
    ),
    section(3, vec([4])),
    section(5, vec([0x04, 1], [0x05, 1, 0x80, 0x80, 0x04], [0x03, 1, 2])),
    section(7, vec([...text("f"), 0, 0])),
    section(10, vec(body([0]))),
  );
  assert(WebAssembly.validate(bytes), "V8 takes it");
  const info = readModuleInfo(bytes);
  assertEquals(info.exports[0]?.type, {
    params: [
      "(ref 0)",
      "(ref null func)",
      "(ref null func)",
      "exnref",
      "anyref",
      "nullref",
      "(ref 0)",
    ],
    results: ["v128"],
  });
  assertEquals(info.memories, [
    { imported: false, minPages: 1, shared: false, is64: true },
    {
      imported: false,
      minPages: 1,
      maxPages: 65536,
      shared: false,
      is64: true,
    },
    { imported: false, minPages: 1, maxPages: 2, shared: true, is64: false },
  ]);
});

Deno.test("readModuleInfo() takes numbers that are longer than they need to be", () => {
  const bytes = moduleOf(
    [1, ...wideLeb(8), ...wideLeb(1), 0x60, 0, 0],
    section(3, [...wideLeb(1), ...wideLeb(0)]),
    section(7, vec([...wideLeb(1), 0x66, 0, ...wideLeb(0)])),
    section(10, vec(body([]))),
  );
  assert(WebAssembly.validate(bytes));
  assertEquals(readModuleInfo(bytes).exports[0]?.name, "f");
  refuses(
    moduleOf([1, 0x84, 0x80, 0x80, 0x80, 0x10, 1, 0x60, 0, 0]),
    "does not fit 32 bits",
  );
});

Deno.test("readModuleInfo() reads the producers section, and passes over a broken one", () => {
  const good = custom(
    "producers",
    vec(
      [...text("language"), ...vec([...text("Go"), ...text("1.26")])],
      [...text("processed-by"), ...vec([...text("Go cmd"), ...text("x")])],
      [...text("sdk"), ...vec()],
    ),
  );
  assertEquals(readModuleInfo(moduleOf(good)).producers, {
    language: [{ name: "Go", version: "1.26" }],
    processedBy: [{ name: "Go cmd", version: "x" }],
    sdk: [],
  });
  const tool = [...text("x".repeat(70_000)), ...text("1")];
  for (
    const broken of [
      [...leb(4_000_000_000), 3, 1],
      vec([...text("sdk"), ...vec(tool)]),
    ]
  ) {
    const info = readModuleInfo(moduleOf(custom("producers", broken)));
    assertEquals(info.producers, undefined);
    assertEquals(info.customSections[0]?.name, "producers");
  }
});

Deno.test("readModuleInfo() says what a file is that is no module", () => {
  refuses(new Uint8Array(), "the file is empty");
  refuses(new Uint8Array([0]), "ends within its header");
  refuses(new Uint8Array(HEADER.slice(0, 6)), "ends within its header");
  refuses(bytesOf("#!/bin/sh\necho hi\n"), "looks like text");
  refuses(bytesOf("{}"), "looks like text");
  const wat = refuses(bytesOf(";; a cell\n  (module (func))"), "WAT");
  assertStringIncludes(wat.hint ?? "", "wat2wasm");
  refuses(new Uint8Array([0x1f, 0x8b, 8, 0, 0]), "gzip");
  refuses(new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 2]), "ELF");
  refuses(new Uint8Array([9, 8, 0xfe, 6]), "starts with 09 08 fe 06");
  refuses(
    new Uint8Array([...HEADER.slice(0, 4), 2, 0, 0, 0]),
    "its version is 02 00 00 00",
  );
});

Deno.test("readModuleInfo() sends a component to a core build", () => {
  const error = refuses(
    new Uint8Array([...HEADER.slice(0, 4), 0x0d, 0, 1, 0, 1, 2, 3]),
    "it is a component",
  );
  assertStringIncludes(error.hint ?? "", "wasip1");
});

Deno.test("readModuleInfo() refuses a heap of zeros and an oversize file at once", () => {
  const started = performance.now();
  refuses(new Uint8Array(100_000_000), "starts with 00 00 00 00");
  refuses(
    new Uint8Array(LIMITS.moduleBytes + 1),
    `more than ${LIMITS.moduleBytes}`,
  );
  assertLess(performance.now() - started, 1000);
});

Deno.test("readModuleInfo() allocates nothing on the word of a count or a length", () => {
  const huge = leb(0xffff_ffff);
  refuses(moduleOf([1, ...huge]), "says 4294967295 bytes where 0 are left");
  refuses(moduleOf(section(1, huge)), "the type section ends");
  refuses(moduleOf(section(1, [1, 0x4e, ...huge])), "the type section ends");
  refuses(moduleOf(section(1, [1, 0x60, ...leb(1000)])), "ends");
  refuses(moduleOf(section(1, [1, 0x60, ...huge])), "more than 1000");
  refuses(moduleOf(section(2, huge)), "imports, more than");
  refuses(moduleOf(section(2, [1, ...huge])), "longer than 100000 bytes");
  refuses(moduleOf(section(2, [1, ...leb(1000)])), "the import section ends");
  refuses(moduleOf(section(3, huge)), "functions, more than");
  refuses(moduleOf(section(5, huge)), "memories, more than");
  refuses(moduleOf(section(7, huge)), "exports, more than");
  refuses(moduleOf(section(10, huge)), "0 functions and 4294967295 bodies");
  refuses(moduleOf(section(0, huge)), "longer than 100000 bytes");
});

Deno.test("readModuleInfo() bounds what a large file may make it keep", () => {
  const customs = new Uint8Array(8 + 3 * (LIMITS.moduleCustomSections + 1));
  customs.set(HEADER);
  for (let at = 8; at < customs.length; at += 3) customs.set([0, 1, 0], at);
  refuses(customs, "custom sections");
  const type = [0x60, ...leb(1000), ...Array<number>(1000).fill(0x7f), 0];
  const imports = Array.from({ length: 1200 }, () => [0, 0, 0, 0]);
  refuses(
    moduleOf(section(1, vec(type)), section(2, vec(...imports))),
    "parameters",
  );
});

Deno.test("readModuleInfo() bounds types, tags, memories and elements", () => {
  const types = (count: number, type: readonly number[]): Uint8Array =>
    moduleOf([
      1,
      ...leb(leb(count).length + count * type.length),
      ...leb(count),
      ...Array(count).fill(type).flat(),
    ]);
  assertEquals(
    readModuleInfo(types(LIMITS.moduleTypes, [0x60, 0, 0])).typeCount,
    LIMITS.moduleTypes,
  );
  refuses(types(LIMITS.moduleTypes + 1, [0x60, 0, 0]), "100000 types");
  const wide = [0x5f, ...leb(10_000), ...Array(10_000).fill([0x7f, 0]).flat()];
  refuses(types(101, wide), "more than 1000000 parameters, results and fields");
  const tag = section(1, vec([0x60, 0, 0]));
  const tags = Array<number[]>(LIMITS.moduleTags + 1).fill([0, 0]);
  refuses(moduleOf(tag, section(13, vec(...tags))), "tags, more than 10000");
  const memory = [0, 0, 2, 0, 0];
  const imports = vec(...Array<number[]>(LIMITS.moduleMemories).fill(memory));
  readModuleInfo(moduleOf(section(2, imports)));
  refuses(
    moduleOf(section(2, imports), section(5, vec([0, 0]))),
    "65 memories, more than 64",
  );
  refuses(
    moduleOf(
      section(
        2,
        vec(...Array<number[]>(LIMITS.moduleMemories + 1).fill(memory)),
      ),
    ),
    "65 memories, more than 64",
  );
  const elements = new Array<number>(LIMITS.moduleElementBytes + 1).fill(0);
  refuses(moduleOf(section(9, elements)), "its element section has");
});

Deno.test("readModuleInfo() bounds the names that a large file may make it keep", () => {
  const name = text("x".repeat(99_990));
  const most = Math.floor(LIMITS.moduleNameBytes / name.length);
  const exports = (count: number): Uint8Array =>
    moduleOf(section(5, vec([0, 1])), [
      7,
      ...leb(count * (name.length + 2) + 1),
      count,
      ...Array(count).fill([...name, 2, 0]).flat(),
    ]);
  assertEquals(readModuleInfo(exports(most)).exports.length, most);
  const refused = refuses(
    exports(most + 1),
    "the names of its imports and exports have more than 8388608 bytes",
  );
  assertLess(refused.message.length, 200);
  const sections = Array<number[]>(most + 1).fill(section(0, name));
  refuses(moduleOf(...sections), "the names of its custom sections have more");
});

Deno.test("readModuleInfo() says little about an export with a long name", () => {
  const name = text("\u0001".repeat(90_000));
  for (const kind of [9, 0]) {
    const broken = moduleOf(section(7, vec([...name, kind, 0])));
    assertLess(refuses(broken, "the export").message.length, 1_000);
  }
});

Deno.test("readModuleInfo() refuses sections twice, out of order or unknown", () => {
  refuses(moduleOf([1, 1, 0], [1, 1, 0]), "there is a second type section");
  refuses(moduleOf([3, 1, 0], [1, 1, 0]), "type section stands out of order");
  refuses(moduleOf([6, 1, 0], [13, 1, 0]), "tag section stands out of order");
  refuses(moduleOf([14, 1, 0]), "the section id 14 is not known");
  refuses(moduleOf(section(1, [0, 0])), "1 bytes too many");
});

Deno.test("readModuleInfo() refuses names that are not UTF-8", () => {
  const type = section(1, vec([0x60, 0, 0]));
  const bad = [1, 0xff];
  refuses(
    moduleOf(type, section(2, vec([...bad, ...text("x"), 0, 0]))),
    "UTF-8",
  );
  refuses(
    moduleOf(type, section(2, vec([...text("x"), ...bad, 0, 0]))),
    "UTF-8",
  );
  refuses(moduleOf(section(7, vec([...bad, 2, 0]))), "UTF-8");
  refuses(moduleOf(section(0, [...bad, 1, 2])), "UTF-8");
});

Deno.test("readModuleInfo() refuses what it does not know by its number", () => {
  refuses(moduleOf(section(1, [1, 0x5d, 0])), "type form 0x5d");
  refuses(moduleOf(section(1, [1, 0x60, 1, 0x40, 0])), "value type 0x40");
  refuses(moduleOf(section(1, [1, 0x60, 1, 0x63, 0x40, 0])), "heap type -64");
  refuses(moduleOf(section(5, [1, 8, 1, 0])), "limits 0x8");
  refuses(moduleOf(section(7, vec([...text("x"), 0x20, 0]))), "kind 0x20");
  refuses(moduleOf(section(7, vec([...text("x"), 0, 7]))), "function 7");
  refuses(moduleOf(section(8, [3])), "the start function 3 is not there");
});

Deno.test("readModuleInfo() refuses each truncation that V8 refuses", async () => {
  const bytes = await wat(EVERYTHING);
  for (let length = 0; length < bytes.length; length++) {
    const cut = bytes.subarray(0, length);
    try {
      readModuleInfo(cut);
    } catch (error) {
      assertInstanceOf(error, PulpError, `cut at ${length}`);
      assert(!WebAssembly.validate(cut), `V8 takes the cut at ${length}`);
    }
  }
});

Deno.test("readModuleInfo() takes what V8 takes and throws nothing but PulpError", async () => {
  const original = await wat(EVERYTHING);
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.nat(original.length - 1),
          fc.constantFrom(0, 1, 2, 0x40, 0x7f, 0x80, 0xff),
        ),
        { maxLength: 4 },
      ),
      (changes) => {
        const bytes = original.slice();
        for (const [at, value] of changes) bytes[at] = value;
        try {
          readModuleInfo(bytes);
        } catch (error) {
          assertInstanceOf(error, PulpError);
          assert(!WebAssembly.validate(bytes), error.message);
        }
      },
    ),
    { numRuns: 2000 },
  );
});
