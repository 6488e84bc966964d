import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { CompileCost } from "./compile_cost.ts";
import { guardModule } from "./guard.ts";
import { body, leb, moduleOf, section, vec } from "./testing/binary.ts";
import { TypeTable } from "./types.ts";

const I64 = 0x7e;
const NOTHING = [0x60, 0, 0];
const MANY = vec(...Array<number[]>(1000).fill([I64]));
const GIVES_MANY = [0x60, 0, ...MANY];
const TAKES_MANY = [0x60, ...MANY, 0];

/** The instructions, so many times. */
function times(count: number, ...instructions: readonly number[]): number[] {
  return Array<readonly number[]>(count).fill(instructions).flat();
}

/** A module whose last function has that body; the others are of types 0, 1, … */
function module(
  types: readonly (readonly number[])[],
  bodies: readonly (readonly number[])[],
  tags: readonly (readonly number[])[] = [],
): Uint8Array<ArrayBuffer> {
  return moduleOf(
    section(1, vec(...types)),
    section(3, vec(...bodies.map((_, index) => leb(index)))),
    ...tags.length === 0 ? [] : [section(13, vec(...tags))],
    section(10, vec(...bodies)),
  );
}

const gives = body(times(1000, 0x42, 0));
const takes = body([]);

function refused(bytes: Uint8Array<ArrayBuffer>, guard = true): void {
  const error = assertThrows(
    () => guardModule(bytes, { guard, maxMemoryPages: 1 }),
    PulpError,
  );
  assertEquals(error.code, "module");
  assertStringIncludes(error.message, "makes V8 keep track of");
}

/** A small one of its kind does no harm. */
function passes(bytes: Uint8Array<ArrayBuffer>): void {
  guardModule(bytes, { guard: true, maxMemoryPages: 1 });
}

const BOMBS: Readonly<
  Record<string, (count: number) => Uint8Array<ArrayBuffer>>
> = {
  "calls that move a thousand values": (count) =>
    module([GIVES_MANY, TAKES_MANY, NOTHING], [
      gives,
      takes,
      body(times(count, 0x10, 0, 0x10, 1)),
    ]),
  "branches with a thousand values, where no code is made": (count) =>
    module([GIVES_MANY], [
      body([0x00, ...times(count, 0x0c, 0)]),
    ]),
  "tables of branches with a thousand values, where no code is made": (count) =>
    module([GIVES_MANY], [
      body([0x00, ...times(count, 0x0e, 10, ...times(11, 0))]),
    ]),
  "conditions among many locals": (count) =>
    module([NOTHING], [
      body(times(count, 0x41, 1, 0x04, 0x40, 0x0b), [1, ...leb(49_000), I64]),
    ]),
  "calls, which may be checked, among many locals": (count) =>
    module([NOTHING], [
      body(times(count, 0x10, 0), [1, ...leb(49_000), I64]),
    ]),
  "branches over a high stack": (count) =>
    module([NOTHING], [
      body([
        ...[0x02, 0x40],
        ...times(20_000, 0x41, 0),
        ...times(count, 0x41, 0, 0x0d, 0),
        ...[0x00, 0x0b],
      ]),
    ]),
  "a table of branches to many blocks": (count) =>
    module([GIVES_MANY, TAKES_MANY, NOTHING], [
      gives,
      takes,
      body([
        ...times(count, 0x02, 0),
        ...[0x10, 0, 0x41, 0, 0x0e, ...leb(count - 1)],
        ...Array.from({ length: count }, (_, label) => leb(label)).flat(),
        ...times(count, 0x0b),
        ...[0x10, 1],
      ]),
    ]),
  "blocks that nobody gets to": (count) =>
    module([GIVES_MANY, NOTHING], [
      gives,
      body([0x00, ...times(count, 0x02, 0, 0x00, 0x0b), 0x00]),
    ]),
  "new objects with ten thousand fields": (count) =>
    moduleOf(
      section(
        1,
        vec([0x5f, ...leb(10_000), ...times(10_000, I64, 0)], NOTHING),
      ),
      section(3, vec([1])),
      section(10, vec(body(times(count, 0xfb, 1, 0, 0x1a)))),
    ),
  "handlers of large exceptions": (count) =>
    module([NOTHING, TAKES_MANY, NOTHING], [
      body([]),
      takes,
      body(times(count, 0x06, 0x40, 0x10, 0, 0x07, 0, 0x10, 1, 0x0b)),
    ], [[0, 1]]),
  "large exceptions": (count) =>
    module([GIVES_MANY, TAKES_MANY, NOTHING], [
      gives,
      takes,
      body(
        times(count, 0x41, 0, 0x04, 0x40, 0x10, 0, 0x08, 0, 0x0b),
      ),
    ], [[0, 1]]),
};

for (const [name, bomb] of Object.entries(BOMBS)) {
  Deno.test(`guardModule() refuses ${name} before V8 sees them`, () => {
    refused(bomb(20_000));
    refused(bomb(20_000), false);
    passes(bomb(20));
  });
}

Deno.test("guardModule() adds up what the functions of a module cost", () => {
  // None of them is too much alone.
  const one = body(times(140, 0x41, 1, 0x04, 0x40, 0x0b), [
    1,
    ...leb(49_000),
    I64,
  ]);
  const many = (count: number): Uint8Array<ArrayBuffer> =>
    module(Array(count).fill(NOTHING), Array(count).fill(one));
  passes(many(2));
  const error = assertThrows(
    () => guardModule(many(40), { guard: true, maxMemoryPages: 1 }),
    PulpError,
  );
  assertStringIncludes(error.message, "its functions up to 18 make V8");
});

Deno.test("guardModule() counts what is on the stack as it is", () => {
  // Values come and go in every way; at no branch are there more than a few.
  const code = times(
    5_000,
    ...[0x41, 1, 0x41, 2, 0x6a, 0x1a], // two constants, add, drop
    ...[0x42, 1, 0x42, 2, 0x41, 0, 0x1b, 0x1a], // select, drop
    ...[0x10, 0, 0x10, 1], // two values there and back
    ...[0x02, 0x40, 0x41, 0, 0x0d, 0, 0x42, 0, 0x0c, 0, 0x0b], // left behind
    ...[0x41, 0, 0x04, 0x7e, 0x42, 1, 0x05, 0x42, 2, 0x0b, 0x1a], // if, else
  );
  const small = [0x60, 0, ...vec([I64], [I64])];
  const sink = [0x60, ...vec([I64], [I64]), 0];
  passes(module([small, sink, NOTHING], [
    body([0x42, 0, 0x42, 0]),
    body([]),
    body(code),
  ]));
});

Deno.test("guardModule() refuses what V8 would take too much memory to optimise", () => {
  const loads = times(400_000, 0x28, 2, 0); // loads from loaded addresses
  const many: Readonly<Record<string, readonly number[]>> = {
    "straight code": [0x41, 0, ...loads, 0x1a],
    "loops, each with its check": times(90_000, 0x03, 0x40, 0x0b),
    "indirect calls, each with its check": times(70_000, 0x41, 0, 0x11, 0, 0),
  };
  for (const [name, code] of Object.entries(many)) {
    const bytes = moduleOf(
      section(1, vec(NOTHING)),
      section(3, vec([0])),
      section(4, vec([0x70, 0, 1])),
      section(5, vec([0, 1])),
      section(10, vec(body(code))),
    );
    const error = assertThrows(
      () => guardModule(bytes, { guard: true, maxMemoryPages: 1 }),
      PulpError,
      undefined,
      name,
    );
    assertStringIncludes(error.message, "to optimise function 0 V8 may take");
  }
});

Deno.test("CompileCost adds up the code of a module", () => {
  const types = TypeTable.read(undefined);
  const cost = new CompileCost({ types, functionTypes: [] });
  const bytes = 1 << 20;
  const add = (index: number): void => {
    cost.begin(index, 0, bytes);
    cost.end(index);
  };
  const most = LIMITS.moduleCodeBytes / bytes;
  for (let index = 0; index < most; index++) add(index);
  const error = assertThrows(() => add(most), PulpError);
  assertStringIncludes(error.message, `its functions up to ${most} have`);
});
