/**
 * One pass over all function bodies that notes where something has to be
 * written in, and who calls whom.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import { PLAIN, prefixTable, SHAPE } from "./instructions.ts";
import { IntList } from "./int_list.ts";
import { type ByteReader, malformed } from "./reader.ts";

/** What stands at a point of a body. */
export const POINT = Object.freeze({
  /** A direct call that always runs if the function does; `arg` = function. */
  call: 0,
  /** A direct call within a block; `arg` = function. */
  nestedCall: 1,
  /** A check goes here. */
  check: 2,
  /** A wait, to be replaced up to `extra`; `arg` = index into `waits`. */
  wait: 3,
  /** An allocation of `arg` bytes comes. */
  allocate: 4,
  /** An allocation comes: the length is on the stack, `arg` bytes each. */
  allocateArray: 5,
  /** An exception with `arg` values comes. */
  throw: 6,
});

/** What the scan has to know about the rest of the module. */
export interface ScanContext {
  /** Functions that have no body. */
  readonly importedFunctions: number;
  /** Bytes of a struct, or of an element of an array, by type index. */
  sizeOfType(typeIndex: number): number;
  /** How many values an exception with that tag carries. */
  valuesOfTag(tagIndex: number): number;
}

/** `memory.atomic.wait32` or `wait64` with its immediates. */
export interface Wait {
  readonly is64: boolean;
  /** The memory that it waits on. */
  readonly memory: number;
  /** The instruction as it stands in the module. */
  readonly instruction: Uint8Array;
}

/** Where each body stands, and the points in it. */
export interface BodyScan {
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
  /** The different waits. */
  readonly waits: readonly Wait[];
  /** Whether exceptions can be kept as values. */
  readonly keepsExceptions: boolean;
}

/** Bytes of the head of a struct or an array; V8 takes no more. */
export const OBJECT_HEAD_BYTES = 24;

const MOST_BYTES = 0x7fff_ffff;

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
  readonly #context: ScanContext;
  readonly #starts = new IntList();
  readonly #codes = new IntList();
  readonly #ends = new IntList();
  readonly #firstPoints = new IntList();
  readonly #offsets = new IntList();
  readonly #kinds = new IntList();
  readonly #args = new IntList();
  readonly #extras = new IntList();
  readonly #waits: Wait[] = [];
  readonly #waitIndex = new Map<string, number>();
  #keepsExceptions = false;
  #count = 0;
  #pos = 0;

  constructor(bytes: Uint8Array, context: ScanContext) {
    this.#bytes = bytes;
    this.#context = context;
  }

  finish(): BodyScan {
    this.#firstPoints.push(this.#offsets.length);
    return {
      count: this.#count,
      starts: this.#starts,
      codes: this.#codes,
      ends: this.#ends,
      firstPoints: this.#firstPoints,
      offsets: this.#offsets,
      kinds: this.#kinds,
      args: this.#args,
      extras: this.#extras,
      waits: this.#waits,
      keepsExceptions: this.#keepsExceptions,
    };
  }

  body(start: number, end: number): void {
    this.#firstPoints.push(this.#offsets.length);
    this.#starts.push(start);
    this.#ends.push(end);
    this.#pos = start;
    const groups = this.#u32();
    for (let group = 0; group < groups && this.#pos < end; group++) {
      this.#number();
      this.#valueType();
    }
    this.#codes.push(this.#pos);
    this.#instructions(end);
    this.#count++;
  }

  // The bytes were validated before, so immediates are passed over and not
  // checked. Whatever they hold, the position only rises, and a body that does
  // not end exactly at its end is refused.
  #instructions(end: number): void {
    const bytes = this.#bytes;
    let depth = 0;
    while (this.#pos < end) {
      const at = this.#pos;
      const opcode = bytes[at] as number;
      this.#pos = at + 1;
      let shape = PLAIN[opcode] as number;
      if (shape === SHAPE.prefix) {
        const number = this.#u32();
        shape = prefixTable(opcode)[number] ?? SHAPE.unknown;
        if (shape === SHAPE.unknown) throw this.#unknown(opcode, number, at);
      }
      switch (shape) {
        case SHAPE.none:
          break;
        case SHAPE.number:
          this.#number();
          break;
        case SHAPE.memory:
          this.#memory();
          break;
        case SHAPE.block:
          this.#blockType();
          depth++;
          break;
        case SHAPE.end:
          if (opcode !== 0x0b) this.#number();
          if (depth-- === 0) {
            if (this.#pos === end) return;
            throw this.#misfit(at);
          }
          break;
        case SHAPE.loop:
          this.#blockType();
          depth++;
          this.#point(this.#pos, POINT.check, 0);
          break;
        case SHAPE.call: {
          const kind = depth === 0 ? POINT.call : POINT.nestedCall;
          this.#point(at, kind, this.#u32());
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
    switch (shape) {
      case SHAPE.twoNumbers:
        this.#number();
        this.#number();
        return;
      case SHAPE.byte:
        this.#pos += 1;
        return;
      case SHAPE.fourBytes:
        this.#pos += 4;
        return;
      case SHAPE.eightBytes:
        this.#pos += 8;
        return;
      case SHAPE.sixteenBytes:
        this.#pos += 16;
        return;
      case SHAPE.memoryLane:
        this.#memory();
        this.#pos += 1;
        return;
      case SHAPE.branchTable: {
        const labels = this.#u32();
        for (let label = 0; label <= labels && this.#pos < end; label++) {
          this.#number();
        }
        return;
      }
      case SHAPE.selectTypes: {
        const types = this.#u32();
        for (let type = 0; type < types && this.#pos < end; type++) {
          this.#valueType();
        }
        return;
      }
      case SHAPE.heapType:
        this.#heapType();
        return;
      case SHAPE.castBranch:
        this.#pos += 1;
        this.#number();
        this.#heapType();
        this.#heapType();
        return;
      case SHAPE.tryTable:
        this.#blockType();
        this.#catches(end);
        return;
      case SHAPE.checked:
        this.#point(at, POINT.check, 0);
        return;
      case SHAPE.checkedNumber:
        this.#point(at, POINT.check, 0);
        this.#number();
        return;
      case SHAPE.checkedTwoNumbers:
        this.#point(at, POINT.check, 0);
        this.#number();
        this.#number();
        return;
      case SHAPE.checkedMemory:
        this.#point(at, POINT.check, 0);
        this.#memory();
        return;
      case SHAPE.throw:
        this.#point(at, POINT.throw, this.#context.valuesOfTag(this.#u32()));
        return;
      case SHAPE.wait32:
      case SHAPE.wait64: {
        const memory = this.#memory();
        const wait = this.#wait(at, memory, shape === SHAPE.wait64);
        this.#point(at, POINT.wait, wait, this.#pos);
        return;
      }
      case SHAPE.newStruct: {
        const size = this.#context.sizeOfType(this.#u32());
        this.#allocate(at, size);
        return;
      }
      case SHAPE.newArray: {
        const size = this.#context.sizeOfType(this.#u32());
        this.#point(at, POINT.allocateArray, size);
        return;
      }
      case SHAPE.newArrayFrom: {
        const size = this.#context.sizeOfType(this.#u32());
        this.#number();
        this.#point(at, POINT.allocateArray, size);
        return;
      }
      case SHAPE.newFixedArray: {
        const size = this.#context.sizeOfType(this.#u32());
        this.#allocate(at, size * this.#u32());
        return;
      }
      default:
        throw this.#unknown(opcode, -1, at);
    }
  }

  #allocate(at: number, bytes: number): void {
    const size = Math.min(bytes + OBJECT_HEAD_BYTES, MOST_BYTES);
    this.#point(at, POINT.allocate, size);
  }

  #point(offset: number, kind: number, arg: number, extra = 0): void {
    this.#offsets.push(offset);
    this.#kinds.push(kind);
    this.#args.push(arg);
    this.#extras.push(extra);
  }

  #wait(at: number, memory: number, is64: boolean): number {
    const instruction = this.#bytes.slice(at, this.#pos);
    const key = instruction.join();
    const known = this.#waitIndex.get(key);
    if (known !== undefined) return known;
    this.#waits.push({ is64, memory, instruction });
    this.#waitIndex.set(key, this.#waits.length - 1);
    return this.#waits.length - 1;
  }

  /** Passes over a LEB128 of any width. Past the end it stops at once. */
  #number(): void {
    const bytes = this.#bytes;
    let pos = this.#pos;
    while ((bytes[pos++] as number) >= 0x80);
    this.#pos = pos;
  }

  #u32(): number {
    const first = this.#bytes[this.#pos] ?? 0;
    if (first < 0x80) {
      this.#pos++;
      return first;
    }
    let value = 0;
    let scale = 1;
    let byte: number;
    do {
      byte = this.#bytes[this.#pos++] ?? 0;
      value += (byte & 0x7f) * scale;
      scale *= 128;
    } while (byte >= 0x80);
    return Math.min(value, MOST_BYTES);
  }

  /** Passes over the address part of an access; gives its memory. */
  #memory(): number {
    const flags = this.#u32();
    const memory = (flags & 0x40) === 0 ? 0 : this.#u32();
    this.#number();
    return memory;
  }

  /** A block type is a type index, nothing (0x40), or a value type. */
  #blockType(): void {
    const code = this.#bytes[this.#pos];
    if (code === 0x63 || code === 0x64) this.#valueType();
    else this.#number();
  }

  #valueType(): void {
    const code = this.#bytes[this.#pos++];
    if (code === 0x63 || code === 0x64) this.#heapType();
  }

  #heapType(): void {
    // 0x62 (exact) and 0x65 (shared) are prefixes that V8 takes with a flag
    // only. Taken for a whole type they would shift everything after them.
    const code = this.#bytes[this.#pos];
    if (code === 0x62 || code === 0x65) {
      throw malformed(
        `the heap type 0x${code.toString(16)} is not known`,
        this.#pos,
      );
    }
    this.#number();
  }

  #catches(end: number): void {
    const clauses = this.#u32();
    for (let clause = 0; clause < clauses && this.#pos < end; clause++) {
      const at = this.#pos;
      const kind = this.#bytes[this.#pos++] ?? 0;
      if (kind > 3) {
        throw malformed(`the catch 0x${kind.toString(16)} is not known`, at);
      }
      if (kind === 1 || kind === 3) this.#keepsExceptions = true;
      if (kind < 2) this.#number();
      this.#number();
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
