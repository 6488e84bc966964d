/**
 * Writing a guard into a module, and capping what it may use.
 *
 * @module
 */

import { messageOf, PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { type BodyScan, scanBodies } from "./body_scan.ts";
import { planChecks } from "./call_graph.ts";
import {
  capMemories,
  type CappedMemory,
  capTables,
  writeMemories,
  writeTables,
} from "./caps.ts";
import { ConstantScan, readTables } from "./constants.ts";
import { Injection, writeBodies } from "./injection.ts";
import { readSkeleton, type Skeleton } from "./module_info.ts";
import type { TableType } from "./memory_types.ts";
import { type Output, unsigned } from "./output.ts";
import type { ByteReader } from "./reader.ts";
import { appended, rebuild } from "./rewrite.ts";
import { openSection, SECTION, type Section } from "./sections.ts";
import { onOneLine } from "./shown.ts";

export type { CappedMemory } from "./caps.ts";
export { GUARD_HEAP_OFFSET, GUARD_STOP_OFFSET } from "./guard_layout.ts";

/** What {@linkcode guardModule} is to do. */
export interface GuardOptions {
  /** Whether another thread must be able to end the guest. */
  readonly guard: boolean;
  /** The most for all memories together, in pages of 64 KiB. */
  readonly maxMemoryPages: number;
  /** The most for all tables together. `LIMITS.tableElements` by default. */
  readonly maxTableElements?: number;
  /**
   * The most loops, calls and other places that the guard has to know.
   * `LIMITS.moduleGuardPoints` by default.
   */
  readonly maxPoints?: number;
  /**
   * The most that the guest may allocate in structs, arrays and exceptions
   * that it can keep, garbage included, counted in the guard memory.
   * `LIMITS.guestHeapBytes` by default.
   */
  readonly maxHeapBytes?: number;
}

/** A module with its guard. */
export interface GuardedModule {
  /** The module, to be compiled in place of the original. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /**
   * The export that holds the guard memory, a shared one of one page. Only
   * with `guard`. To end the guest, store 1 as an i32 at
   * {@linkcode GUARD_STOP_OFFSET} from any thread; it then traps with
   * `unreachable`, and so does every later call into that instance.
   */
  readonly guardExport?: string;
  /**
   * The export to call once, right after instantiation and under the deadline:
   * the module's start function, which would otherwise run before anybody can
   * stop it.
   */
  readonly startExport?: string;
  /**
   * Every memory of the module by its index, with its maximum. An imported
   * one has to be made with exactly that maximum.
   */
  readonly memories: readonly CappedMemory[];
}

/**
 * What V8 needs to compile a module; see `compile_cost.ts`.
 *
 * Throws {@linkcode PulpError} `module` for a module that {@linkcode guardModule}
 * would refuse before V8 sees it.
 */
export function compileCost(bytes: Uint8Array): number {
  const skeleton = readSkeleton(bytes);
  const code = openSection(bytes, skeleton.sections, SECTION.code);
  return scanBodies(code, skeleton).cost;
}

/**
 * Caps a module's memories and tables, and with `guard` writes checks into
 * its functions so that another thread can end it.
 *
 * A check stands at each loop head, before each indirect call, before whatever
 * may take long (growing, throwing, allocating), on one function of each
 * recursion, on every exported function, and on direct calls wherever a long
 * way would have none. Waits, and what fills or copies memories and tables,
 * are cut into short pieces.
 *
 * Indices do not change: what is added stands at the end of each index space.
 * Custom sections are kept to the byte, so offsets in debug information and
 * branch hints still speak of the original; V8 passes over those.
 *
 * Throws {@linkcode PulpError} `module` for bytes that are no valid module,
 * for an instruction that is not known, and for a module that starts with
 * more than it may use.
 */
export function guardModule(
  bytes: Uint8Array<ArrayBuffer>,
  options: GuardOptions,
): GuardedModule {
  const skeleton = readSkeleton(bytes);
  const { info, sections, types } = skeleton;
  const find = (id: number): Section | undefined =>
    sections.find((each) => each.id === id);
  const open = (id: number): ByteReader | undefined =>
    openSection(bytes, sections, id);
  // Before V8 looks at it, and without a guard, too: for what it refuses.
  const scan = scanBodies(open(SECTION.code), {
    ...skeleton,
    ...(options.guard
      ? { maxPoints: options.maxPoints ?? LIMITS.moduleGuardPoints }
      : {}),
  });
  // The rewriting relies on it, and a rewritten module must never be valid
  // where its original is not.
  validate(bytes);
  const heapBytes = options.maxHeapBytes ?? LIMITS.guestHeapBytes;
  const constants = new ConstantScan(types, heapBytes);
  const tables = readTables(open(SECTION.table), constants);
  if (types.hasObjects) {
    constants.globals(open(SECTION.global));
    constants.elements(open(SECTION.element));
  }
  const memories = capMemories(info.memories, options.maxMemoryPages);
  const tableMaxima = capTables(
    tables,
    options.maxTableElements ?? LIMITS.tableElements,
  );
  const names = new Set(info.exports.map((each) => each.name));
  const guardExport = options.guard ? freeName("pulp:guard", names) : undefined;
  const startExport = info.startFunction === undefined
    ? undefined
    : freeName("pulp:start", names);

  const replacements = new Map<number, Output | null>();
  const exports: number[][] = [];
  if (guardExport !== undefined) {
    exports.push([...text(guardExport), 2, ...unsigned(memories.length)]);
    for (
      const [id, contents] of guardCode(
        bytes,
        skeleton,
        scan,
        tables,
        heapBytes,
      )
    ) {
      replacements.set(id, contents);
    }
  }
  if (startExport !== undefined) {
    exports.push([
      ...text(startExport),
      0,
      ...unsigned(info.startFunction ?? 0),
    ]);
    replacements.set(SECTION.start, null);
  }
  if (exports.length > 0) {
    replacements.set(
      SECTION.export,
      appended(bytes, find(SECTION.export), exports),
    );
  }
  if (options.guard || memories.some((each) => !each.imported)) {
    replacements.set(SECTION.memory, writeMemories(memories, options.guard));
  }
  if (tables.length > 0) {
    replacements.set(SECTION.table, writeTables(bytes, tables, tableMaxima));
  }
  return {
    bytes: rebuild(bytes, sections, replacements),
    ...(guardExport === undefined ? {} : { guardExport }),
    ...(startExport === undefined ? {} : { startExport }),
    memories,
  };
}

/** The sections of types, functions and code, with the guard in them. */
function guardCode(
  bytes: Uint8Array,
  skeleton: Skeleton,
  scan: BodyScan,
  tables: readonly TableType[],
  heapBytes: number,
): readonly (readonly [number, Output])[] {
  const { info, sections, types, importedFunctions } = skeleton;
  const find = (id: number): Section | undefined =>
    sections.find((each) => each.id === id);
  if (find(SECTION.code) === undefined) return [];
  const entries = info.exports
    .filter((each) => each.kind === "function")
    .map((each) => each.index);
  if (info.startFunction !== undefined) entries.push(info.startFunction);
  const checked = planChecks(scan, importedFunctions, entries);
  const injection = new Injection({
    scan,
    guardMemory: info.memories.length,
    areas: {
      memories: info.memories,
      tables: [...skeleton.importedTables, ...tables],
    },
    types: types.count,
    functions: importedFunctions + info.functionCount,
    heapBytes,
  });
  const code = writeBodies(
    bytes,
    scan,
    checked,
    injection,
    (body, size) =>
      new PulpError(
        "module",
        `Cannot guard the module: function ${importedFunctions + body} would ` +
          `have ${size} bytes, more than V8 takes`,
      ),
  );
  if (injection.bodies.length === 0) return [[SECTION.code, code]];
  const functionTypes = injection.functionTypes.map(unsigned);
  return [
    [SECTION.type, appended(bytes, find(SECTION.type), injection.types)],
    [SECTION.function, appended(bytes, find(SECTION.function), functionTypes)],
    [SECTION.code, code],
  ];
}

function validate(bytes: Uint8Array<ArrayBuffer>): void {
  if (WebAssembly.validate(bytes)) return;
  try {
    new WebAssembly.Module(bytes);
  } catch (cause) {
    const reason = onOneLine(messageOf(cause))
      .replace(/^WebAssembly\.Module\(\): /, "");
    throw new PulpError("module", `Cannot compile the module: ${reason}`, {
      cause,
    });
  }
}

/** A name that the module does not export itself. */
function freeName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted;
  for (let count = 2; taken.has(name); count++) name = `${wanted}:${count}`;
  return name;
}

function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [...unsigned(bytes.length), ...bytes];
}
