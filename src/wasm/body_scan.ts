/**
 * One pass over all function bodies that notes where something has to be
 * written in, and who calls whom.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { CompileCost } from "./compile_cost.ts";
import { PLAIN, prefixTable, SHAPE } from "./instructions.ts";
import { InstructionCursor, MOST_INT } from "./instruction_cursor.ts";
import { IntList } from "./int_list.ts";
import { type LongInstruction, LongInstructions } from "./long_instructions.ts";
import { POINT, PointList } from "./points.ts";
import { type ByteReader, malformed } from "./reader.ts";
import { PLAIN_EFFECT, prefixEffects } from "./stack_effects.ts";
import type { TypeTable } from "./types.ts";

/** What the scan has to know about the rest of the module. */
export interface ScanContext {
  readonly types: TypeTable;
  /** Functions that have no body. */
  readonly importedFunctions: number;
  /** The most points that are noted. Absent: none are, and no number is too large. */
  readonly maxPoints?: number;
  /** The type index of each function, imported ones first. */
  readonly functionTypes: readonly number[];
  /** The type index of each tag. */
  readonly tagTypes: readonly number[];
}

/** Where each body stands, and the points in it. */
export interface BodyScan {
  /** What they cost V8 together; see {@linkcode CompileCost}. */
  readonly cost: number;
  /** How many bodies there are. */
  readonly count: number;
  /** For each body: the offset of its locals, of its code, and of its end. */
  readonly starts: IntList;
  readonly codes: IntList;
  readonly ends: IntList;
  /** For each body the index of its first point, and one more at the end. */
  readonly firstPoints: IntList;
  /** The points, in the order of the file; see {@linkcode POINT}. */
  readonly offsets: IntList;
  readonly kinds: IntList;
  readonly args: IntList;
  readonly extras: IntList;
  /** The different instructions that are cut into pieces. */
  readonly longs: readonly LongInstruction[];
  /** Whether exceptions can be kept as values. */
  readonly keepsExceptions: boolean;
}

/** Opcodes that take a condition, beside those with a shape of their own. */
const IF = 0x04;
const BR_IF = 0x0d;

/** Bytes of the head of a struct or an array; V8 takes no more. */
export const OBJECT_HEAD_BYTES = 24;

/** Scans the code section. Throws `PulpError` `module`. */
export function scanBodies(
  reader: ByteReader | undefined,
  context: ScanContext,
): BodyScan {
  const scanner = new BodyScanner(reader?.bytes ?? new Uint8Array(), context);
  if (reader === undefined) return scanner.finish();
  const count = reader.u32("the number of function bodies");
  for (let body = 0; body < count; body++) {
    const size = reader.u32("the size of a function");
    const start = reader.pos;
    reader.skip(size, "a function");
    scanner.body(start, reader.pos);
  }
  reader.finish();
  return scanner.finish();
}

class BodyScanner {
  readonly #bytes: Uint8Array;
  readonly #cursor: InstructionCursor;
  readonly #context: ScanContext;
  readonly #cost: CompileCost;
  readonly #starts = new IntList();
  readonly #codes = new IntList();
  readonly #ends = new IntList();
  readonly #firstPoints = new IntList();
  readonly #points: PointList;
  /** Where the conditions of the body stand. */
  readonly #conditions = new IntList();
  readonly #longs = new LongInstructions();
  #keepsExceptions = false;
  #count = 0;

  constructor(bytes: Uint8Array, context: ScanContext) {
    this.#bytes = bytes;
    this.#cursor = new InstructionCursor(bytes);
    this.#context = context;
    this.#cost = new CompileCost(context);
    this.#points = new PointList(context.maxPoints);
  }

  finish(): BodyScan {
    const { offsets, kinds, args, extras } = this.#points;
    this.#firstPoints.push(offsets.length);
    return {
      count: this.#count,
      starts: this.#starts,
      codes: this.#codes,
      ends: this.#ends,
      firstPoints: this.#firstPoints,
      offsets,
      kinds,
      args,
      extras,
      longs: this.#longs.list,
      keepsExceptions: this.#keepsExceptions,
      cost: this.#cost.total,
    };
  }

  body(start: number, end: number): void {
    const cursor = this.#cursor;
    const first = this.#points.offsets.length;
    this.#firstPoints.push(first);
    this.#starts.push(start);
    this.#ends.push(end);
    cursor.pos = start;
    const groups = cursor.u32();
    let locals = 0;
    for (let group = 0; group < groups && cursor.pos < end; group++) {
      locals += cursor.u32();
      cursor.valueType();
    }
    this.#codes.push(cursor.pos);
    this.#cost.begin(this.#function(), locals, end - start);
    this.#conditions.cut(0);
    this.#instructions(end);
    if (this.#conditions.length > LIMITS.moduleConditions) {
      this.#points.hide(this.#conditions, first);
    }
    this.#cost.end(this.#function());
    this.#count++;
  }

  // The bytes were validated before, so immediates are passed over and not
  // checked. Whatever they hold, the position only rises, and a body that does
  // not end exactly at its end is refused.
  #instructions(end: number): void {
    const cursor = this.#cursor;
    const bytes = this.#bytes;
    const cost = this.#cost;
    let depth = 0;
    while (cursor.pos < end) {
      const at = cursor.pos;
      const opcode = bytes[at] as number;
      cursor.pos = at + 1;
      let shape = PLAIN[opcode] as number;
      if (shape === SHAPE.prefix) {
        const number = cursor.u32();
        shape = prefixTable(opcode)[number] ?? SHAPE.unknown;
        if (shape === SHAPE.unknown) throw this.#unknown(opcode, number, at);
        cost.height += prefixEffects(opcode)[number] as number;
      } else cost.height += PLAIN_EFFECT[opcode] as number;
      switch (shape) {
        case SHAPE.none:
          break;
        case SHAPE.number:
          cursor.number();
          break;
        case SHAPE.memory:
          cursor.memory();
          break;
        case SHAPE.block:
          if (opcode === IF) this.#conditions.push(at);
          cost.open(cursor.blockType());
          depth++;
          break;
        case SHAPE.branch:
          if (opcode === BR_IF) this.#conditions.push(at);
          cursor.number();
          cost.jump();
          break;
        case SHAPE.end:
          if (opcode !== 0x0b) cursor.number();
          if (depth-- === 0) {
            if (cursor.pos === end) return;
            throw this.#misfit(at);
          }
          cost.close();
          break;
        case SHAPE.loop:
          cost.open(cursor.blockType());
          depth++;
          this.#point(cursor.pos, POINT.check, 0);
          break;
        case SHAPE.call: {
          const kind = depth === 0 ? POINT.call : POINT.nestedCall;
          const index = cursor.u32();
          cost.call(index);
          this.#point(at, kind, index);
          break;
        }
        default:
          this.#rare(shape, opcode, at, end);
          if (shape === SHAPE.tryTable) depth++;
      }
    }
    throw this.#misfit(end);
  }

  #rare(shape: number, opcode: number, at: number, end: number): void {
    const cursor = this.#cursor;
    const cost = this.#cost;
    const { types } = this.#context;
    switch (shape) {
      case SHAPE.turn:
        cost.turn();
        return;
      case SHAPE.catch:
        cost.caught(this.#valuesOfTag(cursor.u32()));
        return;
      case SHAPE.return:
        cost.leave();
        return;
      case SHAPE.callRef:
        this.#point(at, POINT.check, 0);
        cost.indirectCall(cursor.u32());
        return;
      case SHAPE.callIndirect:
        this.#point(at, POINT.check, 0);
        cost.indirectCall(cursor.u32());
        cursor.number();
        return;
      case SHAPE.twoNumbers:
        cursor.number();
        cursor.number();
        return;
      case SHAPE.byte:
        cursor.pos += 1;
        return;
      case SHAPE.fourBytes:
        cursor.pos += 4;
        return;
      case SHAPE.eightBytes:
        cursor.pos += 8;
        return;
      case SHAPE.sixteenBytes:
        cursor.pos += 16;
        return;
      case SHAPE.memoryLane:
        cursor.memory();
        cursor.pos += 1;
        return;
      case SHAPE.branchTable: {
        this.#conditions.push(at);
        const labels = cursor.u32();
        for (let label = 0; label <= labels && cursor.pos < end; label++) {
          cursor.number();
        }
        cost.branchTable(labels);
        return;
      }
      case SHAPE.selectTypes: {
        const types = cursor.u32();
        for (let type = 0; type < types && cursor.pos < end; type++) {
          cursor.valueType();
        }
        return;
      }
      case SHAPE.heapType:
        cursor.heapType();
        return;
      case SHAPE.castBranch:
        cursor.pos += 1;
        cursor.number();
        cursor.heapType();
        cursor.heapType();
        cost.jump();
        return;
      case SHAPE.tryTable:
        cost.open(cursor.blockType());
        this.#catches(end);
        return;
      case SHAPE.checked:
        this.#point(at, POINT.check, 0);
        return;
      case SHAPE.checkedNumber:
        this.#point(at, POINT.check, 0);
        cursor.number();
        return;
      case SHAPE.checkedTwoNumbers:
        this.#point(at, POINT.check, 0);
        cursor.number();
        cursor.number();
        return;
      case SHAPE.checkedMemory:
        this.#point(at, POINT.check, 0);
        cursor.memory();
        return;
      case SHAPE.throw: {
        const values = this.#valuesOfTag(cursor.u32());
        cost.exception(values);
        this.#point(at, POINT.throw, values);
        return;
      }
      case SHAPE.wait32:
      case SHAPE.wait64:
        this.#wait(at, shape, cursor.memory());
        return;
      case SHAPE.memoryInit:
      case SHAPE.tableInit: {
        const segment = cursor.u32();
        this.#long(at, shape, segment, cursor.u32());
        return;
      }
      case SHAPE.memoryCopy:
      case SHAPE.tableCopy: {
        const target = cursor.u32();
        this.#long(at, shape, "", target, cursor.u32());
        return;
      }
      case SHAPE.memoryFill:
      case SHAPE.tableFill:
        this.#long(at, shape, "", cursor.u32());
        return;
      case SHAPE.newStruct:
      case SHAPE.newDefaultStruct: {
        const type = cursor.u32();
        const fields = types.paramCount(type);
        cost.object(fields, shape === SHAPE.newStruct ? fields : 0);
        this.#allocate(at, types.sizeOf(type));
        return;
      }
      case SHAPE.newArray: {
        const size = types.sizeOf(cursor.u32());
        this.#point(at, POINT.allocateArray, size);
        return;
      }
      case SHAPE.newArrayFrom: {
        const size = types.sizeOf(cursor.u32());
        cursor.number();
        this.#point(at, POINT.allocateArray, size);
        return;
      }
      case SHAPE.newFixedArray: {
        const size = types.sizeOf(cursor.u32());
        const length = cursor.u32();
        cost.object(length, length);
        this.#allocate(at, size * length);
        return;
      }
      default:
        throw this.#unknown(opcode, -1, at);
    }
  }

  #valuesOfTag(tag: number): number {
    const { types, tagTypes } = this.#context;
    return types.paramCount(tagTypes[tag] ?? -1);
  }

  #allocate(at: number, bytes: number): void {
    const size = Math.min(bytes + OBJECT_HEAD_BYTES, MOST_INT);
    this.#point(at, POINT.allocate, size);
  }

  #point(offset: number, kind: number, arg: number, extra = 0): void {
    // What goes in here is a branch, or may become one.
    this.#cost.point();
    this.#points.add(offset, kind, arg, extra);
  }

  /**
   * An instruction that ends here, and is replaced by a call of a function that
   * does it in pieces. `form` tells those apart that have the same areas. Gives
   * whether it is: one too many is looked at before it, and not within.
   */
  #long(
    at: number,
    shape: number,
    form: number | string,
    target: number,
    source?: number,
  ): boolean {
    const end = this.#cursor.pos;
    const index = this.#context.maxPoints === undefined
      ? undefined
      : this.#longs.indexOf(`${shape} ${form} ${target} ${source}`, () => ({
        shape,
        target,
        bytes: this.#bytes.slice(at, end),
        ...(source === undefined ? {} : { source }),
      }));
    if (index === undefined) this.#point(at, POINT.check, 0);
    else this.#point(at, POINT.long, index, end);
    return index !== undefined;
  }

  /** A wait, which has to be cut: without an end it would never come to one. */
  #wait(at: number, shape: number, memory: number): void {
    const form = this.#bytes.slice(at, this.#cursor.pos).join();
    const isCut = this.#long(at, shape, form, memory);
    if (isCut || this.#context.maxPoints === undefined) return;
    throw new PulpError(
      "module",
      "Cannot guard the module: it has too many different waits",
    );
  }

  #catches(end: number): void {
    const cursor = this.#cursor;
    const clauses = cursor.u32();
    for (let clause = 0; clause < clauses && cursor.pos < end; clause++) {
      const at = cursor.pos;
      const kind = this.#bytes[cursor.pos++] ?? 0;
      if (kind > 3) {
        throw malformed(`the catch 0x${kind.toString(16)} is not known`, at);
      }
      if (kind === 1 || kind === 3) this.#keepsExceptions = true;
      if (kind < 2) this.#cost.exception(this.#valuesOfTag(cursor.u32()));
      cursor.number();
      this.#cost.jump();
    }
  }

  #unknown(opcode: number, number: number, at: number): PulpError {
    const hex = (value: number): string => value.toString(16).padStart(2, "0");
    const name = number < 0
      ? `0x${hex(opcode)}`
      : `0x${hex(opcode)} 0x${hex(number)}`;
    return new PulpError(
      "module",
      `Cannot guard the module: the instruction ${name} in function ` +
        `${this.#function()} is not known (byte ${at})`,
    );
  }

  #misfit(at: number): PulpError {
    return malformed(
      `the body of function ${this.#function()} does not end where it says`,
      at,
    );
  }

  #function(): number {
    return this.#context.importedFunctions + this.#count;
  }
}
