/**
 * A step with the deadline on against the same step without it.
 *
 * @module
 */

import { load } from "../../src/cell/load.ts";
import { TempDir } from "../../src/testing/cell_folder.ts";
import { cellWat, wat } from "../../src/testing/wat.ts";
import { type Figure, inTurn } from "./rounds.ts";

const STEPS = 100_000;

/** Measures nanoseconds a step. */
export async function benchStepDeadline(rounds: number): Promise<Figure[]> {
  // What guarded code costs is measured by itself; this is the call.
  const bytes = await wat(cellWat({
    without: ["pulp_alloc"],
    functions:
      `(func (export "pulp_alloc") (param i32) (result i32) (i32.const 1024))`,
  }));
  await using dir = new TempDir();
  const spec = await dir.cell("steps", bytes);
  await using guarded = await load(spec);
  await using plain = await load(spec, { deadline: false });
  const timed = async (cell: { step(): Promise<number> }): Promise<number> => {
    const start = performance.now();
    for (let i = 0; i < STEPS; i++) await cell.step();
    return (performance.now() - start) / STEPS * 1e6;
  };
  await timed(plain);
  await timed(guarded);
  const result = await inTurn(rounds, () => timed(guarded), () => timed(plain));
  return [{
    name: "one step, deadline on",
    ours: `${result.ours.toFixed(0)} ns`,
    limit: `${result.limit.toFixed(0)} ns without`,
    ratio: result.ratio,
    bound: 1.2,
    sense: "at most",
  }];
}
