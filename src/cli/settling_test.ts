import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Settling } from "./settling.ts";

const TIMES = { settleMs: 200, goneMs: 5_000 };

Deno.test("a file is told of once it has been left alone, and once only", () => {
  const file = new Settling(TIMES);
  assertEquals(file.see("a", 0), undefined);
  assertEquals(file.see("a", 199), undefined);
  assert(!file.isSettled);
  assertEquals(file.see("a", 200), "changed");
  assert(file.isSettled);
  assertEquals(file.see("a", 10_000), undefined);
});

Deno.test("a file that is written piece by piece is told of when the last one is there", () => {
  const file = new Settling(TIMES);
  for (let piece = 0; piece < 100; piece++) {
    assertEquals(file.see(`${piece}`, piece * 150), undefined);
  }
  assertEquals(file.see("99", 99 * 150 + 200), "changed");
});

Deno.test("a file that is away for a while is not told of, unless it comes back as another", () => {
  const file = new Settling(TIMES);
  file.see("a", 0);
  file.see("a", 200);
  assertEquals(file.see(undefined, 300), undefined);
  assertEquals(file.see("a", 1_000), undefined);
  assert(file.isSettled);
  assertEquals(file.see("a", 2_000), undefined);
  file.see(undefined, 3_000);
  file.see("b", 4_000);
  assertEquals(file.see("b", 4_200), "changed");
});

Deno.test("a file that stays away is said to be gone, each time once", () => {
  const file = new Settling(TIMES);
  assertEquals(file.see(undefined, 0), undefined);
  assertEquals(file.see(undefined, 5_000), "gone");
  assertEquals(file.see(undefined, 50_000), undefined);
  file.see("a", 60_000);
  assertEquals(file.see("a", 60_200), "changed");
  file.see(undefined, 61_000);
  assertEquals(file.see(undefined, 66_000), "gone");
});

Deno.test("whatever happens to a file, what it is in the end is told of last", () => {
  const look = fc.option(fc.constantFrom("a", "b", "c"), { nil: undefined });
  const steps = fc.array(fc.record({ look, ms: fc.nat(400) }));
  fc.assert(fc.property(steps, look, (steps, last) => {
    const file = new Settling(TIMES);
    let now = 0;
    let told: string | undefined;
    const see = (look: string | undefined): void => {
      if (file.see(look, now) === "changed") told = look;
    };
    for (const { look, ms } of steps) see((now += ms, look));
    now += 1;
    see(last);
    now += TIMES.goneMs;
    see(last);
    assert(file.isSettled);
    if (last !== undefined) assertEquals(told, last);
  }));
});
