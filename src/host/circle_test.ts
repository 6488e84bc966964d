import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { circleOf } from "./circle.ts";

/** Reads of who waits for whom, from a list that may change in between. */
function reads(
  waits: (number | undefined)[],
  change: (count: number) => void = () => {},
): (cell: number) => number | undefined {
  let count = 0;
  return (cell) => {
    const read = waits[cell];
    change(++count);
    return read;
  };
}

Deno.test("circleOf() is what a call would close, and nothing else", () => {
  const waits = fc.array(fc.option(fc.nat(5), { nil: undefined }), {
    minLength: 6,
    maxLength: 6,
  });
  fc.assert(fc.property(waits, fc.nat(5), fc.nat(5), (waits, self, target) => {
    waits[self] = target;
    const way = [self];
    for (let at: number | undefined = target; at !== undefined;) {
      way.push(at);
      if (at === self || way.length > 6) break;
      at = waits[at];
    }
    const expected = way.at(-1) === self ? way : undefined;
    assertEquals(circleOf(self, target, reads(waits)), expected);
  }));
});

Deno.test("circleOf() is none when a wait was over before the next one began", () => {
  // 0 calls 1. Cell 1 has its answer from 2, which then calls 0.
  const waits: (number | undefined)[] = [1, 2, undefined];
  const changing = reads(waits, (count) => {
    if (count !== 1) return;
    waits[1] = undefined;
    waits[2] = 0;
  });
  assertEquals(circleOf(0, 1, changing), undefined);
});

Deno.test("circleOf() reads a circle from its end on, however long it is", () => {
  // The first wait is over when the last but one is read for the second time.
  const waits: (number | undefined)[] = [1, 2, 3, 0];
  const changing = reads(waits, (count) => {
    if (count === 4) waits[1] = undefined;
  });
  assertEquals(circleOf(0, 1, changing), undefined);
  waits[1] = 2;
  assertEquals(circleOf(0, 1, reads(waits)), [0, 1, 2, 3, 0]);
});
