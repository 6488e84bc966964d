/**
 * Instructions that may take long, cut into pieces: between two of them the
 * guest looks whether it has to stop.
 *
 * @module
 */

import { SHAPE } from "./instructions.ts";
import type { LongInstruction } from "./long_instructions.ts";
import type { TableType } from "./memory_types.ts";
import { signed, unsigned } from "./output.ts";

/** A function that is added to the module. Types and body are encoded. */
export interface AddedFunction {
  readonly params: readonly (readonly number[])[];
  readonly results: readonly (readonly number[])[];
  /** Locals and code. */
  readonly body: readonly number[];
}

/** What long instructions work on, by index. */
export interface Areas {
  readonly memories: readonly { readonly is64: boolean }[];
  readonly tables: readonly TableType[];
}

/** A wait lasts so long at a time. 2 ms. */
const WAIT_PIECE_NS = 2_000_000;
/** What is filled or copied in one go: under a millisecond, also in memory that was never touched. 1 MiB. */
const MEMORY_PIECE_BYTES = 1 << 20;
/** The same for tables, where V8 takes a fifth of a microsecond for a function. */
const TABLE_PIECE_ELEMENTS = 1 << 13;

/** Pages of a memory of 4 GiB. */
const MOST_PAGES = 1 << 16;

const I32 = [0x7f];
const I64 = [0x7e];
const END = 0x0b;
const GET = 0x20;
const SET = 0x21;
const BRANCH_IF = 0x0d;
const LOOP = [0x03, 0x40];

/** A function that takes the operands of the instruction and does what it does. `check` is the check. */
export function inPieces(
  long: LongInstruction,
  { memories, tables }: Areas,
  check: Uint8Array,
): AddedFunction {
  const { shape, target, source = target } = long;
  const memory = (index: number): readonly number[] =>
    memories[index]?.is64 === true ? I64 : I32;
  const table = (index: number): readonly number[] =>
    tables[index]?.is64 === true ? I64 : I32;
  switch (shape) {
    case SHAPE.memoryInit:
      return bulk(long, check, MEMORY_PIECE_BYTES, [
        { type: memory(target), moves: true, memory: target },
        { type: I32, moves: true },
        { type: I32, moves: false },
      ]);
    case SHAPE.memoryCopy:
      return copy(long, check, MEMORY_PIECE_BYTES, memory, true);
    case SHAPE.memoryFill:
      return bulk(long, check, MEMORY_PIECE_BYTES, [
        { type: memory(target), moves: true, memory: target },
        { type: I32, moves: false },
        { type: memory(target), moves: false },
      ]);
    case SHAPE.tableInit:
      return bulk(long, check, TABLE_PIECE_ELEMENTS, [
        { type: table(target), moves: true },
        { type: I32, moves: true },
        { type: I32, moves: false },
      ]);
    case SHAPE.tableCopy:
      return copy(long, check, TABLE_PIECE_ELEMENTS, table, false);
    case SHAPE.tableFill:
      return bulk(long, check, TABLE_PIECE_ELEMENTS, [
        { type: table(target), moves: true },
        { type: [...tables[target]?.element ?? []], moves: false },
        { type: table(target), moves: false },
      ]);
    default:
      return wait(long, check, memory(source));
  }
}

/**
 * `(address, expected, timeout) -> result` of one wait instruction. A wait
 * without an end is a negative timeout. Only other threads can wake a guest,
 * and cells have none, so nothing can be missed between two pieces.
 */
function wait(
  { shape, bytes }: LongInstruction,
  check: Uint8Array,
  address: readonly number[],
): AddedFunction {
  const expected = shape === SHAPE.wait64 ? I64 : I32;
  const piece = [0x42, ...signed(WAIT_PIECE_NS)];
  return {
    params: [address, expected, I64],
    results: [I32],
    body: [
      ...[2, 1, ...I64, 1, ...I32], // Locals 3: this piece, 4: the result.
      ...[...LOOP, ...check],
      ...[GET, 0, GET, 1],
      // The smaller of timeout and piece, unsigned.
      ...[GET, 2, ...piece, GET, 2, ...piece, 0x54, 0x1b, 0x22, 3],
      ...bytes,
      // Woken, or another value: that is the answer. 2 is "timed out".
      ...[0x22, 4, 0x41, 2, 0x47, 0x04, 0x40, GET, 4, 0x0f, END],
      // No end: once more.
      ...[GET, 2, 0x42, 0, 0x53, BRANCH_IF, 0],
      // What is left of the timeout: none, or once more.
      ...[GET, 2, GET, 3, 0x7d, 0x22, 2, 0x50],
      ...[0x04, 0x40, 0x41, 2, 0x0f, END],
      ...[0x0c, 0, END, 0x00, END],
    ],
  };
}

/** An operand of an instruction on a part of a memory or table. */
interface Operand {
  readonly type: readonly number[];
  /** Whether it says where the part begins. */
  readonly moves: boolean;
  /** The memory that the part is of. */
  readonly memory?: number;
}

function copy(
  long: LongInstruction,
  check: Uint8Array,
  piece: number,
  indexType: (area: number) => readonly number[],
  inMemory: boolean,
): AddedFunction {
  const { target, source = target } = long;
  const to = indexType(target);
  const from = indexType(source);
  const operands = [
    { type: to, moves: true, ...inMemory ? { memory: target } : {} },
    { type: from, moves: true, ...inMemory ? { memory: source } : {} },
    { type: to === I64 && from === I64 ? I64 : I32, moves: false },
  ];
  return bulk(long, check, piece, operands, target === source);
}

/**
 * An instruction whose last operand says how much, in pieces. The instruction
 * traps before it does anything when not all of it is within bounds, so it is
 * first done with nothing at the end. With `overlaps`, what it reads may be
 * what it writes, and it begins at the end where it has to.
 */
function bulk(
  { bytes }: LongInstruction,
  check: Uint8Array,
  piece: number,
  operands: readonly Operand[],
  overlaps = false,
): AddedFunction {
  const length = operands.length - 1;
  const lengthType = operands[length]?.type ?? I32;
  const lengthIs = (value: number): number[] => [
    lengthType === I64 ? 0x42 : 0x41,
    ...signed(value),
  ];
  const greater = (type: readonly number[]): number =>
    type === I64 ? 0x56 : 0x4b; // gt_u
  const isLong = [GET, length, ...lengthIs(piece), greater(lengthType)];
  const end = (operand: number): number[] => {
    const is64 = operands[operand]?.type === I64;
    return [
      ...[GET, operand, GET, length],
      ...(is64 && lengthType === I32 ? [0xad] : []), // i64.extend_i32_u
      is64 ? 0x7c : 0x6a, // add
    ];
  };
  const moving = operands.flatMap(({ moves }, index) => moves ? [index] : []);
  const runs = (
    start: (operand: number) => readonly number[],
    much: readonly number[],
  ): number[] => [
    ...operands.slice(0, length).flatMap(({ moves }, index) =>
      moves ? start(index) : [GET, index]
    ),
    ...[...much, ...bytes],
  ];
  const get = (operand: number): readonly number[] => [GET, operand];
  const less = lengthType === I64 ? 0x7d : 0x6b; // sub
  const shorten = [GET, length, ...lengthIs(piece), less, SET, length];
  const forward = [
    ...[...LOOP, ...check, ...runs(get, lengthIs(piece))],
    ...moving.flatMap((operand) =>
      operands[operand]?.type === I64
        ? [GET, operand, 0x42, ...signed(piece), 0x7c, SET, operand]
        : [GET, operand, 0x41, ...signed(piece), 0x6a, SET, operand]
    ),
    ...[...shorten, ...isLong, BRANCH_IF, 0, END],
  ];
  const backward = [
    ...[...LOOP, ...check, ...shorten, ...runs(end, lengthIs(piece))],
    ...[...isLong, BRANCH_IF, 0, END],
  ];
  // But for an end of 0 in a memory that fills all that 32 bits address.
  const unlessWhole = (operand: number): number[] => {
    const { type, memory } = operands[operand] ?? {};
    if (memory === undefined || type === I64) return [];
    return [
      ...[...end(operand), 0x45], // i32.eqz
      ...[0x3f, ...unsigned(memory), 0x41, ...signed(MOST_PAGES), 0x46], // memory.size, i32.eq
      ...[0x71, 0x45, 0x71], // i32.and, i32.eqz, i32.and
    ];
  };
  const [to = 0, from = 0] = moving;
  const isBehind = greater(operands[to]?.type ?? I32);
  return {
    params: operands.map(({ type }) => type),
    results: [],
    body: [
      ...[0, ...check],
      ...[0x02, 0x40, ...isLong, 0x45, BRANCH_IF, 0],
      // An end that wraps around: the instruction itself traps.
      ...moving.flatMap((operand) => [
        ...[GET, operand, ...end(operand)],
        ...[greater(operands[operand]?.type ?? I32)],
        ...unlessWhole(operand),
        ...[BRANCH_IF, 0],
      ]),
      ...runs(end, lengthIs(0)),
      ...(overlaps
        ? [
          ...[GET, to, GET, from, isBehind, 0x04, 0x40],
          ...[...backward, 0x05, ...forward, END],
        ]
        : forward),
      END,
      ...[...runs(get, get(length)), END],
    ],
  };
}
