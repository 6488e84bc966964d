/**
 * How many values each instruction leaves on the stack more than it takes.
 *
 * @module
 */

type Range = readonly [first: number, last: number, effect: number];

function table(size: number, ranges: readonly Range[]): Int8Array {
  const effects = new Int8Array(size);
  for (const [first, last, effect] of ranges) {
    effects.fill(effect, first, last + 1);
  }
  return effects;
}

// What is not listed leaves as many as it takes, or depends on a type: calls,
// ends of blocks, new structs and arrays of fixed length.

/** Of instructions of one byte. Behind an unconditional branch nothing counts. */
export const PLAIN_EFFECT = table(256, [
  [0x04, 0x04, -1], // if
  [0x0d, 0x0e, -1], // br_if, br_table
  [0x11, 0x11, -1], // call_indirect: the index
  [0x14, 0x14, -1], // call_ref: the function
  [0x1a, 0x1a, -1], // drop
  [0x1b, 0x1c, -2], // select
  [0x20, 0x20, 1], // local.get
  [0x21, 0x21, -1], // local.set
  [0x23, 0x23, 1], // global.get
  [0x24, 0x24, -1], // global.set
  [0x26, 0x26, -2], // table.set
  [0x36, 0x3e, -2], // stores
  [0x3f, 0x3f, 1], // memory.size
  [0x41, 0x44, 1], // constants
  [0x46, 0x4f, -1], // i32: comparisons, but eqz
  [0x51, 0x66, -1], // i64, f32, f64: the same
  [0x6a, 0x78, -1], // i32: two operands
  [0x7c, 0x8a, -1], // i64: two operands
  [0x92, 0x98, -1], // f32: two operands
  [0xa0, 0xa6, -1], // f64: two operands
  [0xd0, 0xd0, 1], // ref.null
  [0xd2, 0xd2, 1], // ref.func
  [0xd3, 0xd3, -1], // ref.eq
  [0xd6, 0xd6, -1], // br_on_non_null
]);

/** Of what is behind 0xfb. */
const GC_EFFECT = table(0x1f, [
  [0x05, 0x05, -2], // struct.set
  [0x06, 0x06, -1], // array.new
  [0x09, 0x0d, -1], // array.new_data, array.new_elem, array.get*
  [0x0e, 0x0e, -3], // array.set
  [0x10, 0x10, -4], // array.fill
  [0x11, 0x11, -5], // array.copy
  [0x12, 0x13, -4], // array.init_*
]);

/** Of what is behind 0xfc. */
const BULK_EFFECT = table(0x12, [
  [0x08, 0x08, -3], // memory.init
  [0x0a, 0x0c, -3], // memory.copy, memory.fill, table.init
  [0x0e, 0x0e, -3], // table.copy
  [0x0f, 0x0f, -1], // table.grow
  [0x10, 0x10, 1], // table.size
  [0x11, 0x11, -3], // table.fill
]);

/** Of what is behind 0xfd. */
const SIMD_EFFECT = table(0x114, [
  [0x0b, 0x0b, -2], // v128.store
  [0x0c, 0x0c, 1], // v128.const
  [0x0d, 0x0e, -1], // i8x16.shuffle, i8x16.swizzle
  ...[0x17, 0x1a, 0x1c, 0x1e, 0x20, 0x22].map((n): Range => [n, n, -1]), // replace_lane
  [0x23, 0x4c, -1], // comparisons
  [0x4e, 0x51, -1], // and, andnot, or, xor
  [0x52, 0x52, -2], // v128.bitselect
  [0x54, 0x57, -1], // load_lane
  [0x58, 0x5b, -2], // store_lane
  [0x65, 0x66, -1], // i8x16: two operands
  [0x6b, 0x73, -1],
  [0x76, 0x79, -1],
  [0x7b, 0x7b, -1],
  [0x82, 0x82, -1], // i16x8
  [0x85, 0x86, -1],
  [0x8b, 0x93, -1],
  [0x95, 0x99, -1],
  [0x9b, 0x9f, -1],
  [0xab, 0xae, -1], // i32x4
  [0xb1, 0xb1, -1],
  [0xb5, 0xba, -1],
  [0xbc, 0xbf, -1],
  [0xcb, 0xce, -1], // i64x2
  [0xd1, 0xd1, -1],
  [0xd5, 0xdf, -1],
  [0xe4, 0xeb, -1], // f32x4
  [0xf0, 0xf7, -1], // f64x2
  [0x100, 0x100, -1], // relaxed: swizzle
  [0x105, 0x10c, -2], // madd, nmadd, laneselect
  [0x10d, 0x112, -1], // min, max, q15mulr, dot
  [0x113, 0x113, -2], // dot_add
]);

/** Of what is behind 0xfe. */
const ATOMIC_EFFECT = table(0x4f, [
  [0x00, 0x00, -1], // memory.atomic.notify
  [0x01, 0x02, -2], // memory.atomic.wait
  [0x17, 0x1d, -2], // stores
  [0x1e, 0x47, -1], // read, modify, write
  [0x48, 0x4e, -2], // compare and exchange
]);

const NO_EFFECT = new Int8Array(0);

/** The effects of what is behind a prefix. */
export function prefixEffects(prefix: number): Int8Array {
  switch (prefix) {
    case 0xfb:
      return GC_EFFECT;
    case 0xfc:
      return BULK_EFFECT;
    case 0xfd:
      return SIMD_EFFECT;
    case 0xfe:
      return ATOMIC_EFFECT;
    default:
      return NO_EFFECT;
  }
}
