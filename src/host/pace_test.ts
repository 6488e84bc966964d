import { assertEquals } from "@std/assert";
import { Pace } from "./pace.ts";

/** The pace after an event that took so long, at each of the times. */
function slowAt(tookMs: number, times: readonly number[]): boolean[] {
  const pace = new Pace();
  pace.begins(0);
  pace.ends(tookMs);
  return times.map((time) => pace.isSlow(time));
}

Deno.test("a cell is slow for a while after an event that took long", () => {
  assertEquals(slowAt(9, [9]), [false]);
  assertEquals(slowAt(10, [10, 1_009, 1_010]), [true, true, false]);
  // A clock that was set forward does not make it slow for ever.
  assertEquals(slowAt(1e9, [1e9, 1e9 + 100_000]), [true, false]);
});

Deno.test("what ended without a beginning says nothing", () => {
  const pace = new Pace();
  pace.ends(1_000);
  pace.begins(2_000);
  pace.ends(2_001);
  pace.ends(9_000);
  assertEquals(pace.isSlow(9_000), false);
});
