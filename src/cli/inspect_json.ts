/**
 * The findings of `inspect` for scripts.
 *
 * @module
 */

import { capabilitiesLine } from "../cell/declarations.ts";
import { exportMeaning, typeText } from "../cell/exports.ts";
import type { Contents, Inspection } from "../cell/inspection.ts";
import { LIMITS } from "../limits.ts";
import type { CellSpec } from "../manifest/spec.ts";
import type { FunctionType, ModuleInfo } from "../wasm/module_info.ts";
import { toolchainOf } from "../wasm/toolchain.ts";
import { capabilitiesToDeclare, exportsOfMemory } from "./inspect_facts.ts";
import type { InspectSubject } from "./inspect_subject.ts";
import { formatDocument } from "./record_text.ts";

/**
 * One JSON object: `loads` and `problems` are the verdict, `module` is what
 * the module says and `capabilities` what a manifest has to say. Every key is
 * always there; what could not be found out, or is not there, is `null`.
 */
export function inspectJson(
  { path, spec }: Pick<InspectSubject, "path" | "spec">,
  { bytes, sha256, contents, problems }: Inspection,
): string {
  const value = {
    loads: problems.length === 0,
    problems: problems.map(({ message, hint }) => ({
      message,
      hint: hint ?? null,
    })),
    file: path,
    bytes,
    sha256,
    manifest: spec?.manifestPath ?? null,
    name: spec?.name ?? null,
    version: spec?.version ?? null,
    module: contents === undefined ? null : moduleJson(contents, spec),
    capabilities: contents === undefined
      ? null
      : capabilitiesJson(contents, spec),
  };
  return formatDocument(value);
}

function moduleJson(contents: Contents, spec: CellSpec | undefined): unknown {
  const { info, start, memories, sources } = contents;
  return {
    functions: info.functionCount,
    codeBytes: info.codeBytes,
    start: {
      kind: start.kind,
      startFunction: start.startFunction ?? null,
      entry: start.entry ?? null,
      ignored: start.ignored ?? null,
    },
    toolchain: toolchainJson(info),
    exports: info.exports.map(({ name, kind, type }) => {
      const known = exportMeaning(name);
      return {
        name,
        kind,
        type: typeJson(type),
        required: known?.required ?? false,
        meaning: known?.meaning ?? null,
      };
    }),
    imports: info.imports.map(({ module, name, kind, type }, index) => ({
      module,
      name,
      kind,
      type: typeJson(type),
      capability: sources[index]?.capability ?? null,
      declaration: sources[index]?.declaration ?? null,
    })),
    memories: memories.map((memory, index) => ({
      exports: exportsOfMemory(info, index),
      imported: memory.imported,
      shared: memory.shared,
      is64: memory.is64,
      minPages: memory.minPages,
      maxPages: memory.maxPages ?? null,
      cappedPages: memory.cappedPages ?? null,
    })),
    maxMemoryPages: spec?.maxMemoryPages ?? LIMITS.memoryPages,
    customSections: info.customSections.map(({ name, bytes }) => ({
      name,
      bytes: bytes.length,
    })),
  };
}

function toolchainJson({ producers }: ModuleInfo): unknown {
  if (producers === undefined) return null;
  return { name: toolchainOf(producers) ?? null, ...producers };
}

function typeJson(type: FunctionType | undefined): string | null {
  return type === undefined ? null : typeText(type);
}

function capabilitiesJson(
  { declarations }: Contents,
  spec: CellSpec | undefined,
): unknown {
  const { imported, undeclared, neverImported } = declarations;
  return {
    declared: spec?.capabilities ?? null,
    imported,
    undeclared: undeclared.map(({ capability }) => capability),
    neverImported,
    line: capabilitiesLine(capabilitiesToDeclare(declarations, spec)),
  };
}
