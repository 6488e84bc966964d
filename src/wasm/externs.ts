/**
 * What a module asks of its host and what it offers: imports and exports.
 *
 * @module
 */

import { LIMITS } from "../limits.ts";
import {
  LIMITS_FLAG,
  type MemoryType,
  readLimits,
  readMemoryType,
  type TableType,
} from "./memory_types.ts";
import { type ByteReader, malformed, NameBudget, readCount } from "./reader.ts";
import { shown } from "./shown.ts";
import { type FunctionType, readValueType, type TypeTable } from "./types.ts";

/** The kinds of things that cross the border of a module. */
export type ExternKind = "function" | "table" | "memory" | "global" | "tag";

const KINDS: readonly ExternKind[] = [
  "function",
  "table",
  "memory",
  "global",
  "tag",
];

/** One import. */
export interface ModuleImport {
  /** The module that it is imported from. */
  readonly module: string;
  /** The name. */
  readonly name: string;
  /** What it is. */
  readonly kind: ExternKind;
  /** Of a function, or of a tag: what it carries. */
  readonly type?: FunctionType;
}

/** One export. */
export interface ModuleExport {
  /** The name. */
  readonly name: string;
  /** What it is. */
  readonly kind: ExternKind;
  /** The index among everything of that kind, imports first. */
  readonly index: number;
  /** Of a function. */
  readonly type?: FunctionType;
}

/** The imports, and what they add to the index spaces. */
export interface ImportedThings {
  readonly imports: readonly ModuleImport[];
  readonly memories: readonly MemoryType[];
  readonly tables: readonly TableType[];
  /** Type indices of the imported functions. */
  readonly functionTypes: readonly number[];
  /** Type indices of the imported tags. */
  readonly tagTypes: readonly number[];
}

/** Holds the sums of decoded parameters and of names within bounds. */
export class BorderBudget {
  /** For the names of imports and exports. */
  readonly names = new NameBudget("imports and exports");
  #left = LIMITS.moduleBorderTypes;

  /** Counts one use of a type. Throws `PulpError` `module` past the limit. */
  spend(type: FunctionType, at: number): FunctionType {
    this.#left -= type.params.length + type.results.length + 1;
    if (this.#left < 0) {
      throw malformed(
        `its imports and exports have more than ${LIMITS.moduleBorderTypes} parameters`,
        at,
      );
    }
    return type;
  }
}

/** Reads the import section. */
export function readImports(
  reader: ByteReader | undefined,
  types: TypeTable,
  budget: BorderBudget,
): ImportedThings {
  const imports: ModuleImport[] = [];
  const memories: MemoryType[] = [];
  const tables: TableType[] = [];
  const functionTypes: number[] = [];
  const tagTypes: number[] = [];
  const things = { imports, memories, tables, functionTypes, tagTypes };
  if (reader === undefined) return things;
  const count = readCount(reader, "imports", LIMITS.moduleExterns);
  for (let position = 0; position < count; position++) {
    const module = budget.names.read(reader, "the module of an import");
    const name = budget.names.read(reader, "the name of an import");
    const kind = readKind(reader, "an import");
    const at = reader.pos;
    switch (kind) {
      case "function": {
        const index = reader.u32("the type of an imported function");
        functionTypes.push(index);
        const type = budget.spend(types.functionType(index, at), at);
        imports.push({ module, name, kind, type });
        continue;
      }
      case "table": {
        readValueType(reader);
        const element = reader.bytes.subarray(at, reader.pos);
        const { flags } = readLimits(reader, "an imported table");
        tables.push({ is64: (flags & LIMITS_FLAG.is64) !== 0, element });
        break;
      }
      case "memory":
        memories.push(readMemoryType(reader, true));
        break;
      case "global":
        readValueType(reader);
        readFlag(reader, "the mutability of an imported global");
        break;
      case "tag": {
        reader.u8("the attribute of an imported tag");
        const index = reader.u32("the type of an imported tag");
        tagTypes.push(index);
        const type = budget.spend(types.functionType(index, at), at);
        imports.push({ module, name, kind, type });
        continue;
      }
    }
    imports.push({ module, name, kind });
  }
  reader.finish();
  return things;
}

/**
 * Reads the export section. `typeOf` gives the type index of a function, and
 * `undefined` when there is no such function.
 */
export function readExports(
  reader: ByteReader | undefined,
  types: TypeTable,
  typeOf: (functionIndex: number) => number | undefined,
  budget: BorderBudget,
): ModuleExport[] {
  const exports: ModuleExport[] = [];
  if (reader === undefined) return exports;
  const count = readCount(reader, "exports", LIMITS.moduleExterns);
  for (let position = 0; position < count; position++) {
    const name = budget.names.read(reader, "the name of an export");
    const what = `the export "${shown(name)}"`;
    const kind = readKind(reader, what);
    const at = reader.pos;
    const index = reader.u32("the index of an export");
    if (kind !== "function") {
      exports.push({ name, kind, index });
      continue;
    }
    const typeIndex = typeOf(index);
    if (typeIndex === undefined) {
      throw malformed(
        `${what} names function ${index}, which is not there`,
        at,
      );
    }
    const type = budget.spend(types.functionType(typeIndex, at), at);
    exports.push({ name, kind, index, type });
  }
  reader.finish();
  return exports;
}

function readKind(reader: ByteReader, what: string): ExternKind {
  const at = reader.pos;
  const code = reader.u8(`the kind of ${what}`);
  const kind = KINDS[code];
  if (kind === undefined) {
    throw malformed(
      `the kind 0x${code.toString(16)} of ${what} is not known`,
      at,
    );
  }
  return kind;
}

function readFlag(reader: ByteReader, what: string): void {
  const at = reader.pos;
  // Bit 1 is "shared", which V8 takes behind a flag only.
  if (reader.u8(what) > 1) throw malformed(`${what} is neither 0 nor 1`, at);
}
