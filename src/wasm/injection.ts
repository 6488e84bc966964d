/**
 * What is written into a module: the checks, and the functions that are added
 * at its end.
 *
 * @module
 */

import {
  GUARD_HEAP_OFFSET,
  GUARD_STOP_OFFSET,
  GUARD_ZERO_OFFSET,
} from "./guard_layout.ts";
import { type BodyScan, OBJECT_HEAD_BYTES } from "./body_scan.ts";
import { Output, signed, unsigned } from "./output.ts";
import { type AddedFunction, type Areas, inPieces } from "./pieces.ts";
import { POINT } from "./points.ts";

/** An exception with its stack trace, and each value in it, at most. */
const EXCEPTION_BYTES = 1024;
const EXCEPTION_VALUE_BYTES = 64;
/**
 * Values of an exception that is not counted where none can be kept as a
 * value: a `catch` keeps one as long as it runs, and many may at a time.
 */
const FEW_VALUES = 16;

const I32 = [0x7f];
const I64 = [0x7e];
const END = 0x0b;
const NOTHING = new Uint8Array();

/** What the additions are built on. */
export interface InjectionContext {
  readonly scan: BodyScan;
  /** The index of the guard memory. */
  readonly guardMemory: number;
  /** The memories and tables of the module. */
  readonly areas: Areas;
  /** How many types and functions the module has without the additions. */
  readonly types: number;
  readonly functions: number;
  /** The most that the guest may allocate as objects. */
  readonly heapBytes: number;
}

/** Makes the bytes for each point, and the functions that they call. */
export class Injection {
  /** The check: stack-neutral, and valid anywhere between instructions. */
  readonly check: Uint8Array;
  /** `value -> value`, in a way that V8 can't see through. */
  readonly #veil: Uint8Array;
  readonly #context: InjectionContext;
  readonly #types: number[][] = [];
  readonly #typeIndex = new Map<string, number>();
  readonly #functionTypes: number[] = [];
  readonly #bodies: (readonly number[])[] = [];
  readonly #longs = new Map<number, Uint8Array>();
  readonly #charges = new Map<number, Uint8Array>();
  readonly #chargeFunctions = new Map<number, number>();

  /** Nothing is added before a point asks for it. */
  constructor(context: InjectionContext) {
    this.#context = context;
    this.check = Uint8Array.from([
      ...[0x41, 0], // i32.const 0
      ...[0xfe, 0x10, ...this.#address(2, GUARD_STOP_OFFSET)], // i32.atomic.load
      ...[0x04, 0x40, 0x00, END], // if unreachable end
    ]);
    this.#veil = Uint8Array.from([
      ...[0x41, 0], // i32.const 0
      ...[0xfe, 0x10, ...this.#address(2, GUARD_ZERO_OFFSET)], // i32.atomic.load
      0x72, // i32.or
    ]);
  }

  /** The types to add, encoded. */
  get types(): readonly (readonly number[])[] {
    return this.#types;
  }

  /** The types of the functions to add. */
  get functionTypes(): readonly number[] {
    return this.#functionTypes;
  }

  /** The bodies of the functions to add, encoded, without their sizes. */
  get bodies(): readonly (readonly number[])[] {
    return this.#bodies;
  }

  /** What goes in at a point of the scan. */
  at(point: number): Uint8Array {
    const { scan } = this.#context;
    const arg = scan.args.at(point);
    switch (scan.kinds.at(point)) {
      case POINT.check:
        return this.check;
      case POINT.long:
        return this.#long(arg);
      case POINT.allocate:
        return this.#allocate(arg);
      case POINT.allocateArray:
        return this.#allocateArray(arg);
      case POINT.throw:
        return scan.keepsExceptions || arg > FEW_VALUES
          ? this.#allocate(EXCEPTION_BYTES + EXCEPTION_VALUE_BYTES * arg)
          : this.check;
      case POINT.condition:
        return this.#veil;
      default:
        return NOTHING;
    }
  }

  #address(alignment: number, offset: number): number[] {
    const memory = this.#context.guardMemory;
    return memory === 0
      ? [alignment, ...unsigned(offset)]
      : [alignment | 0x40, ...unsigned(memory), ...unsigned(offset)];
  }

  #allocate(bytes: number): Uint8Array {
    const known = this.#charges.get(bytes);
    if (known !== undefined) return known;
    const charge = this.#chargeFunction(1, 0);
    const code = Uint8Array.from([
      ...this.check,
      ...[0x41, ...signed(bytes)],
      ...[0x10, ...unsigned(charge)],
      0x1a, // drop
    ]);
    this.#charges.set(bytes, code);
    return code;
  }

  #allocateArray(elementBytes: number): Uint8Array {
    const key = -1 - elementBytes;
    const known = this.#charges.get(key);
    if (known !== undefined) return known;
    const charge = this.#chargeFunction(elementBytes, OBJECT_HEAD_BYTES);
    const code = Uint8Array.from([
      ...this.check,
      ...[0x10, ...unsigned(charge)],
    ]);
    this.#charges.set(key, code);
    return code;
  }

  /**
   * `(count) -> count`: adds `count * each + head` to what the guest has
   * allocated, and traps past the limit.
   */
  #chargeFunction(each: number, head: number): number {
    const key = each * 2 + (head === 0 ? 0 : 1);
    const known = this.#chargeFunctions.get(key);
    if (known !== undefined) return known;
    const index = this.#add({
      params: [I32],
      results: [I32],
      body: [
        ...[1, 1, ...I64], // One local: the sum.
        ...[0x41, 0],
        ...[0x41, 0, 0x29, ...this.#address(3, GUARD_HEAP_OFFSET)], // i64.load
        ...[0x20, 0, 0xad], // The count as an i64, unsigned.
        ...[0x42, ...signed(each), 0x7e], // i64.mul
        ...[0x42, ...signed(head), 0x7c, 0x7c], // i64.add twice
        ...[0x22, 1, 0x37, ...this.#address(3, GUARD_HEAP_OFFSET)], // i64.store
        ...[0x20, 1, 0x42, ...signed(this.#context.heapBytes)],
        ...[0x56, 0x04, 0x40, 0x00, END], // i64.gt_u if unreachable end
        ...[0x20, 0, END],
      ],
    });
    this.#chargeFunctions.set(key, index);
    return index;
  }

  #long(index: number): Uint8Array {
    const known = this.#longs.get(index);
    if (known !== undefined) return known;
    const long = this.#context.scan.longs[index];
    if (long === undefined) return NOTHING;
    const added = inPieces(long, this.#context.areas, this.check);
    const code = Uint8Array.from([0x10, ...unsigned(this.#add(added))]);
    this.#longs.set(index, code);
    return code;
  }

  #add({ params, results, body }: AddedFunction): number {
    const type = [
      0x60,
      ...[...unsigned(params.length), ...params.flat()],
      ...[...unsigned(results.length), ...results.flat()],
    ];
    const key = type.join();
    let typeIndex = this.#typeIndex.get(key);
    if (typeIndex === undefined) {
      typeIndex = this.#context.types + this.#types.length;
      this.#types.push(type);
      this.#typeIndex.set(key, typeIndex);
    }
    this.#functionTypes.push(typeIndex);
    this.#bodies.push(body);
    return this.#context.functions + this.#bodies.length - 1;
  }
}

/** Writes the bodies of the scan with everything that goes in. */
export function writeBodies(
  bytes: Uint8Array,
  scan: BodyScan,
  checkedOnEntry: Uint8Array,
  injection: Injection,
  tooLarge: (body: number, size: number) => Error,
): Output {
  const { check } = injection;
  const sizes = new Int32Array(scan.count);
  let total = 0;
  // The sizes first: asking for each point's bytes also adds the functions.
  for (let body = 0; body < scan.count; body++) {
    let size = scan.ends.at(body) - scan.starts.at(body);
    if (checkedOnEntry[body] === 1) size += check.length;
    const last = scan.firstPoints.at(body + 1);
    for (let point = scan.firstPoints.at(body); point < last; point++) {
      size += injection.at(point).length;
      const skipTo = scan.extras.at(point);
      if (skipTo !== 0) size -= skipTo - scan.offsets.at(point);
    }
    if (size > MOST_FUNCTION_BYTES) throw tooLarge(body, size);
    sizes[body] = size;
    total += size + MOST_LEB_BYTES;
  }
  for (const body of injection.bodies) total += body.length + MOST_LEB_BYTES;
  const output = new Output(total + MOST_LEB_BYTES);
  output.leb(scan.count + injection.bodies.length);
  for (let body = 0; body < scan.count; body++) {
    output.leb(sizes[body] ?? 0);
    let from = scan.starts.at(body);
    if (checkedOnEntry[body] === 1) {
      output.range(bytes, from, scan.codes.at(body)).bytes(check);
      from = scan.codes.at(body);
    }
    const last = scan.firstPoints.at(body + 1);
    for (let point = scan.firstPoints.at(body); point < last; point++) {
      const insertion = injection.at(point);
      if (insertion.length === 0) continue;
      const offset = scan.offsets.at(point);
      output.range(bytes, from, offset).bytes(insertion);
      from = scan.extras.at(point) || offset;
    }
    output.range(bytes, from, scan.ends.at(body));
  }
  for (const body of injection.bodies) output.leb(body.length).bytes(body);
  return output;
}

/** What a count or a size takes at the most, and what `Output.leb` makes room for. */
const MOST_LEB_BYTES = 8;

/** The largest function that V8 takes. */
const MOST_FUNCTION_BYTES = 7_654_321;
