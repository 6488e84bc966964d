import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type BodyScan, scanBodies } from "./body_scan.ts";
import { POINT } from "./points.ts";
import { planChecks } from "./call_graph.ts";
import { ByteReader } from "./reader.ts";
import { TypeTable } from "./types.ts";
import { body, leb, vec } from "./testing/binary.ts";

/** Scans functions that each call the given ones, in blocks if `nested`. */
function scanCalls(
  calls: readonly (readonly number[])[],
  importedFunctions = 0,
  nested = false,
): BodyScan {
  const bodies = calls.map((callees) =>
    body(callees.flatMap((callee) => {
      const call = [0x10, ...leb(callee)];
      return nested ? [0x02, 0x40, ...call, 0x0b] : call;
    }))
  );
  const bytes = new Uint8Array(vec(...bodies));
  const reader = new ByteReader(bytes, 0, bytes.length, "code section");
  return scanBodies(reader, {
    maxPoints: 1_000_000,
    importedFunctions,
    types: TypeTable.read(undefined),
    functionTypes: [],
    tagTypes: [],
  });
}

function checkedCalls(scan: BodyScan): number {
  let count = 0;
  for (let point = 0; point < scan.kinds.length; point++) {
    if (scan.kinds.at(point) === POINT.check) count++;
  }
  return count;
}

Deno.test("planChecks() checks exported functions and one of each recursion", () => {
  // 0 calls itself; 1 and 2 call each other; 3 is a leaf; 4 is exported.
  const scan = scanCalls([[0, 3], [2], [1, 3], [], [3]]);
  const checked = planChecks(scan, 0, [4]);
  assertEquals(checked[0], 1);
  assertEquals((checked[1] ?? 0) + (checked[2] ?? 0), 1);
  assertEquals([checked[3], checked[4]], [0, 1]);
  assertEquals(checkedCalls(scan), 0);
});

Deno.test("planChecks() takes indices that count imported functions", () => {
  const scan = scanCalls([[0, 1, 2], [3], [3]], 2);
  assertEquals([...planChecks(scan, 2, [0, 3])], [1, 1, 0]);
});

Deno.test("planChecks() puts checks into calls that double", () => {
  for (const nested of [false, true]) {
    const calls = Array.from(
      { length: 60 },
      (_, i) => i < 59 ? [i + 1, i + 1] : [],
    );
    const scan = scanCalls(calls, 0, nested);
    assertEquals(planChecks(scan, 0, []).includes(1), false);
    assert(checkedCalls(scan) >= 20);
  }
});

Deno.test("planChecks() leaves no cycle without a check, whatever calls what", () => {
  const graph = fc.integer({ min: 1, max: 12 }).chain((size) =>
    fc.array(fc.array(fc.nat(size - 1), { maxLength: 5 }), {
      minLength: size,
      maxLength: size,
    })
  );
  fc.assert(
    fc.property(graph, (calls) => {
      const checked = planChecks(scanCalls(calls), 0, []);
      // What is left without the checked functions can be put in order.
      const left = new Set(calls.keys().filter((f) => checked[f] === 0));
      for (let found = true; found;) {
        found = false;
        for (const f of left) {
          if ((calls[f] ?? []).some((callee) => left.has(callee))) continue;
          left.delete(f);
          found = true;
        }
      }
      assertEquals([...left], []);
    }),
    { numRuns: 500 },
  );
});

Deno.test("planChecks() takes a chain of 100,000 functions", () => {
  const length = 100_000;
  const scan = scanCalls(
    Array.from({ length }, (_, i) => i + 1 < length ? [i + 1] : [0]),
  );
  const checks = planChecks(scan, 0, []).reduce((sum, each) => sum + each, 0);
  assertEquals(checks, 1);
});
