import { assert, assertEquals } from "@std/assert";
import { LineWriter } from "./line_writer.ts";
import { LinearMemory } from "./memory.ts";
import { wasiImports } from "./wasi.ts";

/** The clocks as a guest reads them, in nanoseconds. */
function clock(): (id: number) => bigint {
  const memory = new LinearMemory();
  memory.attach(new WebAssembly.Memory({ initial: 1 }), undefined);
  const imports = wasiImports({
    memory: () => memory,
    environ: [],
    stdout: new LineWriter(() => {}),
    stderr: new LineWriter(() => {}),
    sleep: () => {},
    stopped: () => false,
    onExit: () => {},
  });
  return (id) => {
    assertEquals(imports.clock_time_get?.(id, 1n, 64), 0);
    return memory.view.getBigUint64(64, true);
  };
}

Deno.test("the wall clock of a guest is the system's, with digits below a millisecond", () => {
  const read = clock();
  const times = Array.from({ length: 20_000 }, () => read(0));
  assert(times.every((time, at) => at === 0 || time >= times[at - 1]!));
  assert(times.some((time) => time % 1_000_000n !== 0n));
  const wallNs = BigInt(Date.now()) * 1_000_000n;
  assert(times.at(-1)! <= wallNs + 1_000_000n);
});

Deno.test("the wall clock of a guest follows when the system's is set, the others don't", () => {
  const read = clock();
  const before = [read(0), read(1)] as const;
  const real = Date.now;
  const hourMs = 3_600_000;
  try {
    for (const shiftMs of [hourMs, -hourMs]) {
      Date.now = () => real() + shiftMs;
      const shifted = Number(read(0) - before[0]) / 1e6 - shiftMs;
      assert(shifted >= -1 && shifted < 60_000, `${shifted} ms`);
      assert(read(1) - before[1] < 60_000_000_000n);
    }
  } finally {
    Date.now = real;
  }
});
