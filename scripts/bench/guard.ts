/**
 * What the guard costs: kernels guarded against plain, and its rewriting.
 *
 * @module
 */

import { join } from "@std/path";
import { guardModule } from "../../src/wasm/guard.ts";
import { Output } from "../../src/wasm/output.ts";
import { SECTION } from "../../src/wasm/sections.ts";
import { body, moduleOf, section, vec } from "../../src/wasm/testing/binary.ts";
import { compileCell } from "../build_cells.ts";
import { type Figure, inTurn, median } from "./rounds.ts";

const PROGRAMS = join(
  import.meta.dirname ?? ".",
  "..",
  "..",
  "tests",
  "guard",
  "programs",
);

/** Each kernel with an argument that takes it some tens of milliseconds. */
const KERNELS: Readonly<Record<string, number>> = {
  sieve: 4_000_000,
  hash: 20_000_000,
  matrix: 300,
  sort: 400_000,
  json: 100_000,
  recursion: 32,
};

/** Functions in the module that is rewritten, each of some 2 KB. */
const FUNCTIONS = 4_000;

type Kernel = (n: number) => number;

/** Measures milliseconds a kernel, and megabytes a second of rewriting. */
export async function benchGuard(rounds: number): Promise<Figure[]> {
  const options = { guard: true, maxMemoryPages: 4096 } as const;
  const plain = new Uint8Array(await compileCell(PROGRAMS, "assemblyscript"));
  const kernels = (bytes: Uint8Array<ArrayBuffer>): Record<string, Kernel> =>
    new WebAssembly.Instance(new WebAssembly.Module(bytes))
      .exports as Record<string, Kernel>;
  const original = kernels(plain);
  const guarded = kernels(guardModule(plain, options).bytes);
  const figures: Figure[] = [];
  for (const [name, argument] of Object.entries(KERNELS)) {
    const time = (of: Record<string, Kernel>) => (): number => {
      const start = performance.now();
      of[name]?.(argument);
      return performance.now() - start;
    };
    // Long enough for V8 to optimise both.
    for (let round = 0; round < 5; round++) {
      time(original)();
      time(guarded)();
    }
    const result = await inTurn(rounds, time(guarded), time(original));
    figures.push({
      name: `${name}, guarded`,
      ours: `${result.ours.toFixed(1)} ms`,
      limit: `${result.limit.toFixed(1)} ms plain`,
      ratio: result.ratio,
      bound: 2,
      sense: "at most",
    });
  }
  figures.push({
    name: "median of the kernels",
    ours: "guarded",
    limit: "plain",
    ratio: median(figures.map((figure) => figure.ratio)),
    bound: 1.3,
    sense: "at most",
  });
  figures.push(await rewriting(rounds));
  return figures;
}

async function rewriting(rounds: number): Promise<Figure> {
  const bytes = largeModule();
  const result = await inTurn(rounds, () => {
    const start = performance.now();
    guardModule(bytes, { guard: true, maxMemoryPages: 4096 });
    return bytes.length / 1e3 / (performance.now() - start);
  }, () => 20);
  return {
    name: `rewriting ${(bytes.length / 1e6).toFixed(1)} MB`,
    ours: `${result.ours.toFixed(0)} MB/s`,
    limit: "20 MB/s",
    ratio: result.ratio,
    bound: 1,
    sense: "at least",
  };
}

/** Many functions of loops, loads, arithmetic and calls of each other. */
function largeModule(): Uint8Array<ArrayBuffer> {
  const step = [
    ...[0x03, 0x40, 0x20, 0x00, 0x28, 0x02, 0x08, 0x41, 0xe4, 0x00, 0x6a],
    ...[0x22, 0x00, 0x20, 0x00, 0x41, 0x07, 0x71, 0x36, 0x02, 0x00],
    ...[0x20, 0x00, 0x10, 0x00, 0x21, 0x00, 0x20, 0x00, 0x0d, 0x00, 0x0b],
  ];
  const instructions = Array.from({ length: 60 }, () => step).flat();
  const one = body([...instructions, 0x20, 0x00]);
  const code = new Output(FUNCTIONS * one.length + 8).leb(FUNCTIONS);
  for (let index = 0; index < FUNCTIONS; index++) code.bytes(one);
  const head = moduleOf(
    section(1, vec([0x60, 1, 0x7f, 1, 0x7f])),
    section(3, vec(...Array.from({ length: FUNCTIONS }, () => [0]))),
    section(5, vec([0, 1])),
  );
  return new Output(code.length + head.length + 16).bytes(head)
    .section(SECTION.code, code).view.slice();
}
