import { assert, assertEquals } from "@std/assert";
import { PLAIN_EFFECT, prefixEffects } from "./stack_effects.ts";
import { valueSamples } from "./testing/instruction_corpus.ts";

Deno.test("the effect of each instruction on values and memory is the one that V8 knows", () => {
  const samples = valueSamples();
  assert(samples.length > 400, `${samples.length} samples`);
  for (const { name, instruction, effect } of samples) {
    const [opcode = 0, low = 0, high = 0] = instruction;
    const number = low < 0x80 ? low : (low & 0x7f) | (high << 7);
    const known = opcode >= 0xfb
      ? prefixEffects(opcode)[number]
      : PLAIN_EFFECT[opcode];
    assertEquals(known, effect, name);
  }
});
