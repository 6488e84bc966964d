import { assert, assertEquals } from "@std/assert";
import { Spin } from "./spin.ts";

/** How often a wait of `spin` looks when its condition never holds. */
function looksInVain(spin: Spin): number {
  let looks = 0;
  assertEquals(spin.until(() => ++looks < 0), false);
  return looks;
}

Deno.test("spin: what holds at once is looked at once", () => {
  let looks = 0;
  assertEquals(new Spin().until(() => ++looks === 1), true);
  assertEquals(looks, 1);
});

Deno.test("spin: what never holds is looked at for a moment, and then no more", () => {
  const looks = looksInVain(new Spin());
  assert(looks > 10 && looks < 10_000, `${looks} looks`);
});

Deno.test("spin: where looking does not help it is tried now and then only", () => {
  const spin = new Spin();
  const long = looksInVain(spin);
  const next = Array.from({ length: 64 }, () => looksInVain(spin));
  const longOnes = next.slice(8).filter((looks) => looks === long).length;
  assert(longOnes >= 2 && longOnes <= 6, `${longOnes} long ones of 56`);
  const most = next.slice(8).reduce((a, b) => a + b) / 56;
  assert(most < long / 8, `${most} looks a wait`);
});

Deno.test("spin: where looking helps again it goes on as at first", () => {
  const spin = new Spin();
  const long = looksInVain(spin);
  for (let i = 0; i < 100; i++) looksInVain(spin);
  // Holds at the look before the last of a long wait: the short ones miss it.
  for (let i = 0; i < 100; i++) {
    let looks = 0;
    if (spin.until(() => ++looks === long - 1)) break;
    assert(i < 99, "never tried long again");
  }
  assertEquals(looksInVain(spin), long);
});

Deno.test("spin: a short wait that helps doesn't make the next ones long", () => {
  const spin = new Spin();
  const long = looksInVain(spin);
  let short = long;
  while (short === long) short = looksInVain(spin);
  assertEquals(spin.until(() => true), true);
  assertEquals(looksInVain(spin), short);
});
