import { assert, assertEquals } from "@std/assert";
import { ATOMIC, BULK, GC, PLAIN, SHAPE, SIMD } from "./instructions.ts";
import { body, leb, moduleOf, section, vec } from "./testing/binary.ts";

/** What V8 says about an instruction that nothing else is wrong with. */
function verdictOfV8(instruction: readonly number[]): string {
  const bytes = moduleOf(
    section(1, vec([0x60, 0, 0])),
    section(3, vec([0])),
    section(4, vec([0x70, 0, 1])),
    section(5, vec([3, 1, 1])),
    section(10, vec(body([0, ...instruction, ...Array<number>(40).fill(0)]))),
  );
  try {
    new WebAssembly.Module(bytes);
    return "valid";
  } catch (error) {
    assert(error instanceof WebAssembly.CompileError);
    return error.message;
  }
}

function takenByV8(instruction: readonly number[]): boolean {
  const verdict = verdictOfV8(instruction);
  return !/invalid (?:[\w-]+ )*opcode|enable with --/i.test(verdict);
}

// V8 names these only to say that the type they need takes a flag.
const NEEDS_DESCRIPTORS = [0x20, 0x21];

Deno.test("every instruction of one byte that V8 takes is known, and no other", () => {
  for (let opcode = 0; opcode < 256; opcode++) {
    if (PLAIN[opcode] === SHAPE.prefix) continue;
    const known = PLAIN[opcode] !== SHAPE.unknown;
    assertEquals(known, takenByV8([opcode]), `0x${opcode.toString(16)}`);
  }
});

for (
  const [prefix, table] of [
    [0xfb, GC],
    [0xfc, BULK],
    [0xfd, SIMD],
    [0xfe, ATOMIC],
  ] as const
) {
  const name = prefix.toString(16);
  Deno.test(`every instruction behind 0x${name} that V8 takes is known, and no other`, () => {
    for (let number = 0; number < 0x240; number++) {
      if (prefix === 0xfb && NEEDS_DESCRIPTORS.includes(number)) continue;
      const known = (table[number] ?? SHAPE.unknown) !== SHAPE.unknown;
      assertEquals(
        known,
        takenByV8([prefix, ...leb(number)]),
        `0x${name} 0x${number.toString(16)}`,
      );
    }
  });
}

Deno.test("V8 takes no prefix beside those that are known", () => {
  for (const prefix of [0xe0, 0xf0, 0xfa, 0xff]) {
    assert(!takenByV8([prefix, 0]), `0x${prefix.toString(16)}`);
  }
});
