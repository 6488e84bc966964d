/**
 * What a manifest grants that its module can never use.
 *
 * Only what is certain is found. Events come to a cell through routes and
 * sockets that it opened with a function, so a capability of the contract is
 * of no use to a module that imports none of its functions. An extension may
 * do for a cell whatever it likes, imported or not: nothing is said about one,
 * and nothing about lists that one may go by.
 *
 * @module
 */

import { CONTRACT } from "../capabilities/contract.ts";
import type { Registry } from "../capabilities/registry.ts";
import type { CellSpec } from "../manifest/spec.ts";
import type { ModuleInfo } from "../wasm/module_info.ts";
import { compareDeclarations } from "./declarations.ts";
import { PULP_MODULE, WASI_MODULE } from "./import_modules.ts";

/** Something that a manifest grants in vain. */
export interface OverDeclaration {
  /** The key of the manifest: `capabilities`, `permissions.net`, `consumes`. */
  readonly declaredIn: string;
  /** The item of the list; absent when it is the whole list. */
  readonly item?: string;
  /** Line of the manifest, from 1; absent for a spec that no file stands behind. */
  readonly line?: number;
  /** What is the case, in one line. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
}

/** Why a list is of no use. */
interface Reason {
  readonly why: string;
  /** The capability that would make use of it, were it declared. */
  readonly undeclared?: string;
}

/** The functions that reach what a list names, by capability. */
type Users = Readonly<Record<string, readonly string[]>>;

const NET_USERS: Users = {
  "transport.http.inbound": ["http_listen"],
  "transport.http.outbound": ["http_fetch", "http_fetch_begin"],
  "network.udp": ["udp_listen", "udp_send"],
};

const RUN_USERS: Users = { "spawn.process": ["process_run"] };

/** Files have no list: a cell's storage is a folder of its own. */
const FILES_UNUSED: Reason = { why: "no capability of the host goes by it" };

/**
 * What a cell's manifest declares and its module can't use: capabilities in
 * the manifest's order, then `consumes`, then the lists of `[permissions]`.
 */
export function overDeclarations(
  spec: CellSpec,
  info: Pick<ModuleInfo, "imports">,
  registry: Registry,
): OverDeclaration[] {
  const found = unusedCapabilities(spec, info, registry);
  if (!spec.capabilities.every(isOfContract)) return found;
  const { net, env, read, write, run } = spec.permissions;
  const lists: readonly (readonly [
    key: string,
    items: readonly string[] | undefined,
    reason: Reason | undefined,
  ])[] = [
    ["consumes", spec.consumes, neverImports(info, PULP_MODULE, "pulp_call")],
    ["permissions.net", net, unusedBy(spec, info, NET_USERS)],
    ["permissions.env", env, neverImports(info, WASI_MODULE, "environ_get")],
    ["permissions.read", read, FILES_UNUSED],
    ["permissions.write", write, FILES_UNUSED],
    ["permissions.run", run, unusedBy(spec, info, RUN_USERS)],
  ];
  for (const [key, items = [], reason] of lists) {
    // An empty list grants nothing.
    if (items.length === 0 || reason === undefined) continue;
    found.push(unusedList(spec, key, reason));
  }
  return found;
}

function unusedCapabilities(
  spec: CellSpec,
  info: Pick<ModuleInfo, "imports">,
  registry: Registry,
): OverDeclaration[] {
  const { neverImported } = compareDeclarations(spec, info, registry);
  return neverImported.filter(isOfContract).map((name) => {
    const line = spec.places[`capabilities=${name}`]?.line;
    return {
      declaredIn: "capabilities",
      item: name,
      ...(line === undefined ? {} : { line }),
      message: `"${name}" is declared, and the module imports nothing of it`,
      hint: `take "${name}" out of capabilities${atLine(line)}`,
    };
  });
}

function unusedList(
  spec: CellSpec,
  declaredIn: string,
  { why, undeclared }: Reason,
): OverDeclaration {
  const line = spec.places[declaredIn]?.line;
  const name = declaredIn.replace("permissions.", "[permissions] ");
  const removal = `take ${name} out${atLine(line)}`;
  return {
    declaredIn,
    ...(line === undefined ? {} : { line }),
    message: `${name} is never used: ${why}`,
    hint: undeclared === undefined
      ? removal
      : `declare "${undeclared}" in capabilities, or ${removal}`,
  };
}

/** Why no function reaches what a list names; nothing when one does. */
function unusedBy(
  { capabilities }: CellSpec,
  info: Pick<ModuleInfo, "imports">,
  users: Users,
): Reason | undefined {
  const imported = Object.keys(users).filter((capability) =>
    users[capability]?.some((name) => isImported(info, PULP_MODULE, name))
  );
  const [first] = imported;
  if (first === undefined) {
    return { why: `the module imports none of ${namesOf(users)}` };
  }
  return imported.some((name) => capabilities.includes(name))
    ? undefined
    : { why: `"${first}" is not declared`, undeclared: first };
}

function namesOf(users: Users): string {
  return Object.values(users).flat().join(", ");
}

function neverImports(
  info: Pick<ModuleInfo, "imports">,
  from: string,
  name: string,
): Reason | undefined {
  return isImported(info, from, name)
    ? undefined
    : { why: `the module does not import ${from}.${name}` };
}

function isImported(
  info: Pick<ModuleInfo, "imports">,
  from: string,
  name: string,
): boolean {
  return info.imports.some((it) => it.module === from && it.name === name);
}

function isOfContract(capability: string): boolean {
  return Object.hasOwn(CONTRACT, capability);
}

function atLine(line: number | undefined): string {
  return line === undefined ? "" : `, line ${line}`;
}
