/**
 * A Deno-native host for WebAssembly cells.
 *
 * A cell is a sandboxed module with a manifest that declares what it needs.
 * The host binds an import only when two keys turn: the manifest declares the
 * capability, and Deno's permissions allow what it maps to.
 *
 * @example Call a function of a cell
 * ```ts ignore
 * import { builtinRegistry, load, readManifest } from "@pulp/deno";
 *
 * const spec = await readManifest("cells/hello");
 * await using cell = await load(spec, { registry: builtinRegistry() });
 * await cell.init();
 * const answer = await cell.call("greet");
 * ```
 *
 * @module
 */

export { builtinRegistry } from "./capabilities/builtin.ts";
export type {
  Capability,
  CellContext,
  HostCall,
  HostEnv,
  ImportShape,
  ImportShapes,
  SiblingCalls,
  StepOutcome,
  TlsPair,
} from "./capabilities/capability.ts";
export type { GuestMemory } from "./capabilities/guest_memory.ts";
export {
  type Binding,
  registerExtension,
  Registry,
} from "./capabilities/registry.ts";
export type { Cell } from "./cell/cell.ts";
export { type CellModule, openModule } from "./cell/cell_module.ts";
export type {
  CustomSection,
  ExternKind,
  FunctionType,
  MemoryType,
  ModuleExport,
  ModuleImport,
  ModuleInfo,
  Producer,
  Producers,
  ValueType,
} from "./wasm/module_info.ts";
export { defaultEnv, load, type LoadOptions } from "./cell/load.ts";
export * from "./errors.ts";
export { type CellStatus, Host, type HostOptions } from "./host/host.ts";
export type { CellState } from "./host/member.ts";
export * from "./logger.ts";
export { parseManifest, readManifest } from "./manifest/parse.ts";
export { ManifestError, type ManifestProblem } from "./manifest/problems.ts";
export { orderSet } from "./manifest/set.ts";
export * from "./manifest/spec.ts";
export * from "./permissions/request.ts";
export * from "./permissions/verdict.ts";
