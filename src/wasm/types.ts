/**
 * The types of a module: value types and the type section.
 *
 * @module
 */

import { LIMITS } from "../limits.ts";
import { ByteReader, malformed } from "./reader.ts";

/**
 * A value type as the text format writes it: `i32`, `i64`, `f32`, `f64`,
 * `v128`, a short reference such as `funcref`, or `(ref null 3)`.
 */
export type ValueType = string;

/** What a function takes and gives. */
export interface FunctionType {
  /** What it takes. */
  readonly params: readonly ValueType[];
  /** What it gives. */
  readonly results: readonly ValueType[];
}

/** Value types of one byte. */
const VALUE_TYPES: ReadonlyMap<number, ValueType> = new Map([
  [0x7f, "i32"],
  [0x7e, "i64"],
  [0x7d, "f32"],
  [0x7c, "f64"],
  [0x7b, "v128"],
  [0x74, "nullexnref"],
  [0x73, "nullfuncref"],
  [0x72, "nullexternref"],
  [0x71, "nullref"],
  [0x70, "funcref"],
  [0x6f, "externref"],
  [0x6e, "anyref"],
  [0x6d, "eqref"],
  [0x6c, "i31ref"],
  [0x6b, "structref"],
  [0x6a, "arrayref"],
  [0x69, "exnref"],
]);

/** Heap types that are not an index, by the byte of their short reference. */
const HEAP_TYPES: ReadonlyMap<number, string> = new Map([
  [0x74, "noexn"],
  [0x73, "nofunc"],
  [0x72, "noextern"],
  [0x71, "none"],
  [0x70, "func"],
  [0x6f, "extern"],
  [0x6e, "any"],
  [0x6d, "eq"],
  [0x6c, "i31"],
  [0x6b, "struct"],
  [0x6a, "array"],
  [0x69, "exn"],
]);

const FORM = Object.freeze({
  subFinal: 0x4f,
  sub: 0x50,
  rec: 0x4e,
  array: 0x5e,
  struct: 0x5f,
  func: 0x60,
});

const REF = 0x64;
const REF_NULL = 0x63;
/** i8 and i16, and their bytes. */
const PACKED: ReadonlyMap<number, number> = new Map([[0x78, 1], [0x77, 2]]);
/** The bytes of fields that do not take 8. */
const FIELD_BYTES: ReadonlyMap<number, number> = new Map([
  [0x7f, 4],
  [0x7d, 4],
  [0x7b, 16],
]);

interface TypeScan {
  readonly offsets: number[];
  readonly sizes: number[];
  readonly params: number[];
  readonly results: number[];
  /** Parameters, results and fields so far. */
  parts: number;
}

// The most that V8 takes.
const MOST_PARAMS = 1000;
const MOST_FIELDS = 10_000;

/** Reads one value type. */
export function readValueType(reader: ByteReader): ValueType {
  const at = reader.pos;
  const code = reader.u8("a value type");
  const simple = VALUE_TYPES.get(code);
  if (simple !== undefined) return simple;
  if (code !== REF && code !== REF_NULL) {
    throw malformed(`the value type 0x${code.toString(16)} is not known`, at);
  }
  return `(ref ${code === REF_NULL ? "null " : ""}${readHeapType(reader)})`;
}

function readHeapType(reader: ByteReader): string {
  const at = reader.pos;
  const code = reader.s33("a heap type");
  if (code >= 0) return String(code);
  const name = HEAP_TYPES.get(code + 0x80);
  if (name === undefined) {
    throw malformed(`the heap type ${code} is not known`, at);
  }
  return name;
}

/**
 * The type section. Only where each type stands is kept: a module may hold a
 * million of them, and few are asked for.
 */
export class TypeTable {
  readonly #bytes: Uint8Array;
  /** The offset of each function type's parameters, -1 for other types. */
  readonly #offsets: readonly number[];
  /** The bytes of each struct, or of each array's elements, 0 for others. */
  readonly #sizes: readonly number[];
  /** How many parameters, or how many fields of a struct. */
  readonly #params: readonly number[];
  readonly #results: readonly number[];
  readonly #end: number;
  readonly #decoded = new Map<number, FunctionType>();

  private constructor(bytes: Uint8Array, scan: TypeScan, end: number) {
    this.#bytes = bytes;
    this.#offsets = scan.offsets;
    this.#sizes = scan.sizes;
    this.#params = scan.params;
    this.#results = scan.results;
    this.#end = end;
  }

  /** Reads the type section; without one the table is empty. */
  static read(reader: ByteReader | undefined): TypeTable {
    const scan: TypeScan = {
      offsets: [],
      sizes: [],
      params: [],
      results: [],
      parts: 0,
    };
    if (reader === undefined) return new TypeTable(new Uint8Array(), scan, 0);
    const groups = reader.u32("the number of types");
    for (let group = 0; group < groups; group++) {
      if (reader.bytes[reader.pos] !== FORM.rec) {
        scanSubType(reader, scan);
        continue;
      }
      reader.skip(1, "a type");
      const members = reader.u32("the size of a recursive group");
      for (let member = 0; member < members; member++) {
        scanSubType(reader, scan);
      }
    }
    reader.finish();
    return new TypeTable(reader.bytes, scan, reader.end);
  }

  /** How many types there are. */
  get count(): number {
    return this.#offsets.length;
  }

  /** Whether there are structs or arrays. */
  get hasObjects(): boolean {
    return this.#offsets.includes(-1);
  }

  /**
   * The bytes of a struct without its head, or of one element of an array.
   * 0 for any other type.
   */
  sizeOf(index: number): number {
    return this.#sizes[index] ?? 0;
  }

  /** How many parameters a function type has, or how many fields a struct; 0 for an array. */
  paramCount(index: number): number {
    return this.#params[index] ?? 0;
  }

  /** How many results a function type has; 0 for any other type. */
  resultCount(index: number): number {
    return this.#results[index] ?? 0;
  }

  /**
   * The function type with that index. Throws `PulpError` `module` when there
   * is none, or when it is the type of a struct or an array.
   */
  functionType(index: number, at: number): FunctionType {
    const known = this.#decoded.get(index);
    if (known !== undefined) return known;
    const offset = this.#offsets[index];
    if (offset === undefined) {
      throw malformed(`there is no type ${index}`, at);
    }
    if (offset < 0) throw malformed(`type ${index} is no function type`, at);
    const reader = new ByteReader(
      this.#bytes,
      offset,
      this.#end,
      "type section",
    );
    const params = readList(reader, "parameters");
    const results = readList(reader, "results");
    const type = Object.freeze({ params, results });
    this.#decoded.set(index, type);
    return type;
  }
}

function readList(reader: ByteReader, what: string): readonly ValueType[] {
  const count = readCount(reader, MOST_PARAMS, what);
  const list: ValueType[] = [];
  for (let index = 0; index < count; index++) list.push(readValueType(reader));
  return Object.freeze(list);
}

function readCount(reader: ByteReader, most: number, what: string): number {
  const at = reader.pos;
  const count = reader.u32(`the number of ${what}`);
  if (count > most) {
    throw malformed(`a type has ${count} ${what}, more than ${most}`, at);
  }
  return count;
}

/** Passes over one type and notes where it stands. */
function scanSubType(reader: ByteReader, scan: TypeScan): void {
  const { offsets, sizes, params, results } = scan;
  const at = reader.pos;
  let form = reader.u8("a type");
  if (form === FORM.sub || form === FORM.subFinal) {
    const supers = readCount(reader, 1, "supertypes");
    for (let index = 0; index < supers; index++) reader.u32("a supertype");
    form = reader.u8("a type");
  }
  if (offsets.length >= LIMITS.moduleTypes) {
    throw malformed(`there are more than ${LIMITS.moduleTypes} types`, at);
  }
  switch (form) {
    case FORM.func: {
      offsets.push(reader.pos);
      sizes.push(0);
      for (
        const [what, counts] of [
          ["parameters", params],
          ["results", results],
        ] as const
      ) {
        const count = readCount(reader, MOST_PARAMS, what);
        countParts(scan, count, at);
        for (let index = 0; index < count; index++) skipValueType(reader);
        counts.push(count);
      }
      break;
    }
    case FORM.struct: {
      offsets.push(-1);
      const count = readCount(reader, MOST_FIELDS, "fields");
      countParts(scan, count, at);
      let bytes = 0;
      for (let index = 0; index < count; index++) bytes += skipField(reader);
      sizes.push(bytes);
      params.push(count);
      results.push(0);
      break;
    }
    case FORM.array:
      offsets.push(-1);
      sizes.push(skipField(reader));
      params.push(0);
      results.push(0);
      break;
    default:
      throw malformed(`the type form 0x${form.toString(16)} is not known`, at);
  }
}

function countParts(scan: TypeScan, count: number, at: number): void {
  scan.parts += count;
  if (scan.parts <= LIMITS.moduleTypeParts) return;
  throw malformed(
    `its types have more than ${LIMITS.moduleTypeParts} parameters, results and fields`,
    at,
  );
}

function skipValueType(reader: ByteReader): void {
  const code = reader.bytes[reader.pos];
  if (code !== undefined && code >= 0x7b && code <= 0x7f && reader.left > 0) {
    reader.pos++;
  } else {
    readValueType(reader);
  }
}

/** Passes over a field; gives the bytes that V8 keeps for it, at most. */
function skipField(reader: ByteReader): number {
  const code = reader.bytes[reader.pos] ?? 0;
  const packed = PACKED.get(code);
  if (packed !== undefined && reader.left > 0) reader.pos++;
  else readValueType(reader);
  const at = reader.pos;
  if (reader.u8("the mutability of a field") > 1) {
    throw malformed("the mutability of a field is neither 0 nor 1", at);
  }
  return packed ?? FIELD_BYTES.get(code) ?? 8;
}
