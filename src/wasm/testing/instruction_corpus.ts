/**
 * Small modules that together hold every instruction, for comparing a module
 * with its guarded self.
 *
 * @module
 */

import { ATOMIC, BULK, GC, PLAIN, SHAPE, SIMD } from "../instructions.ts";
import { signed } from "../output.ts";
import { body, leb, moduleOf, section, text, vec } from "./binary.ts";

/** One module; each of its functions takes nothing. */
export interface Sample {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** One module around one instruction. */
export interface ValueSample extends Sample {
  /** The instruction with its immediates. */
  readonly instruction: readonly number[];
  /** How many values it leaves more than it takes. */
  readonly effect: number;
}

const I32 = 0x7f;
const I64 = 0x7e;
const F32 = 0x7d;
const F64 = 0x7c;
const V128 = 0x7b;
const TYPES = [I32, I64, F32, F64, V128];

/** Ways to push a value of each type. */
const VALUES: ReadonlyMap<number, readonly (readonly number[])[]> = new Map([
  [I32, [0, 1, -1, 0x7fff_ffff, 40].map((n) => [0x41, ...signed(n)])],
  [I64, [0n, 3n, -2n, 1n << 62n, 40n].map((n) => [0x42, ...signed(n)])],
  [F32, [0, 1.5, -2.25, 1e30, NaN].map((n) => float(0x43, n))],
  [F64, [0, 2.5, -1.75, 1e300, NaN].map((n) => float(0x44, n))],
  [
    V128,
    [0, 3, 250, 127, 128].map((n) => [
      ...[0xfd, 0x0c],
      ...Array.from({ length: 16 }, (_, i) => (n + i * 17) & 255),
    ]),
  ],
]);

function float(opcode: number, value: number): number[] {
  const view = new DataView(new ArrayBuffer(8));
  if (opcode === 0x43) view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  const size = opcode === 0x43 ? 4 : 8;
  return [opcode, ...new Uint8Array(view.buffer, 0, size)];
}

/** Operand lists, the likely ones first. */
const OPERANDS: readonly (readonly number[])[] = [
  ...TYPES.map((type) => [type, type]),
  ...TYPES.map((type) => [type]),
  ...TYPES.map((type) => [V128, type]),
  ...TYPES.map((type) => [I32, type]),
  ...TYPES.map((type) => [I64, type]),
  [V128, V128, V128],
  ...[I32, I64].map((type) => [I32, type, type]),
  ...[I32, I64].map((type) => [I64, type, type]),
  [I32, I32, I64],
  [I32, I64, I64],
  [I64, I32, I64],
  [],
];

/** An instruction as bytes. Of each group of forms, one that is valid. */
interface Candidate {
  readonly name: string;
  readonly groups: readonly (readonly (readonly number[])[])[];
}

/** Every known instruction that works on values alone or on memory. */
function* candidates(): Generator<Candidate> {
  const tables: readonly (readonly [number, Uint8Array])[] = [
    [0, PLAIN],
    [0xfb, GC],
    [0xfc, BULK],
    [0xfd, SIMD],
    [0xfe, ATOMIC],
  ];
  for (const [prefix, table] of tables) {
    for (let number = 0; number < table.length; number++) {
      const opcode = prefix === 0 ? [number] : [prefix, ...leb(number)];
      const name = opcode.map((byte) => byte.toString(16)).join(" ");
      const groups = immediates(table[number] ?? 0, opcode);
      if (groups.length > 0) yield { name, groups };
    }
  }
}

function immediates(
  shape: number,
  opcode: readonly number[],
): readonly (readonly (readonly number[])[])[] {
  const alignments = [0, 1, 2, 3, 4];
  // Each memory, at an offset that is written longer each time.
  const addresses = [
    alignments.map((alignment) => [alignment, 8]),
    alignments.map((alignment) => [alignment | 0x40, 1, 0x88, 0x80, 0x00]),
    alignments.map((alignment) => [
      ...[alignment | 0x40, 2],
      ...[0x88, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
    ]),
  ];
  const forms = (tails: readonly (readonly number[])[]): number[][] =>
    tails.map((tail) => [...opcode, ...tail]);
  switch (shape) {
    case SHAPE.none:
      // unreachable, else, return, catch_all are of no use on their own.
      return [0x00, 0x05, 0x0f, 0x19].includes(opcode[0] ?? 0)
        ? []
        : [[opcode]];
    case SHAPE.byte:
      return [forms([[1], [0]])];
    case SHAPE.sixteenBytes:
      return [forms([Array.from({ length: 16 }, (_, i) => i * 2)])];
    case SHAPE.memory:
    case SHAPE.checkedMemory:
    case SHAPE.wait32:
    case SHAPE.wait64:
      return addresses.map(forms);
    case SHAPE.memoryLane:
      return addresses.map((group) =>
        forms(group.map((address) => [...address, 0]))
      );
    default:
      return [];
  }
}

/**
 * A function around one instruction: its operands, the instruction within a
 * loop, and a result that JavaScript can look at. Two 64-bit halves of a
 * vector.
 */
function around(
  operands: readonly number[],
  instruction: readonly number[],
  result: number | undefined,
  pick: number,
): number[] {
  const push = operands.flatMap((type, index) =>
    VALUES.get(type)?.[(pick + index * 2) % 5] ?? []
  );
  const kind = result === undefined ? 0x40 : result;
  const code = [0x03, kind, ...push, ...instruction, 0x0b];
  if (result !== V128) return body(code);
  const half = (lane: number): number[] => [0x20, 0, 0xfd, 0x1d, lane];
  return body([...code, 0x21, 0, ...half(0), ...half(1)], [1, 1, V128]);
}

/** Three memories (the third with 64-bit addresses), all with some data. */
function valueModule(
  bodies: readonly (readonly number[])[],
  results: readonly number[],
): Uint8Array<ArrayBuffer> {
  const data = Array.from({ length: 200 }, (_, i) => (i * 37 + 11) & 255);
  return moduleOf(
    section(1, vec([0x60, 0, ...vec(...results.map((type) => [type]))])),
    section(3, vec(...bodies.map(() => [0]))),
    section(5, vec([0, 1], [3, 1, 1], [4, 1])),
    section(
      7,
      vec(
        ...bodies.map((_, index) => [...text(`f${index}`), 0, ...leb(index)]),
        [...text("m0"), 2, 0],
        [...text("m1"), 2, 1],
        [...text("m2"), 2, 2],
      ),
    ),
    section(10, vec(...bodies)),
    section(
      11,
      vec(
        [0, 0x41, 0, 0x0b, ...leb(data.length), ...data],
        [2, 1, 0x41, 0, 0x0b, ...leb(data.length), ...data],
        [2, 2, 0x42, 0, 0x0b, ...leb(data.length), ...data],
      ),
    ),
  );
}

/** What an instruction takes and gives. */
interface Signature {
  readonly operands: readonly number[];
  readonly result: number | undefined;
}

/**
 * One module for each instruction that works on values, and three, one for
 * each kind of memory, for each that works on memory. What an instruction
 * takes and gives is found by asking V8.
 */
export function valueSamples(): ValueSample[] {
  const samples: ValueSample[] = [];
  const signatures: Signature[] = OPERANDS.flatMap((operands) =>
    [...TYPES, undefined].map((result) => ({ operands, result }))
  );
  for (const { name, groups } of candidates()) {
    for (const forms of groups) {
      const found = discover(forms, signatures);
      if (found === undefined) continue;
      const { form, signature: { operands, result } } = found;
      const bodies = [0, 1, 2, 3, 4].map((pick) =>
        around(operands, form, result, pick)
      );
      samples.push({
        name: `${name}: ${form.map((byte) => byte.toString(16)).join(" ")}`,
        bytes: valueModule(bodies, resultsOf(result)),
        instruction: form,
        effect: Number(result !== undefined) - operands.length,
      });
    }
  }
  return samples;
}

function resultsOf(result: number | undefined): number[] {
  if (result === undefined) return [];
  return result === V128 ? [I64, I64] : [result];
}

/** Neighbours are alike: what fits moves to the front of `signatures`. */
function discover(
  forms: readonly (readonly number[])[],
  signatures: Signature[],
): { form: readonly number[]; signature: Signature } | undefined {
  for (const [index, signature] of signatures.entries()) {
    const { operands, result } = signature;
    for (const form of forms) {
      const module = moduleOf(
        section(
          1,
          vec([0x60, 0, ...vec(...resultsOf(result).map((t) => [t]))]),
        ),
        section(3, vec([0])),
        section(5, vec([0, 1], [3, 1, 1], [4, 1])),
        section(10, vec(around(operands, form, result, 0))),
      );
      if (!WebAssembly.validate(module)) continue;
      signatures.splice(index, 1);
      signatures.unshift(signature);
      return { form, signature };
    }
  }
  return undefined;
}
