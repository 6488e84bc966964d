import { assert, assertEquals, assertThrows } from "@std/assert";
import * as fc from "fast-check";
import { PulpError } from "../errors.ts";
import { guardModule } from "./guard.ts";
import { wat } from "./testing/wat.ts";

const PAGES = 48;
const MEMORY_BYTES = PAGES << 16;
const ELEMENTS = 20_000;

type Operate = (
  to: number | bigint,
  from: unknown,
  length: number | bigint,
) => void;

/** Two memories, one of 64 bits and two tables, each with all that is done in pieces. */
const SOURCE = `(module
  (memory $a (export "a") ${PAGES} ${PAGES})
  (memory $b (export "b") ${PAGES} ${PAGES})
  (memory $w (export "w") i64 ${PAGES} ${PAGES})
  (data $d "${"0123456789abcdef".repeat(1 << 17)}")
  (table $s (export "s") ${ELEMENTS} ${ELEMENTS} externref)
  (table $t (export "t") ${ELEMENTS} ${ELEMENTS} externref)
  (table $f (export "f") ${ELEMENTS} ${ELEMENTS} funcref)
  (elem $e func ${"$x $y ".repeat(9000)})
  (func $x) (func $y)
  (func (export "fill a") (param i32 i32 i32)
    (memory.fill $a (local.get 0) (local.get 1) (local.get 2)))
  (func (export "fill w") (param i64 i32 i64)
    (memory.fill $w (local.get 0) (local.get 1) (local.get 2)))
  (func (export "copy a a") (param i32 i32 i32)
    (memory.copy $a $a (local.get 0) (local.get 1) (local.get 2)))
  (func (export "copy a b") (param i32 i32 i32)
    (memory.copy $a $b (local.get 0) (local.get 1) (local.get 2)))
  (func (export "copy w w") (param i64 i64 i64)
    (memory.copy $w $w (local.get 0) (local.get 1) (local.get 2)))
  (func (export "copy w a") (param i64 i32 i32)
    (memory.copy $w $a (local.get 0) (local.get 1) (local.get 2)))
  (func (export "copy a w") (param i32 i64 i32)
    (memory.copy $a $w (local.get 0) (local.get 1) (local.get 2)))
  (func (export "init a") (param i32 i32 i32)
    (memory.init $a $d (local.get 0) (local.get 1) (local.get 2)))
  (func (export "init w") (param i64 i32 i32)
    (memory.init $w $d (local.get 0) (local.get 1) (local.get 2)))
  (func (export "drop d") (data.drop $d))
  (func (export "fill t") (param i32 externref i32)
    (table.fill $t (local.get 0) (local.get 1) (local.get 2)))
  (func (export "copy t t") (param i32 i32 i32)
    (table.copy $t $t (local.get 0) (local.get 1) (local.get 2)))
  (func (export "copy s t") (param i32 i32 i32)
    (table.copy $s $t (local.get 0) (local.get 1) (local.get 2)))
  (func (export "init f") (param i32 i32 i32)
    (table.init $f $e (local.get 0) (local.get 1) (local.get 2))))`;

/** One of the two instances, with what can be seen of it. */
class Subject {
  readonly #exports: WebAssembly.Exports;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    this.#exports = instance.exports;
    // Every place differs from its neighbours, and those of other memories.
    for (const [index, name] of ["a", "b", "w"].entries()) {
      const words = new Uint32Array(this.#memory(name).buffer);
      for (let at = 0; at < words.length; at++) {
        words[at] = Math.imul(at + 1, 2654435761 + index);
      }
    }
    for (const name of ["s", "t"]) {
      for (let at = 0; at < ELEMENTS; at++) {
        const element: unknown = `${name}${at}`;
        // An externref takes any value; the types know of functions only.
        this.#table(name).set(at, element as null);
      }
    }
  }

  /** What the operation ended with: nothing, or a trap. */
  run(name: string, operands: Parameters<Operate>): string {
    try {
      (this.#exports[name] as Operate)(...operands);
      return "done";
    } catch (trap) {
      return String(trap);
    }
  }

  memories(): Uint8Array[] {
    return ["a", "b", "w"].map((name) =>
      new Uint8Array(this.#memory(name).buffer)
    );
  }

  tables(): unknown[] {
    return ["s", "t", "f"].flatMap((name) =>
      Array.from({ length: ELEMENTS }, (_, at) => {
        const element: unknown = this.#table(name).get(at);
        return element instanceof Function ? element.name : element;
      })
    );
  }

  #memory(name: string): WebAssembly.Memory {
    return this.#exports[name] as WebAssembly.Memory;
  }

  #table(name: string): WebAssembly.Table {
    return this.#exports[name] as WebAssembly.Table;
  }
}

async function subjects(): Promise<[Subject, Subject]> {
  const bytes = await wat(SOURCE);
  const guarded = guardModule(bytes, { guard: true, maxMemoryPages: 1000 });
  return [new Subject(bytes), new Subject(guarded.bytes)];
}

/** A place or a length: around the multiples of a piece, at the end, far behind it. */
function amounts(piece: number, end: number): fc.Arbitrary<number> {
  const near = (value: number): fc.Arbitrary<number> =>
    fc.integer({ min: Math.max(0, value - 3), max: value + 3 });
  return fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 0, max: end }) },
    fc.integer({ min: 0, max: 4 }).chain((times) => near(times * piece)),
    near(end),
    near(2 ** 32 - 4),
  );
}

const MEMORY_CASES = [
  ...["fill a", "fill w", "copy a a", "copy a b", "copy w w", "copy w a"],
  ...["copy a w", "init a", "init w"],
];

Deno.test("what is filled and copied in pieces is what is at once, memories", async () => {
  const [plain, guarded] = await subjects();
  const amount = amounts(1 << 20, MEMORY_BYTES);
  const check = (
    name: string,
    to: number,
    from: number,
    length: number,
  ): void => {
    // By the letters of the name: the memory written to, the one read from.
    const [verb, target, source] = name.split(" ");
    const wide = (memory: string | undefined, value: number) =>
      memory === "w" ? BigInt(value) : value;
    const operands = [
      wide(target, to),
      verb === "copy" ? wide(source, from) : from,
      verb === "fill" || (target === "w" && source === "w")
        ? wide(target, length)
        : length,
    ] as Parameters<Operate>;
    assertEquals(guarded.run(name, operands), plain.run(name, operands));
    const expected = plain.memories();
    for (const [index, bytes] of guarded.memories().entries()) {
      // As numbers: a difference is to be told, not three million.
      const differs = firstDifference(bytes, expected[index] ?? bytes);
      assertEquals(differs, -1, `${name} ${operands.join(" ")}`);
    }
  };
  fc.assert(
    fc.property(
      fc.constantFrom(...MEMORY_CASES),
      amount,
      amount,
      amount,
      check,
    ),
    {
      numRuns: 150,
      examples: [
        ["copy a a", 1, 0, MEMORY_BYTES - 1],
        ["copy a a", 0, 1, MEMORY_BYTES - 1],
        ["copy a a", 0, 0, MEMORY_BYTES],
        ["copy w w", 1, 0, MEMORY_BYTES - 1],
        ["fill a", 0, 7, MEMORY_BYTES + 1],
        ["fill a", 2 ** 32 - 1, 7, 2 ** 31],
      ],
    },
  );
  const far = [2n ** 64n - 1n, 7, 2n ** 63n] as Parameters<Operate>;
  assertEquals(guarded.run("fill w", far), plain.run("fill w", far));
  for (const each of [plain, guarded]) each.run("drop d", [0, 0, 0]);
  check("init a", 0, 0, 1 << 21);
  check("init a", 0, 0, 0);
});

Deno.test("what ends where 32 bits end is filled and copied in pieces, too", async () => {
  const bytes = await wat(`(module
    (memory (export "memory") 65536 65536)
    (func (export "fill") (param i32 i32 i32)
      (memory.fill (local.get 0) (local.get 1) (local.get 2)))
    (func (export "copy") (param i32 i32 i32)
      (memory.copy (local.get 0) (local.get 1) (local.get 2))))`);
  const guarded = guardModule(bytes, { guard: true, maxMemoryPages: 65536 });
  const { exports } = new WebAssembly.Instance(
    new WebAssembly.Module(guarded.bytes),
  );
  const length = 3 << 20;
  const start = 2 ** 32 - length;
  const { buffer } = exports.memory as WebAssembly.Memory;
  const end = new Uint8Array(buffer, start);
  const run = (name: string, ...operands: Parameters<Operate>): void =>
    (exports[name] as Operate)(...operands);
  run("fill", start, 7, length);
  assertEquals([end[0], end[length - 1]], [7, 7]);
  end.fill(8, length - 1);
  run("copy", 0, start, length);
  const copied = new Uint8Array(buffer, 0, length);
  assertEquals([copied[0], copied[length - 1]], [7, 8]);
  copied.fill(9, 0, 1);
  run("copy", start, 0, length);
  assertEquals([end[0], end[1], end[length - 1]], [9, 7, 8]);
  assertThrows(
    () => run("fill", start + 1, 1, length),
    WebAssembly.RuntimeError,
  );
  // In a smaller memory nothing is written before it traps.
  const [, small] = await subjects();
  assertEquals(
    small.run("fill a", [start, 7, length]),
    "RuntimeError: memory access out of bounds",
  );
});

Deno.test("a module with more long instructions than are cut is guarded all the same", async () => {
  const segments = Array.from({ length: 1100 }, (_, n) => `(data $d${n} "x")`);
  const inits = segments.map((_, n) =>
    `(memory.init $d${n} (i32.const ${n}) (i32.const 0) (i32.const 1))`
  );
  const bytes = await wat(`(module (memory (export "memory") 1)
    ${segments.join("")} (func (export "run") ${inits.join("")}
      (memory.fill (i32.const 2000) (i32.const 7) (i32.const 3))))`);
  const guarded = guardModule(bytes, { guard: true, maxMemoryPages: 1 });
  const { exports } = new WebAssembly.Instance(
    new WebAssembly.Module(guarded.bytes),
  );
  (exports.run as () => void)();
  const { buffer } = exports.memory as WebAssembly.Memory;
  const expected = new Uint8Array(2003).fill(0x78, 0, 1100).fill(7, 2000);
  assertEquals(new Uint8Array(buffer, 0, 2003), expected);
  // Each becomes a function; without a limit this would have 1,101.
  assert(guarded.bytes.length < bytes.length + 1024 * 200);
  const waits = Array.from(
    { length: 1025 },
    (_, n) =>
      `(drop (memory.atomic.wait32 offset=${
        4 * n
      } (i32.const 0) (i32.const 1) (i64.const 0)))`,
  );
  const waiting = await wat(
    `(module (memory 1 1 shared) (func ${waits.join("")}))`,
  );
  assertThrows(
    () => guardModule(waiting, { guard: true, maxMemoryPages: 1 }),
    PulpError,
    "too many different waits",
  );
});

Deno.test("what is filled and copied in pieces is what is at once, tables", async () => {
  const [plain, guarded] = await subjects();
  const amount = amounts(1 << 13, ELEMENTS);
  fc.assert(
    fc.property(
      fc.constantFrom("fill t", "copy t t", "copy s t", "init f"),
      amount,
      amount,
      amount,
      (name, to, from, length) => {
        const operands: Parameters<Operate> = [to, from, length];
        assertEquals(guarded.run(name, operands), plain.run(name, operands));
        assertEquals(
          guarded.tables().join() === plain.tables().join(),
          true,
          `${name} ${operands.join(" ")}`,
        );
      },
    ),
    {
      numRuns: 60,
      examples: [
        ["copy t t", 1, 0, ELEMENTS - 1],
        ["copy t t", 0, 1, ELEMENTS - 1],
      ],
    },
  );
});

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  const words = new Uint32Array(a.buffer);
  const others = new Uint32Array(b.buffer);
  for (let at = 0; at < words.length; at++) {
    if (words[at] !== others[at]) return at * 4;
  }
  return -1;
}
