/**
 * Limits: how large a memory or a table is and may become.
 *
 * @module
 */

import { type ByteReader, malformed } from "./reader.ts";

/** A memory of a module. Pages are 64 KiB. */
export interface MemoryType {
  /** Whether the host hands it in. */
  readonly imported: boolean;
  /** Pages at the start. */
  readonly minPages: number;
  /** The most pages; absent when the module names none. */
  readonly maxPages?: number;
  /** Whether several threads may hold it. */
  readonly shared: boolean;
  /** Whether its addresses are 64-bit. */
  readonly is64: boolean;
}

/** A table of a module, as instructions see it. */
export interface TableType {
  /** Whether its indices are 64-bit. */
  readonly is64: boolean;
  /** The type of its elements, as it stands in the module. */
  readonly element: Uint8Array;
}

/** Limits as the binary format holds them. */
export interface Limits {
  /** The bits of the first byte; see {@linkcode LIMITS_FLAG}. */
  readonly flags: number;
  /** Pages of a memory, elements of a table. */
  readonly min: number;
  /** Absent when there is none. */
  readonly max?: number;
}

/** The bits of the first byte of limits. */
export const LIMITS_FLAG = Object.freeze({ hasMax: 1, shared: 2, is64: 4 });

/** Reads the limits of a memory or a table. */
export function readLimits(reader: ByteReader, what: string): Limits {
  const at = reader.pos;
  const flags = reader.u8(`the limits of ${what}`);
  if (flags > 7) {
    throw malformed(
      `the limits 0x${flags.toString(16)} of ${what} are not known`,
      at,
    );
  }
  const size = (part: string): number =>
    (flags & LIMITS_FLAG.is64) === 0
      ? reader.u32(`the ${part} of ${what}`)
      : reader.u64(`the ${part} of ${what}`);
  const min = size("minimum");
  if ((flags & LIMITS_FLAG.hasMax) === 0) return { flags, min };
  return { flags, min, max: size("maximum") };
}

/** Reads the type of one memory. */
export function readMemoryType(
  reader: ByteReader,
  imported: boolean,
): MemoryType {
  const { flags, min, max } = readLimits(reader, "a memory");
  return {
    imported,
    minPages: min,
    ...(max === undefined ? {} : { maxPages: max }),
    shared: (flags & LIMITS_FLAG.shared) !== 0,
    is64: (flags & LIMITS_FLAG.is64) !== 0,
  };
}
