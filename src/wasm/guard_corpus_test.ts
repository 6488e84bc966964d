import { assert, assertEquals } from "@std/assert";
import { guardModule } from "./guard.ts";
import { ATOMIC, BULK, GC, PLAIN, SHAPE, SIMD } from "./instructions.ts";
import { observe } from "./testing/compare.ts";
import { controlSamples } from "./testing/control_corpus.ts";
import { type Sample, valueSamples } from "./testing/instruction_corpus.ts";

function behavesTheSame({ name, bytes }: Sample): void {
  const guarded = guardModule(bytes, { guard: true, maxMemoryPages: 100 });
  assert(WebAssembly.validate(guarded.bytes), `${name} is valid when guarded`);
  assertEquals(
    observe(guarded.bytes, guarded.startExport, guarded.guardExport),
    observe(bytes),
    name,
  );
}

const values = valueSamples();
const controls = controlSamples();

Deno.test("instructions on values and memory do the same in a guarded module", () => {
  for (const sample of values) behavesTheSame(sample);
});

for (const sample of controls) {
  Deno.test(`${sample.name} do the same in a guarded module`, () => {
    behavesTheSame(sample);
  });
}

Deno.test("the samples hold every instruction that is known", () => {
  const covered = new Set([
    ...values.map((sample) => sample.name.split(":")[0]),
    ...controls.flatMap((sample) => sample.covers),
  ]);
  const missing: string[] = [];
  for (
    const [prefix, table] of [
      ["", PLAIN],
      ["fb ", GC],
      ["fc ", BULK],
      ["fd ", SIMD],
      ["fe ", ATOMIC],
    ] as const
  ) {
    table.forEach((shape, number) => {
      if (shape === SHAPE.unknown || shape === SHAPE.prefix) return;
      const name = `${prefix}${number.toString(16)}`;
      // A number above 0x7f takes two bytes behind a prefix.
      const wide = `${prefix}${((number & 0x7f) | 0x80).toString(16)} ${
        (number >> 7).toString(16)
      }`;
      if (!covered.has(name) && !covered.has(wide)) missing.push(name);
    });
  }
  assertEquals(missing, []);
});
