import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { didYouMean, nearest, NearMisses } from "./nearest.ts";

Deno.test("nearest() finds a slip of the finger", () => {
  assertEquals(
    nearest("storage.sqlit", ["storage.sqlite", "storage.fs"]),
    "storage.sqlite",
  );
  assertEquals(nearest("rnu", ["call", "run"]), "run");
  assertEquals(nearest("RUN", ["run", "call"]), "run");
});

Deno.test("nearest() stays silent about words that are far away", () => {
  assertEquals(nearest("frobnicate", ["run", "call"]), undefined);
  assertEquals(nearest("x", []), undefined);
  assertEquals(didYouMean("frobnicate", ["run"]), "");
});

Deno.test("nearest() looks at words that people type, and at so many of them", () => {
  const long = "x".repeat(65);
  assertEquals(nearest(long, [long]), undefined);
  assertEquals(nearest("x", ["y".repeat(1_000_000), "xy"]), "xy");
  const many = Array.from({ length: 10_000 }, (_, i) => `word-${i}`);
  assertEquals(nearest("wrod-1", many), "word-1");
  assertEquals(nearest("sqlite", [...many, "sqlit"]), undefined);
});

Deno.test("nearest() finds what comparing every letter finds", () => {
  const word = fc.string({
    unit: fc.constantFrom("a", "b", "C"),
    maxLength: 9,
  });
  fc.assert(
    fc.property(word, fc.array(word, { maxLength: 5 }), (one, known) => {
      assertEquals(nearest(one, known), slowNearest(one, known));
    }),
  );
});

Deno.test("NearMisses has them for the first words only", () => {
  const misses = new NearMisses(["run"]);
  const found = Array.from({ length: 50 }, () => misses.of("rnu"));
  assertEquals(found.slice(0, 10), Array(10).fill("run"));
  assertEquals(found.slice(10), Array(40).fill(undefined));
});

/** The same by the definition, without any shortcut. */
function slowNearest(
  word: string,
  known: readonly string[],
): string | undefined {
  const lower = word.toLowerCase();
  const sorted = (text: string): string => [...text].sort().join("");
  const swapped = known.find((other) =>
    sorted(other.toLowerCase()) === sorted(lower)
  );
  if (swapped !== undefined) return swapped;
  const near = known.map((other) => ({
    other,
    distance: slowDistance(lower, other.toLowerCase()),
  })).filter(({ other, distance }) =>
    distance <= Math.max(1, Math.floor(Math.max(word.length, other.length) / 3))
  );
  return near.toSorted((a, b) => a.distance - b.distance)[0]?.other;
}

function slowDistance(a: string, b: string): number {
  if (a === "" || b === "") return a.length + b.length;
  const rest = slowDistance(a.slice(1), b.slice(1));
  return a[0] === b[0] ? rest : 1 +
    Math.min(rest, slowDistance(a.slice(1), b), slowDistance(a, b.slice(1)));
}
