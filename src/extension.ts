/**
 * What an extension needs: a capability of your own in a module that
 * registers it.
 *
 * @example A capability with one function
 * ```ts
 * import { registerExtension } from "@pulp/deno/extension";
 *
 * registerExtension({
 *   name: "example.dice",
 *   stubs: { dice_roll: { params: [1] } },
 *   imports: () => ({
 *     dice_roll: (sides = 6) => 1 + Math.floor(Math.random() * sides),
 *   }),
 * });
 * ```
 *
 * @module
 */

export { CODE, type CodeName } from "./abi/codes.ts";
export { RecordReader } from "./abi/record.ts";
export { MsgpackWriter } from "./abi/writer.ts";
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
export { registerExtension } from "./capabilities/registry.ts";
export { cellFolder } from "./capabilities/storage_folder.ts";
export type { LogFields, Logger, LogLevel } from "./logger.ts";
export type {
  PermissionKind,
  PermissionRequest,
} from "./permissions/request.ts";
