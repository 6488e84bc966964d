import { assert, assertEquals } from "@std/assert";
import { LIMITS } from "../limits.ts";
import { TempDir } from "../testing/cell_folder.ts";
import { guardModule } from "./guard.ts";
import { body, moduleOf, section, text, vec } from "./testing/binary.ts";

const I32 = 0x7f;
const OPTIONS = { guard: true, maxMemoryPages: 1 } as const;

/**
 * The function `f` of two numbers, with a loop and a call among so many
 * conditions. What each of them decides is what the next one is about.
 */
function chain(
  count: number,
  condition: readonly number[],
): Uint8Array<ArrayBuffer> {
  // Between two conditions lies as much as V8 takes along on its way.
  const step = [
    ...[0x20, 0, ...Array(7).fill([0x20, 1, 0x6a]).flat(), 0x21, 1],
    ...condition,
  ];
  const half = Array<readonly number[]>(count / 2).fill(step).flat();
  const middle = [0x20, 0, 0x20, 1, 0x03, 0, 0x10, 0, 0x0b];
  return moduleOf(
    section(1, vec([0x60, ...vec([I32], [I32]), ...vec([I32])])),
    section(3, vec([0], [0])),
    section(7, vec([...text("f"), 0, 1])),
    section(
      10,
      vec(
        body([0x20, 0, 0x20, 1, 0x73]),
        body([...half, ...middle, 0x21, 0, ...half, 0x20, 0, 0x20, 1, 0x6b]),
      ),
    ),
  );
}

const IF = [0x20, 0, 0x04, 0x40, 0x20, 1, 0x21, 0, 0x0b];
const BR_IF = [0x02, 0x40, 0x20, 0, 0x0d, 0, 0x20, 1, 0x21, 0, 0x0b];
const BR_TABLE = [
  ...[0x02, 0x40, 0x02, 0x40, 0x20, 0, 0x0e, 2, 0, 1, 0, 0x0b],
  ...[0x20, 1, 0x21, 0, 0x0b],
];
const KINDS = { if: IF, br_if: BR_IF, br_table: BR_TABLE };

/** Nothing is hidden up to here. */
const FEW = LIMITS.moduleConditions;

for (const [name, condition] of Object.entries(KINDS)) {
  Deno.test(`many conditions of ${name} decide as they did`, () => {
    for (const count of [FEW, FEW + 2]) {
      const bytes = chain(count, condition);
      const plain = functionOf(bytes);
      const guarded = functionOf(guardModule(bytes, OPTIONS).bytes);
      for (let seed = -40; seed < 40; seed++) {
        const [a, b] = [seed % 3, Math.imul(seed, 0x9e3779b1)];
        assertEquals(guarded(a, b), plain(a, b), `${a} ${b}`);
      }
    }
  });
}

Deno.test("only functions with many conditions grow by them", () => {
  const grown = (count: number): number => {
    const bytes = chain(count, IF);
    return guardModule(bytes, OPTIONS).bytes.length - bytes.length;
  };
  assertEquals(grown(FEW) < 200, true);
  assertEquals(grown(FEW + 2) > FEW * 7, true);
});

Deno.test({
  name: "V8 optimises many conditions without following all of their ways",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using dir = new TempDir();
    for (const [name, condition] of Object.entries(KINDS)) {
      const { bytes } = guardModule(chain(2_000, condition), OPTIONS);
      const path = dir.join(`${name}.wasm`);
      Deno.writeFileSync(path, bytes);
      const peakMb = await optimise(path);
      // Unhidden, 2,000 take gigabytes, and a few more end the process.
      assert(peakMb < 400, `${name}: ${peakMb} MB`);
    }
  },
});

function functionOf(
  bytes: Uint8Array<ArrayBuffer>,
): (a: number, b: number) => number {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  return instance.exports.f as (a: number, b: number) => number;
}

/** The most memory of a process that makes optimised code of a module before it runs. */
async function optimise(path: string): Promise<number> {
  const program = `
    const bytes = await Deno.readFile(${JSON.stringify(path)});
    const { instance } = await WebAssembly.instantiate(bytes);
    instance.exports.f(0, 1);
    const status = await Deno.readTextFile("/proc/self/status");
    console.log(/VmHWM:\\s+(\\d+)/.exec(status)[1]);`;
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--v8-flags=--no-liftoff", program],
    stderr: "inherit",
  }).output();
  assert(success, "V8 ended the process");
  return Number(new TextDecoder().decode(stdout)) / 1024;
}
