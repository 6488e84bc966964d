/**
 * A step through the library against the same by hand on the raw instance.
 *
 * @module
 */

import { writeEnvelope } from "../../src/abi/envelope.ts";
import { load } from "../../src/cell/load.ts";
import { TempDir } from "../../src/testing/cell_folder.ts";
import { cellWat, wat } from "../../src/testing/wat.ts";
import { type Figure, inTurn } from "./rounds.ts";

const STEPS = 100_000;
const NOTHING = new Uint8Array(0);

/** Measures nanoseconds a step. */
export async function benchStep(rounds: number): Promise<Figure[]> {
  // A fixed buffer: the allocator is not what is measured.
  const bytes = await wat(cellWat({
    without: ["pulp_alloc"],
    functions:
      `(func (export "pulp_alloc") (param i32) (result i32) (i32.const 1024))`,
  }));
  await using dir = new TempDir();
  await using cell = await load(await dir.cell("steps", bytes), {
    deadline: false,
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const alloc = exports.pulp_alloc as (n: number) => number;
  const step = exports.pulp_step as (p: number, n: number) => number;
  const free = exports.pulp_free as (p: number, n: number) => void;
  const memory = exports.memory as WebAssembly.Memory;

  let number = 0;
  const raw = (): number => {
    const start = performance.now();
    for (let i = 0; i < STEPS; i++) {
      const ptr = alloc(20);
      writeEnvelope(
        new Uint8Array(memory.buffer, ptr, 20),
        0,
        number++,
        Date.now(),
        NOTHING,
      );
      step(ptr, 20);
      free(ptr, 20);
    }
    return (performance.now() - start) / STEPS * 1e6;
  };
  const ours = async (): Promise<number> => {
    const start = performance.now();
    for (let i = 0; i < STEPS; i++) await cell.step();
    return (performance.now() - start) / STEPS * 1e6;
  };
  raw();
  await ours();
  const result = await inTurn(rounds, ours, raw);
  return [{
    name: "one step, no deadline",
    ours: `${result.ours.toFixed(0)} ns`,
    limit: `${result.limit.toFixed(0)} ns by hand`,
    ratio: result.ratio,
    bound: 4,
    sense: "at most",
  }];
}
