/**
 * Every instruction that V8 takes, by the shape of its immediates.
 *
 * The guard must know where each instruction ends. What is not in these
 * tables is refused by its number; a test holds them against the V8 in use.
 *
 * @module
 */

/**
 * Shapes of immediates. Those that the guard acts on have a shape of their
 * own, even when their bytes look like another's.
 */
export const SHAPE = Object.freeze({
  /** Not an instruction that is known. */
  unknown: 0,
  none: 1,
  /** One number, 32 or 64 bits, signed or not: all end the same way. */
  number: 2,
  twoNumbers: 3,
  byte: 4,
  fourBytes: 5,
  eightBytes: 6,
  sixteenBytes: 7,
  /** Alignment, perhaps a memory index, offset. */
  memory: 8,
  /** The same and a lane. */
  memoryLane: 9,
  block: 10,
  loop: 11,
  end: 12,
  branchTable: 13,
  selectTypes: 14,
  heapType: 15,
  /** Flags, a label, two heap types. */
  castBranch: 16,
  tryTable: 17,
  /** A prefix: the number after it selects the instruction. */
  prefix: 18,
  call: 19,
  /** Checked before it runs, one number. */
  checkedNumber: 20,
  /** Checked before it runs, two numbers. */
  checkedTwoNumbers: 21,
  /** Checked before it runs, no immediates. */
  checked: 22,
  /** Checked before it runs, a memory address. */
  checkedMemory: 23,
  throw: 24,
  wait32: 25,
  wait64: 26,
  newStruct: 27,
  newArray: 28,
  newFixedArray: 29,
  newArrayFrom: 30,
  /** One label. */
  branch: 31,
  /** Another part of a block begins. */
  turn: 32,
  /** The same, with a tag. */
  catch: 33,
  return: 34,
  /** Checked before they run. */
  callIndirect: 35,
  callRef: 36,
  newDefaultStruct: 37,
  // What may take long, and is cut into pieces.
  memoryInit: 38,
  memoryCopy: 39,
  memoryFill: 40,
  tableInit: 41,
  tableCopy: 42,
  tableFill: 43,
});

type Range = readonly [first: number, last: number, shape: number];

function table(size: number, ranges: readonly Range[]): Uint8Array {
  const shapes = new Uint8Array(size);
  for (const [first, last, shape] of ranges) {
    shapes.fill(shape, first, last + 1);
  }
  return shapes;
}

/** Instructions of one byte. */
export const PLAIN = table(256, [
  [0x00, 0x01, SHAPE.none], // unreachable, nop
  [0x02, 0x02, SHAPE.block],
  [0x03, 0x03, SHAPE.loop],
  [0x04, 0x04, SHAPE.block], // if
  [0x05, 0x05, SHAPE.turn], // else
  [0x06, 0x06, SHAPE.block], // try
  [0x07, 0x07, SHAPE.catch],
  [0x08, 0x08, SHAPE.throw],
  [0x09, 0x09, SHAPE.checkedNumber], // rethrow
  [0x0a, 0x0a, SHAPE.checked], // throw_ref
  [0x0b, 0x0b, SHAPE.end],
  [0x0c, 0x0d, SHAPE.branch], // br, br_if
  [0x0e, 0x0e, SHAPE.branchTable],
  [0x0f, 0x0f, SHAPE.return],
  [0x10, 0x10, SHAPE.call],
  [0x11, 0x11, SHAPE.callIndirect],
  [0x12, 0x12, SHAPE.call], // return_call
  [0x13, 0x13, SHAPE.callIndirect], // return_call_indirect
  [0x14, 0x15, SHAPE.callRef], // call_ref, return_call_ref
  [0x18, 0x18, SHAPE.end], // delegate; it has a label, see the scanner
  [0x19, 0x19, SHAPE.turn], // catch_all
  [0x1a, 0x1b, SHAPE.none], // drop, select
  [0x1c, 0x1c, SHAPE.selectTypes],
  [0x1f, 0x1f, SHAPE.tryTable],
  [0x20, 0x25, SHAPE.number], // local.*, global.*, table.get
  [0x26, 0x26, SHAPE.checkedNumber], // table.set
  [0x28, 0x3e, SHAPE.memory],
  [0x3f, 0x3f, SHAPE.number], // memory.size
  [0x40, 0x40, SHAPE.checkedNumber], // memory.grow
  [0x41, 0x42, SHAPE.number], // i32.const, i64.const
  [0x43, 0x43, SHAPE.fourBytes], // f32.const
  [0x44, 0x44, SHAPE.eightBytes], // f64.const
  [0x45, 0xc4, SHAPE.none],
  [0xd0, 0xd0, SHAPE.heapType], // ref.null
  [0xd1, 0xd1, SHAPE.none], // ref.is_null
  [0xd2, 0xd2, SHAPE.number], // ref.func
  [0xd3, 0xd4, SHAPE.none], // ref.eq, ref.as_non_null
  [0xd5, 0xd6, SHAPE.branch], // br_on_null, br_on_non_null
  [0xfb, 0xfe, SHAPE.prefix],
]);

/** 0xfb: structs, arrays, casts. */
export const GC = table(0x1f, [
  [0x00, 0x00, SHAPE.newStruct],
  [0x01, 0x01, SHAPE.newDefaultStruct],
  [0x02, 0x05, SHAPE.twoNumbers], // struct.get*, struct.set
  [0x06, 0x07, SHAPE.newArray],
  [0x08, 0x08, SHAPE.newFixedArray],
  [0x09, 0x0a, SHAPE.newArrayFrom], // array.new_data, array.new_elem
  [0x0b, 0x0e, SHAPE.number], // array.get*, array.set
  [0x0f, 0x0f, SHAPE.none], // array.len
  [0x10, 0x10, SHAPE.checkedNumber], // array.fill
  [0x11, 0x13, SHAPE.checkedTwoNumbers], // array.copy, array.init_*
  [0x14, 0x17, SHAPE.heapType], // ref.test, ref.cast
  [0x18, 0x19, SHAPE.castBranch],
  [0x1a, 0x1e, SHAPE.none],
]);

/** 0xfc: saturating conversions, bulk memory, tables. */
export const BULK = table(0x12, [
  [0x00, 0x07, SHAPE.none],
  [0x08, 0x08, SHAPE.memoryInit],
  [0x09, 0x09, SHAPE.number], // data.drop
  [0x0a, 0x0a, SHAPE.memoryCopy],
  [0x0b, 0x0b, SHAPE.memoryFill],
  [0x0c, 0x0c, SHAPE.tableInit],
  [0x0d, 0x0d, SHAPE.number], // elem.drop
  [0x0e, 0x0e, SHAPE.tableCopy],
  [0x0f, 0x0f, SHAPE.checkedNumber], // table.grow
  [0x10, 0x10, SHAPE.number], // table.size
  [0x11, 0x11, SHAPE.tableFill],
]);

// Numbers that 0xfd does not use, among those that it does.
const SIMD_GAPS: readonly Range[] = [
  [0x9a, 0x9a],
  [0xa2, 0xa2],
  [0xa5, 0xa6],
  [0xaf, 0xb0],
  [0xb2, 0xb4],
  [0xbb, 0xbb],
  [0xc2, 0xc2],
  [0xc5, 0xc6],
  [0xcf, 0xd0],
  [0xd2, 0xd4],
  [0xe2, 0xe2],
  [0xee, 0xee],
].map(([first = 0, last = 0]) => [first, last, SHAPE.unknown]);

/** 0xfd: SIMD, relaxed SIMD. */
export const SIMD = table(0x114, [
  [0x00, 0x0b, SHAPE.memory],
  [0x0c, 0x0d, SHAPE.sixteenBytes], // v128.const, i8x16.shuffle
  [0x0e, 0x14, SHAPE.none],
  [0x15, 0x22, SHAPE.byte], // lanes
  [0x23, 0x53, SHAPE.none],
  [0x54, 0x5b, SHAPE.memoryLane],
  [0x5c, 0x5d, SHAPE.memory],
  [0x5e, 0x113, SHAPE.none],
  ...SIMD_GAPS,
]);

/** 0xfe: atomics. */
export const ATOMIC = table(0x4f, [
  [0x00, 0x00, SHAPE.checkedMemory], // memory.atomic.notify
  [0x01, 0x01, SHAPE.wait32],
  [0x02, 0x02, SHAPE.wait64],
  [0x03, 0x03, SHAPE.byte], // atomic.fence
  [0x10, 0x4e, SHAPE.memory],
]);

const EMPTY = new Uint8Array();

/** The table behind a prefix. */
export function prefixTable(prefix: number): Uint8Array {
  switch (prefix) {
    case 0xfb:
      return GC;
    case 0xfc:
      return BULK;
    case 0xfd:
      return SIMD;
    case 0xfe:
      return ATOMIC;
    default:
      return EMPTY;
  }
}
