/**
 * How large the memories and tables of a module may become.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import { allot } from "./allotment.ts";
import type { TableEntry } from "./constants.ts";
import { LIMITS_FLAG, type MemoryType } from "./memory_types.ts";
import { Output } from "./output.ts";

/** A memory with the most that it may grow to. Pages are 64 KiB. */
export interface CappedMemory extends MemoryType {
  /** At most what the module names, and its share of the limit. */
  readonly maxPages: number;
}

/**
 * Gives every memory its maximum. All memories of a module, own and imported,
 * stay within `maxPages` together; how they share it is said at
 * {@linkcode allot}.
 *
 * Throws {@linkcode PulpError} `module` when they start with more.
 */
export function capMemories(
  memories: readonly MemoryType[],
  maxPages: number,
): CappedMemory[] {
  const maxima = allot(
    memories.map((each) => ({
      min: each.minPages,
      max: each.maxPages ?? Infinity,
    })),
    maxPages,
  );
  if (maxima === undefined) {
    const pages = memories.reduce((sum, each) => sum + each.minPages, 0);
    throw new PulpError(
      "module",
      "Cannot cap the memory of the module: " +
        (memories.length === 1
          ? `it starts with ${pages} pages`
          : `its ${memories.length} memories start with ${pages} pages`) +
        `, and max_memory_pages is ${maxPages}`,
      { hint: `Set max_memory_pages to ${pages} or more` },
    );
  }
  return memories.map((memory, index) => ({
    ...memory,
    maxPages: maxima[index] ?? memory.minPages,
  }));
}

/** Gives every table its maximum, as {@linkcode capMemories} does. */
export function capTables(
  tables: readonly TableEntry[],
  maxElements: number,
): readonly number[] {
  const maxima = allot(
    tables.map((each) => ({ min: each.min, max: each.max ?? Infinity })),
    maxElements,
  );
  if (maxima === undefined) {
    const elements = tables.reduce((sum, each) => sum + each.min, 0);
    throw new PulpError(
      "module",
      "Cannot cap the tables of the module: they start with " +
        `${elements} elements, and ${maxElements} are allowed`,
    );
  }
  return maxima;
}

/** Writes the memory section, with the guard memory at its end if wanted. */
export function writeMemories(
  memories: readonly CappedMemory[],
  withGuard: boolean,
): Output {
  const own = memories.filter((each) => !each.imported);
  const output = new Output().leb(own.length + (withGuard ? 1 : 0));
  for (const memory of own) {
    const flags = LIMITS_FLAG.hasMax |
      (memory.shared ? LIMITS_FLAG.shared : 0) |
      (memory.is64 ? LIMITS_FLAG.is64 : 0);
    output.bytes([flags]).leb(memory.minPages).leb(memory.maxPages);
  }
  if (withGuard) {
    output.bytes([LIMITS_FLAG.hasMax | LIMITS_FLAG.shared, 1, 1]);
  }
  return output;
}

/** Writes the table section with the given maxima. */
export function writeTables(
  bytes: Uint8Array,
  tables: readonly TableEntry[],
  maxima: readonly number[],
): Output {
  const output = new Output().leb(tables.length);
  tables.forEach((table, index) => {
    output.range(bytes, table.start, table.limitsStart)
      .bytes([table.flags | LIMITS_FLAG.hasMax])
      .leb(table.min)
      .leb(maxima[index] ?? table.min)
      .range(bytes, table.limitsEnd, table.end);
  });
  return output;
}
