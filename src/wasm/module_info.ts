/**
 * What a module says about itself, read without running or compiling it.
 *
 * @module
 */

import { LIMITS } from "../limits.ts";
import {
  BorderBudget,
  type ModuleExport,
  type ModuleImport,
  readExports,
  readImports,
} from "./externs.ts";
import {
  type MemoryType,
  readMemoryType,
  type TableType,
} from "./memory_types.ts";
import { type Producers, readProducers } from "./producers.ts";
import { type ByteReader, malformed, readCount } from "./reader.ts";
import {
  openSection,
  readSections,
  SECTION,
  type Section,
} from "./sections.ts";
import { TypeTable } from "./types.ts";

export type { ExternKind, ModuleExport, ModuleImport } from "./externs.ts";
export type { MemoryType } from "./memory_types.ts";
export type { Producer, Producers } from "./producers.ts";
export type { FunctionType, ValueType } from "./types.ts";

/** The most that V8 takes. */
const MOST_FUNCTIONS = 1_000_000;

/** A custom section. */
export interface CustomSection {
  /** The name of the section. */
  readonly name: string;
  /** The contents after the name: a view of the module's bytes, no copy. */
  readonly bytes: Uint8Array;
}

/** What a module says about itself. */
export interface ModuleInfo {
  /** In the order of the file. */
  readonly imports: readonly ModuleImport[];
  /** In the order of the file. */
  readonly exports: readonly ModuleExport[];
  /** Every memory by its index, imported ones first. */
  readonly memories: readonly MemoryType[];
  /** The index of the function that runs as the module is instantiated. */
  readonly startFunction?: number;
  /** In the order of the file. */
  readonly customSections: readonly CustomSection[];
  /** Absent without a readable `producers` section. */
  readonly producers?: Producers;
  /** Types of functions, structs and arrays. */
  readonly typeCount: number;
  /** Functions with a body, so without the imported ones. */
  readonly functionCount: number;
  /** Bytes of the code section. */
  readonly codeBytes: number;
}

/** What the reading of a module leaves behind for its rewriting. */
export interface Skeleton {
  readonly info: ModuleInfo;
  readonly sections: readonly Section[];
  readonly types: TypeTable;
  /** Functions that have no body. */
  readonly importedFunctions: number;
  /** The type index of each function, imported ones first. */
  readonly functionTypes: readonly number[];
  /** The type index of each tag. */
  readonly tagTypes: readonly number[];
  readonly importedTables: readonly TableType[];
}

/**
 * Reads a module's imports, exports, memories and custom sections.
 *
 * Nothing is allocated on the word of a count in the file, and a file that is
 * no module is refused by its first bytes. What is read here is checked; that
 * the rest is valid is for `WebAssembly.compile` to say.
 *
 * Throws {@linkcode PulpError} `module`: empty, too large, text, a component,
 * truncated, malformed.
 */
export function readModuleInfo(bytes: Uint8Array): ModuleInfo {
  return readSkeleton(bytes).info;
}

/** The same with what a rewriting needs. Throws `PulpError` `module`. */
export function readSkeleton(bytes: Uint8Array): Skeleton {
  const sections = readSections(bytes);
  const open = (id: number): ByteReader | undefined =>
    openSection(bytes, sections, id);
  const budget = new BorderBudget();
  const types = TypeTable.read(open(SECTION.type));
  const imported = readImports(open(SECTION.import), types, budget);
  const ownTypes = readFunctionTypes(open(SECTION.function), types);
  const importedFunctions = imported.functionTypes.length;
  const functionTypes = imported.functionTypes.concat(ownTypes);
  const memories = [
    ...imported.memories,
    ...readMemories(open(SECTION.memory), imported.memories.length),
  ];
  const tagTypes = imported.tagTypes.concat(
    readTags(open(SECTION.tag), imported.tagTypes.length),
  );
  checkElements(open(SECTION.element));
  const exports = readExports(
    open(SECTION.export),
    types,
    (index) => functionTypes[index],
    budget,
  );
  const functions = functionTypes.length;
  const startFunction = readStart(open(SECTION.start), functions);
  const code = open(SECTION.code);
  const codeBytes = code?.left ?? 0;
  checkBodies(code, ownTypes.length, bytes.length);
  const customSections = sections.filter(isCustom).map((section) => ({
    name: section.name,
    bytes: bytes.subarray(section.contents, section.end),
  }));
  const claims = customSections.find((each) => each.name === "producers");
  const producers = claims && readProducers(claims.bytes);
  const info: ModuleInfo = {
    imports: imported.imports,
    exports,
    memories,
    ...(startFunction === undefined ? {} : { startFunction }),
    customSections,
    ...(producers === undefined ? {} : { producers }),
    typeCount: types.count,
    functionCount: ownTypes.length,
    codeBytes,
  };
  return {
    info,
    sections,
    types,
    importedFunctions,
    functionTypes,
    tagTypes,
    importedTables: imported.tables,
  };
}

function isCustom(section: Section): boolean {
  return section.id === SECTION.custom;
}

function readFunctionTypes(
  reader: ByteReader | undefined,
  types: TypeTable,
): readonly number[] {
  const indices: number[] = [];
  if (reader === undefined) return indices;
  const count = readCount(reader, "functions", MOST_FUNCTIONS);
  for (let position = 0; position < count; position++) {
    const at = reader.pos;
    const index = reader.u32("the type of a function");
    if (index >= types.count) throw malformed(`there is no type ${index}`, at);
    indices.push(index);
  }
  reader.finish();
  return indices;
}

function readMemories(
  reader: ByteReader | undefined,
  imported: number,
): readonly MemoryType[] {
  const memories: MemoryType[] = [];
  const most = LIMITS.moduleMemories;
  const count = readCount(reader, "memories", most, imported);
  if (reader === undefined) return memories;
  for (let position = 0; position < count; position++) {
    memories.push(readMemoryType(reader, false));
  }
  reader.finish();
  return memories;
}

function readTags(
  reader: ByteReader | undefined,
  imported: number,
): readonly number[] {
  const types: number[] = [];
  const count = readCount(reader, "tags", LIMITS.moduleTags, imported);
  if (reader === undefined) return types;
  for (let position = 0; position < count; position++) {
    reader.u8("the attribute of a tag");
    types.push(reader.u32("the type of a tag"));
  }
  reader.finish();
  return types;
}

function checkElements(reader: ByteReader | undefined): void {
  const { left = 0, pos = 0 } = reader ?? {};
  if (left <= LIMITS.moduleElementBytes) return;
  throw malformed(
    `its element section has ${left} bytes, more than ${LIMITS.moduleElementBytes}`,
    pos,
  );
}

function readStart(
  reader: ByteReader | undefined,
  functions: number,
): number | undefined {
  if (reader === undefined) return undefined;
  const at = reader.pos;
  const index = reader.u32("the start function");
  if (index >= functions) {
    throw malformed(`the start function ${index} is not there`, at);
  }
  reader.finish();
  return index;
}

/** Checks that each function has a body that lies within the section. */
function checkBodies(
  reader: ByteReader | undefined,
  functions: number,
  moduleBytes: number,
): void {
  if (reader === undefined) {
    if (functions === 0) return;
    throw malformed(
      `there are ${functions} functions and no code section`,
      moduleBytes,
    );
  }
  const at = reader.pos;
  const bodies = reader.u32("the number of function bodies");
  if (bodies !== functions) {
    throw malformed(
      `there are ${functions} functions and ${bodies} bodies`,
      at,
    );
  }
  for (let body = 0; body < bodies; body++) {
    reader.skip(reader.u32("the size of a function"), "a function");
  }
  reader.finish();
}
