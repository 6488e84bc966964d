/**
 * What both outputs of `inspect` derive from its findings.
 *
 * @module
 */

import type { Declarations } from "../cell/declarations.ts";
import { PULP_MODULE } from "../cell/import_modules.ts";
import type { CellSpec } from "../manifest/spec.ts";
import type { ModuleInfo } from "../wasm/module_info.ts";

/** What a manifest declares, and what it would have to declare besides. */
export function capabilitiesToDeclare(
  { undeclared }: Declarations,
  spec: CellSpec | undefined,
): string[] {
  return [
    ...spec?.capabilities ?? [],
    ...undeclared.map(({ capability }) => capability),
  ];
}

/** The names under which a module exports one of its memories. */
export function exportsOfMemory(info: ModuleInfo, index: number): string[] {
  return info.exports.filter((it) => it.kind === "memory" && it.index === index)
    .map((it) => it.name);
}

/** Whether a module may call other cells, as far as it is up to the module. */
export function callsCells(info: ModuleInfo): boolean {
  return info.imports.some(({ module, name }) =>
    module === PULP_MODULE && name === "pulp_call"
  );
}
