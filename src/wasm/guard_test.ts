import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { PulpError } from "../errors.ts";
import { scanBodies } from "./body_scan.ts";
import { GUARD_HEAP_OFFSET, GUARD_STOP_OFFSET, guardModule } from "./guard.ts";
import { ByteReader } from "./reader.ts";
import { TypeTable } from "./types.ts";
import { readSections, SECTION } from "./sections.ts";
import {
  body,
  custom,
  leb,
  moduleOf,
  oneFunction,
  section,
  text,
  vec,
} from "./testing/binary.ts";
import { controlSamples } from "./testing/control_corpus.ts";
import { wat } from "./testing/wat.ts";

const OPTIONS = { guard: true, maxMemoryPages: 100 } as const;

function instantiate(
  bytes: Uint8Array<ArrayBuffer>,
  imports: WebAssembly.Imports = {},
): Record<string, (...args: number[]) => number> {
  const module = new WebAssembly.Module(bytes);
  const { exports } = new WebAssembly.Instance(module, imports);
  return exports as Record<string, (...args: number[]) => number>;
}

function memoryOf(exports: object, name: string | undefined): ArrayBufferLike {
  const memory = Object.entries(exports).find(([key]) => key === name)?.[1];
  assertInstanceOf(memory, WebAssembly.Memory);
  return memory.buffer;
}

function refuses(
  bytes: Uint8Array<ArrayBuffer>,
  ...parts: readonly string[]
): void {
  const error = assertThrows(() => guardModule(bytes, OPTIONS), PulpError);
  assertEquals(error.code, "module");
  for (const part of parts) assertStringIncludes(error.message, part);
}

Deno.test("guardModule() gives a shared memory of one page, and the order to stop lasts", async () => {
  const bytes = await wat(`(module (memory (export "memory") 1)
    (func (export "f") (result i32) (i32.const 1)))`);
  const guarded = guardModule(bytes, OPTIONS);
  assertEquals(guarded.guardExport, "pulp:guard");
  assertEquals(guarded.startExport, undefined);
  const exports = instantiate(guarded.bytes);
  const guard = memoryOf(exports, guarded.guardExport);
  assertInstanceOf(guard, SharedArrayBuffer);
  assertEquals(guard.byteLength, 65536);
  assertEquals(exports.f?.(), 1);
  Atomics.store(new Int32Array(guard), GUARD_STOP_OFFSET / 4, 1);
  assertThrows(() => exports.f?.(), WebAssembly.RuntimeError, "unreachable");
  assertThrows(() => exports.f?.(), WebAssembly.RuntimeError, "unreachable");
});

Deno.test("guardModule() works for a module without a memory, exports or code", () => {
  for (
    const bytes of [
      moduleOf(),
      moduleOf(custom("only", [1])),
      oneFunction([0x03, 0x40, 0x0b]),
      oneFunction([], custom("between", [1, 2])),
    ]
  ) {
    const guarded = guardModule(bytes, OPTIONS);
    assert(WebAssembly.validate(guarded.bytes));
    const guard = memoryOf(instantiate(guarded.bytes), guarded.guardExport);
    assertInstanceOf(guard, SharedArrayBuffer);
  }
});

Deno.test("guardModule() takes names that the module does not export itself", () => {
  const bytes = moduleOf(
    section(1, vec([0x60, 0, 0])),
    section(3, vec([0])),
    section(
      7,
      vec(
        ...["pulp:guard", "pulp:guard:2", "pulp:start"].map((name) => [
          ...text(name),
          ...[0, 0],
        ]),
      ),
    ),
    section(8, [0]),
    section(10, vec(body([]))),
  );
  const guarded = guardModule(bytes, OPTIONS);
  assertEquals(guarded.guardExport, "pulp:guard:3");
  assertEquals(guarded.startExport, "pulp:start:2");
});

Deno.test("guardModule() makes the start function an export", async () => {
  const bytes = await wat(
    `(module (global $g (export "g") (mut i32) (i32.const 0))
    (func $start (global.set $g (i32.const 7))) (start $start))`,
  );
  for (const guard of [true, false]) {
    const guarded = guardModule(bytes, { ...OPTIONS, guard });
    assertEquals(guarded.startExport, "pulp:start");
    const instance = new WebAssembly.Instance(
      new WebAssembly.Module(guarded.bytes),
    );
    const { g, "pulp:start": start } = instance.exports;
    assertInstanceOf(g, WebAssembly.Global);
    assertInstanceOf(start, Function);
    assertEquals(g.value, 0);
    start();
    assertEquals(g.value, 7);
  }
});

Deno.test("guardModule() keeps names, custom sections and everything else to the byte", async () => {
  const source = await wat(`(module
    (import "env" "f" (func $imported (param i32)))
    (memory (export "memory") 1)
    (table 4 8 funcref) (elem (i32.const 0) $named)
    (global $counter (mut i32) (i32.const 4))
    (func $named (param $count i32) (data.drop 1)
      (loop $again (br_if $again (i32.const 0))))
    (data (i32.const 8) "bytes") (data "passive"))`);
  const bytes = new Uint8Array([
    ...source,
    ...custom("producers", [0]),
    ...custom(".debug_line", [1, 2, 3]),
    ...custom("metadata.code.branch_hint", [0]),
  ]);
  const guarded = guardModule(bytes, OPTIONS);
  const rewritten = new Map<number | string, Uint8Array>();
  for (const each of readSections(guarded.bytes)) {
    rewritten.set(
      each.id === SECTION.custom ? each.name : each.id,
      guarded.bytes.subarray(each.start, each.end),
    );
  }
  const changed: number[] = [
    ...[SECTION.memory, SECTION.table, SECTION.export, SECTION.code],
  ];
  const kept: (number | string)[] = [];
  for (const each of readSections(bytes)) {
    if (changed.includes(each.id)) continue;
    const key = each.id === SECTION.custom ? each.name : each.id;
    assertEquals(rewritten.get(key), bytes.subarray(each.start, each.end));
    kept.push(key);
  }
  assertEquals(kept, [
    ...[SECTION.type, SECTION.import, SECTION.function, SECTION.global],
    ...[SECTION.element, SECTION.dataCount, SECTION.data, "name", "producers"],
    ...[".debug_line", "metadata.code.branch_hint"],
  ]);
});

Deno.test("guardModule() leaves the code alone when no guard is wanted", () => {
  const bytes = oneFunction(
    [0x03, 0x40, 0x0c, 0, 0x0b],
    section(5, vec([0, 1])),
  );
  const { bytes: capped, guardExport } = guardModule(bytes, {
    guard: false,
    maxMemoryPages: 7,
  });
  assertEquals(guardExport, undefined);
  assertEquals(
    capped,
    oneFunction([0x03, 0x40, 0x0c, 0, 0x0b], section(5, vec([1, 1, 7]))),
  );
});

Deno.test("guardModule() refuses what V8 refuses, with V8's reason", () => {
  refuses(oneFunction([0x1a]), "Cannot compile the module", "function #0");
  refuses(new Uint8Array([1, 2, 3, 4]), "starts with 01 02 03 04");
  refuses(
    oneFunction([0x41, 0, 0x7c, 0x1a]),
    "not enough arguments on the stack",
  );
  refuses(oneFunction([0xfc, 0x13]), "the instruction 0xfc 0x13");
});

Deno.test("guardModule() keeps V8's reason on one line, whatever an export is called", () => {
  const twice = [...text("f\n  error: forged"), 0, 0];
  const error = assertThrows(
    () => guardModule(oneFunction([], section(7, vec(twice, twice))), OPTIONS),
    PulpError,
    "'f\\n  error: forged'",
  );
  assertEquals(error.message.split("\n").length, 1);
});

Deno.test("an instruction that is not known is refused by its number", () => {
  const scan = (code: readonly number[]): void => {
    const bytes = new Uint8Array(vec(body(code)));
    scanBodies(new ByteReader(bytes, 0, bytes.length, "code section"), {
      maxPoints: 1_000,
      importedFunctions: 5,
      types: TypeTable.read(undefined),
      functionTypes: [],
      tagTypes: [],
    });
  };
  const refused = (code: readonly number[], part: string): void => {
    const error = assertThrows(() => scan(code), PulpError);
    assertEquals(error.code, "module");
    assertStringIncludes(error.message, part);
  };
  refused([0xe0], "the instruction 0xe0 in function 5 is not known");
  refused([0xfc, 0x13], "the instruction 0xfc 0x13 in function 5");
  refused([0xfd, ...leb(0x120)], "the instruction 0xfd 0x120 in function 5");
  refused([0xfb, 0x20, 0], "the instruction 0xfb 0x20 in function 5");
  refused([0xd0, 0x65, 0x6e], "the heap type 0x65 is not known");
  refused([0x0b], "the body of function 5 does not end where it says");
  refused([0x02, 0x40], "the body of function 5 does not end where it says");
  scan([0x02, 0x40, 0x0b]);
});

Deno.test("guardModule() traps when a guest allocates more objects than it may", () => {
  // A list of byte arrays without end, all kept in a global.
  const LIST = 0;
  const BYTES = 1;
  const bytes = moduleOf(
    section(
      1,
      vec(
        [0x4e, 2, 0x5f, 2, 0x63, LIST, 1, 0x63, BYTES, 1, 0x5e, 0x78, 1],
        [0x60, 0, 0],
      ),
    ),
    section(3, vec([2], [2])),
    section(6, vec([0x63, LIST, 1, 0xd0, LIST, 0x0b])),
    section(7, vec([...text("hoard"), 0, 0], [...text("modest"), 0, 1])),
    section(
      10,
      vec(
        body([
          ...[0x03, 0x40, 0x23, 0, 0x41, 0x80, 0x80, 0x04, 0xfb, 7, BYTES],
          ...[0xfb, 0, LIST, 0x24, 0, 0x0c, 0, 0x0b],
        ]),
        body([0x41, 0x80, 0x80, 0x04, 0xfb, 7, BYTES, 0x1a]),
      ),
    ),
  );
  const guarded = guardModule(bytes, { ...OPTIONS, maxHeapBytes: 1 << 20 });
  const exports = instantiate(guarded.bytes);
  assertThrows(() => exports.hoard?.(), WebAssembly.RuntimeError);
  const heap = new BigUint64Array(memoryOf(exports, guarded.guardExport));
  const used = heap[GUARD_HEAP_OFFSET / 8] ?? 0n;
  assert(used > 1n << 20n && used < 2n << 20n);
  assertThrows(() => exports.modest?.(), WebAssembly.RuntimeError);
  heap[GUARD_HEAP_OFFSET / 8] = 0n;
  exports.modest?.();
});

Deno.test("guardModule() traps when a guest keeps exceptions without end", () => {
  const bytes = moduleOf(
    section(1, vec([0x60, 0, 0])),
    section(3, vec([0])),
    section(4, vec([0x69, 0, 1])),
    section(13, vec([0, 0])),
    section(7, vec([...text("hoard"), 0, 0])),
    section(
      10,
      vec(
        body(
          [
            ...[0x03, 0x40, 0x02, 0x69, 0x1f, 0x40, 1, 3, 0, 0x08, 0, 0x0b],
            ...[0x00, 0x0b, 0x21, 0, 0x0c, 0, 0x0b],
          ],
          [1, 1, 0x69],
        ),
      ),
    ),
  );
  const guarded = guardModule(bytes, { ...OPTIONS, maxHeapBytes: 1 << 20 });
  const exports = instantiate(guarded.bytes);
  assertThrows(() => exports.hoard?.(), WebAssembly.RuntimeError);
});

Deno.test("guardModule() traps when large exceptions pile up in handlers", () => {
  // Each handler calls the function again, and keeps its exception as long.
  const bytes = moduleOf(
    section(
      1,
      vec([0x60, 0, 0], [0x60, ...vec(...Array(100).fill([0x7e])), 0]),
    ),
    section(3, vec([0], [0])),
    section(13, vec([0, 1])),
    section(7, vec([...text("hoard"), 0, 1])),
    section(
      10,
      vec(
        body([...Array(100).fill([0x42, 1]).flat(), 0x08, 0]),
        body([0x06, 0x40, 0x10, 0, 0x19, 0x10, 1, 0x0b]),
      ),
    ),
  );
  const guarded = guardModule(bytes, { ...OPTIONS, maxHeapBytes: 1 << 20 });
  const exports = instantiate(guarded.bytes);
  assertThrows(
    () => exports.hoard?.(),
    WebAssembly.RuntimeError,
    "unreachable",
  );
});

Deno.test("guardModule() keeps what a wait answers", async () => {
  const bytes = await wat(`(module (memory 1 1 shared)
    (func (export "wait") (param i32 i64) (result i32)
      (memory.atomic.wait32 (i32.const 0) (local.get 0) (local.get 1))))`);
  const { bytes: guarded } = guardModule(bytes, OPTIONS);
  const exports = instantiate(guarded);
  const wait = exports.wait as unknown as (n: number, ns: bigint) => number;
  const notEqual = 1;
  const timedOut = 2;
  assertEquals(wait(5, -1n), notEqual);
  assertEquals(wait(0, 0n), timedOut);
  const started = performance.now();
  assertEquals(wait(0, 7_000_000n), timedOut);
  assert(performance.now() - started >= 6.9);
});

Deno.test("guardModule() refuses a module with more places than the guard keeps", async () => {
  const loops = "(loop)".repeat(10);
  const bytes = await wat(`(module (func ${loops}) (func (call 0)))`);
  guardModule(bytes, { ...OPTIONS, maxPoints: 11 });
  guardModule(bytes, { ...OPTIONS, guard: false, maxPoints: 10 });
  const error = assertThrows(
    () => guardModule(bytes, { ...OPTIONS, maxPoints: 10 }),
    PulpError,
  );
  assertEquals(error.code, "module");
  assertStringIncludes(error.message, "more than 10 loops, calls");
});

Deno.test("guardModule() refuses constants that allocate too much", () => {
  const constant = (...code: readonly number[]): Uint8Array<ArrayBuffer> =>
    moduleOf(
      section(1, vec([0x5e, 0x7e, 1])),
      section(6, vec([0x63, 0, 0, ...code, 0x0b])),
    );
  const length = [0x41, ...[0x80, 0x80, 0x80, 0xc0, 0x00]]; // 2^27
  refuses(
    constant(0x41, 0x80, 0x80, 0x80, 0xc0, 0x00, 0xfb, 7, 0),
    "its constants allocate",
  );
  refuses(
    constant(...length, 0x41, 0, 0x6a, 0xfb, 7, 0),
    "length is not written out",
  );
  refuses(
    moduleOf(
      section(1, vec([0x5e, 0x7e, 1])),
      section(
        9,
        vec([5, 0x63, 0, 1, ...length, 0xfb, 7, 0, 0x0b]),
      ),
    ),
    "its constants allocate",
  );
  guardModule(constant(0x41, 8, 0xfb, 7, 0), OPTIONS);
});

const corpus = controlSamples();

Deno.test("guardModule() throws nothing but PulpError, whatever is cut off or changed", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...corpus),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 3 }),
      ({ bytes }, part, changes) => {
        const end = part > 0.7 ? bytes.length : Math.ceil(part * bytes.length);
        const broken = bytes.slice(0, end);
        for (const [at, value] of changes) broken[at % end] = value;
        try {
          const guarded = guardModule(broken, OPTIONS);
          assert(WebAssembly.validate(broken));
          assert(WebAssembly.validate(guarded.bytes));
        } catch (error) {
          assertInstanceOf(error, PulpError);
        }
      },
    ),
    { numRuns: 3000 },
  );
});

Deno.test("scanBodies() throws nothing but PulpError on any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (code) => {
      const bytes = new Uint8Array(vec(body([...code])));
      const reader = new ByteReader(bytes, 0, bytes.length, "code section");
      try {
        scanBodies(reader, {
          maxPoints: 1_000,
          importedFunctions: 0,
          types: TypeTable.read(undefined),
          functionTypes: [],
          tagTypes: [],
        });
      } catch (error) {
        assertInstanceOf(error, PulpError);
      }
    }),
    { numRuns: 5000 },
  );
});
