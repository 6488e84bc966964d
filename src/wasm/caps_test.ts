import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PulpError } from "../errors.ts";
import { allot } from "./allotment.ts";
import { guardModule } from "./guard.ts";
import { moduleOf, section, text, vec } from "./testing/binary.ts";
import { wat } from "./testing/wat.ts";

function cap(
  bytes: Uint8Array<ArrayBuffer>,
  maxMemoryPages: number,
  guard = true,
): readonly number[] {
  const guarded = guardModule(bytes, { guard, maxMemoryPages });
  assert(WebAssembly.validate(guarded.bytes));
  return guarded.memories.map((each) => each.maxPages);
}

function message(action: () => unknown): string {
  const error = assertThrows(action, PulpError);
  assertEquals(error.code, "module");
  return error.message;
}

Deno.test("a memory without a maximum gets the cap, one with a lower keeps it", async () => {
  assertEquals(cap(await wat("(module (memory 1))"), 9), [9]);
  assertEquals(cap(await wat("(module (memory 1 4))"), 9), [4]);
  assertEquals(cap(await wat("(module (memory 1 60000))"), 9), [9]);
  assertEquals(cap(await wat("(module (memory 1 60000))"), 9, false), [9]);
  assertEquals(cap(await wat("(module (memory i64 1))"), 9), [9]);
  assertEquals(cap(await wat("(module (memory 1 60000 shared))"), 9), [9]);
  assertEquals(cap(await wat("(module)"), 9), []);
});

Deno.test("a guest grows up to the cap and no further", async () => {
  const bytes = await wat(`(module (memory 2)
    (func (export "grow") (param i32) (result i32)
      (memory.grow (local.get 0))))`);
  const guarded = guardModule(bytes, { guard: true, maxMemoryPages: 5 });
  const { grow } = new WebAssembly.Instance(
    new WebAssembly.Module(guarded.bytes),
  ).exports as { grow: (pages: number) => number };
  assertEquals([grow(4), grow(2), grow(1), grow(1)], [-1, 2, 4, -1]);
});

Deno.test("several memories, imported ones too, share one cap", async () => {
  const source = `(module (import "env" "m" (memory 1 50))
    (memory 2 3) (memory 4))`;
  assertEquals(cap(await wat(source), 20), [7, 3, 10]);
  assertEquals(cap(await wat(source), 7), [1, 2, 4]);
  assertEquals(
    message(() => cap(new Uint8Array(memories), 6)),
    "Cannot cap the memory of the module: its 3 memories start with 7 pages, " +
      "and max_memory_pages is 6",
  );
});

const memories = moduleOf(
  section(2, vec([...text("env"), ...text("m"), 2, 1, 1, 50])),
  section(5, vec([1, 2, 3], [0, 4])),
);

Deno.test("a memory that starts above the cap is refused with both numbers", async () => {
  const bytes = await wat("(module (memory 300))");
  const error = assertThrows(() => cap(bytes, 256), PulpError);
  assertEquals(
    error.message,
    "Cannot cap the memory of the module: it starts with 300 pages, " +
      "and max_memory_pages is 256",
  );
  assertEquals(error.hint, "Set max_memory_pages to 300 or more");
});

Deno.test("an imported memory that is made as told is accepted", async () => {
  const bytes = await wat('(module (import "env" "m" (memory 1 50)))');
  const guarded = guardModule(bytes, { guard: true, maxMemoryPages: 8 });
  const [memory] = guarded.memories;
  assert(memory?.imported);
  const m = new WebAssembly.Memory({
    initial: memory.minPages,
    maximum: memory.maxPages,
  });
  new WebAssembly.Instance(new WebAssembly.Module(guarded.bytes), {
    env: { m },
  });
});

Deno.test("tables share one cap, and one with initial values keeps them", () => {
  const bytes = moduleOf(
    section(1, vec([0x60, 0, 0])),
    section(
      4,
      vec([0x70, 0, 3], [0x40, 0, 0x63, 0, 0, 2, 0xd0, 0, 0x0b]),
    ),
    section(7, vec([...text("a"), 1, 0], [...text("b"), 1, 1])),
  );
  const options = { guard: true, maxMemoryPages: 1, maxTableElements: 9 };
  const guarded = guardModule(bytes, options);
  const { a, b } = new WebAssembly.Instance(
    new WebAssembly.Module(guarded.bytes),
  ).exports as { a: WebAssembly.Table; b: WebAssembly.Table };
  a.grow(2);
  assertThrows(() => a.grow(1), RangeError);
  b.grow(2);
  assertThrows(() => b.grow(1), RangeError);
  assertEquals(
    message(() => guardModule(bytes, { ...options, maxTableElements: 4 })),
    "Cannot cap the tables of the module: they start with 5 elements, " +
      "and 4 are allowed",
  );
});

Deno.test("allot() stays within the limit and wastes nothing", () => {
  const demand = fc.record({
    min: fc.nat(50),
    max: fc.oneof(fc.nat(200), fc.constant(Infinity)),
  });
  fc.assert(
    fc.property(
      fc.array(demand, { maxLength: 6 }),
      fc.nat(300),
      (given, limit) => {
        const demands = given.map(({ min, max }) => ({
          min,
          max: Math.max(min, max),
        }));
        const least = demands.reduce((sum, { min }) => sum + min, 0);
        const maxima = allot(demands, limit);
        assertEquals(maxima === undefined, least > limit);
        if (maxima === undefined) return;
        const total = maxima.reduce((sum, max) => sum + max, 0);
        const wanted = demands.reduce((sum, { max }) => sum + max, 0);
        assertEquals(
          total,
          Math.min(demands.length === 0 ? 0 : limit, wanted),
        );
        maxima.forEach((max, index) => {
          assert(max >= (demands[index]?.min ?? 0));
          assert(max <= (demands[index]?.max ?? 0));
        });
      },
    ),
  );
});
