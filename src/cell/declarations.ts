/**
 * The capabilities that a module imports from, against those that its manifest
 * declares.
 *
 * @module
 */

import { CONTRACT } from "../capabilities/contract.ts";
import type { Registry } from "../capabilities/registry.ts";
import type { CellSpec } from "../manifest/spec.ts";
import type { ModuleInfo } from "../wasm/module_info.ts";
import { PULP_MODULE } from "./import_modules.ts";

/** A capability, and what a module imports of it. */
export interface ImportedCapability {
  readonly capability: string;
  /** Names of functions, in the order of the module. */
  readonly functions: readonly string[];
}

/** What a module imports, and what of it a manifest declares. */
export interface Declarations {
  /** Capabilities that have to be declared, in the order of the contract. */
  readonly imported: readonly ImportedCapability[];
  /** Those of them that are not declared: their functions return 99. */
  readonly undeclared: readonly ImportedCapability[];
  /** Declared ones that have functions of which the module imports none. */
  readonly neverImported: readonly string[];
}

/**
 * Compares a module with what is declared. Capabilities that every cell gets
 * are left out on both sides, because declaring them changes nothing, and so
 * are those that the registry does not know.
 */
export function compareDeclarations(
  { capabilities }: Pick<CellSpec, "capabilities">,
  info: Pick<ModuleInfo, "imports">,
  registry: Registry,
): Declarations {
  const functions = new Map<string, string[]>();
  for (const { module, name, kind } of info.imports) {
    if (module !== PULP_MODULE || kind !== "function") continue;
    const gate = gateOf(name, registry);
    if (gate === undefined) continue;
    const known = functions.get(gate);
    if (known === undefined) functions.set(gate, [name]);
    else if (!known.includes(name)) known.push(name);
  }
  const imported = [...functions.keys()].sort(inContractOrder)
    .map((capability) => ({
      capability,
      functions: functions.get(capability) ?? [],
    }));
  return {
    imported,
    undeclared: imported.filter((it) => !capabilities.includes(it.capability)),
    neverImported: capabilities.filter((name) =>
      !functions.has(name) &&
      functionsOf(name, registry).some((it) => gateOf(it, registry) === name)
    ),
  };
}

/** The line of a manifest that declares these capabilities. */
export function capabilitiesLine(names: readonly string[]): string {
  // A JSON string is a TOML string, too.
  const items = names.map((name) => JSON.stringify(name));
  return `capabilities = [${items.join(", ")}]`;
}

/** The capability that a manifest has to declare for a function; nothing when it need not. */
function gateOf(name: string, registry: Registry): string | undefined {
  const binding = registry.binding({ capabilities: [] }, name);
  return binding?.bound === undefined ? binding?.capability : undefined;
}

function functionsOf(capability: string, registry: Registry): string[] {
  const known = registry.get(capability)?.stubs ??
    (Object.hasOwn(CONTRACT, capability) ? CONTRACT[capability] : undefined);
  return Object.keys(known ?? {});
}

function inContractOrder(a: string, b: string): number {
  const order = Object.keys(CONTRACT);
  const rank = (name: string): number =>
    order.includes(name) ? order.indexOf(name) : order.length;
  return rank(a) - rank(b) || (a < b ? -1 : 1);
}
