/**
 * Constant expressions: initial values of globals, tables and segments.
 *
 * They run while a module is instantiated, before any check can, so what they
 * allocate is added up beforehand.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import { OBJECT_HEAD_BYTES } from "./body_scan.ts";
import { type ByteReader, malformed } from "./reader.ts";
import { LIMITS_FLAG, readLimits, type TableType } from "./memory_types.ts";
import { readValueType, type TypeTable } from "./types.ts";

/** Adds up what the constant expressions of a module allocate. */
export class ConstantScan {
  readonly #types: TypeTable;
  readonly #limit: number;
  #bytes = 0;

  /** Throws at the first expression that passes `limit` bytes in all. */
  constructor(types: TypeTable, limit: number) {
    this.#types = types;
    this.#limit = limit;
  }

  /** Reads the global section. */
  globals(reader: ByteReader | undefined): void {
    if (reader === undefined) return;
    const count = reader.u32("the number of globals");
    for (let global = 0; global < count; global++) {
      readValueType(reader);
      reader.u8("the mutability of a global");
      this.expression(reader);
    }
    reader.finish();
  }

  /** Reads the element section. */
  elements(reader: ByteReader | undefined): void {
    if (reader === undefined) return;
    const count = reader.u32("the number of element segments");
    for (let segment = 0; segment < count; segment++) {
      const at = reader.pos;
      const flags = reader.u32("the flags of an element segment");
      if (flags > 7) {
        throw malformed(`the element flags ${flags} are not known`, at);
      }
      const active = (flags & 1) === 0;
      const expressions = (flags & 4) !== 0;
      if (active && (flags & 2) !== 0) reader.u32("a table index");
      if (active) this.expression(reader);
      if ((flags & 3) !== 0) {
        if (expressions) readValueType(reader);
        else reader.u8("an element kind");
      }
      const items = reader.u32("the number of elements");
      for (let item = 0; item < items; item++) {
        if (expressions) this.expression(reader);
        else reader.u32("a function index");
      }
    }
    reader.finish();
  }

  /** Reads one expression up to and with its `end`. */
  expression(reader: ByteReader): void {
    // The number that stands right before an array is its length.
    let length: number | undefined;
    for (;;) {
      const at = reader.pos;
      const opcode = reader.u8("a constant expression");
      const before = length;
      length = undefined;
      switch (opcode) {
        case 0x0b:
          return;
        case 0x41:
          length = readSigned32(reader) >>> 0;
          break;
        case 0x42: // i64.const
          while (reader.u8("a constant") >= 0x80);
          break;
        case 0x23: // global.get
        case 0xd2: // ref.func
          reader.u32("an index");
          break;
        case 0x43:
          reader.skip(4, "a constant");
          break;
        case 0x44:
          reader.skip(8, "a constant");
          break;
        case 0x6a:
        case 0x6b:
        case 0x6c:
        case 0x7c:
        case 0x7d:
        case 0x7e:
          break;
        case 0xd0:
          reader.s33("a heap type");
          break;
        case 0xfd:
          if (reader.u32("an instruction") !== 12) throw unknown(opcode, at);
          reader.skip(16, "a constant");
          break;
        case 0xfb:
          this.#object(reader, before, at);
          break;
        default:
          throw unknown(opcode, at);
      }
    }
  }

  #object(reader: ByteReader, length: number | undefined, at: number): void {
    const number = reader.u32("an instruction");
    if (number >= 0x1a && number <= 0x1c) return; // Conversions, ref.i31.
    const size = this.#types.sizeOf(reader.u32("a type index"));
    switch (number) {
      case 0x00:
      case 0x01:
        return this.#add(size, at);
      case 0x06:
      case 0x07:
        if (length === undefined) {
          throw new PulpError(
            "module",
            "Cannot guard the module: a constant makes an array whose " +
              `length is not written out before it (byte ${at})`,
          );
        }
        return this.#add(size * length, at);
      case 0x08:
        return this.#add(size * reader.u32("a length"), at);
      default:
        throw unknown(0xfb, at);
    }
  }

  #add(bytes: number, at: number): void {
    this.#bytes += bytes + OBJECT_HEAD_BYTES;
    if (this.#bytes > this.#limit) {
      throw new PulpError(
        "module",
        "Cannot guard the module: its constants allocate " +
          `${this.#bytes} bytes or more, and ${this.#limit} are allowed ` +
          `(byte ${at})`,
      );
    }
  }
}

/** A table of the module's own: where it stands, and its limits. */
export interface TableEntry extends TableType {
  readonly start: number;
  readonly limitsStart: number;
  readonly limitsEnd: number;
  readonly end: number;
  readonly flags: number;
  readonly min: number;
  readonly max?: number;
}

/** Reads the table section with the initial values in it. */
export function readTables(
  reader: ByteReader | undefined,
  constants: ConstantScan,
): TableEntry[] {
  const tables: TableEntry[] = [];
  if (reader === undefined) return tables;
  const count = reader.u32("the number of tables");
  for (let table = 0; table < count; table++) {
    const start = reader.pos;
    const initialised = reader.bytes[start] === 0x40;
    if (initialised) reader.skip(2, "a table");
    const elementStart = reader.pos;
    readValueType(reader);
    const limitsStart = reader.pos;
    const element = reader.bytes.subarray(elementStart, limitsStart);
    const limits = readLimits(reader, "a table");
    const limitsEnd = reader.pos;
    if (initialised) constants.expression(reader);
    const end = reader.pos;
    const is64 = (limits.flags & LIMITS_FLAG.is64) !== 0;
    tables.push({
      ...{ start, limitsStart, limitsEnd, end },
      ...limits,
      is64,
      element,
    });
  }
  reader.finish();
  return tables;
}

function readSigned32(reader: ByteReader): number {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = reader.u8("a constant");
    value |= (byte & 0x7f) << shift;
    if (byte >= 0x80) continue;
    return shift < 25 && (byte & 0x40) !== 0
      ? value | (-1 << (shift + 7))
      : value;
  }
  throw malformed("a constant does not fit 32 bits", reader.pos);
}

function unknown(opcode: number, at: number): PulpError {
  return malformed(
    `the instruction 0x${opcode.toString(16)} in a constant is not known`,
    at,
  );
}
