/**
 * The permissions of a cell's worker: its own grants, and nothing else.
 *
 * @module
 */

import type { HostEnv } from "../capabilities/capability.ts";
import { CONTRACT } from "../capabilities/contract.ts";
import { hostRow } from "../capabilities/host_rows.ts";
import type { CompiledCell } from "../cell/compile.ts";
import { pathOfUrl, resolvePath } from "../manifest/paths.ts";
import type { CellSpec } from "../manifest/spec.ts";
import type { Verdict } from "../permissions/verdict.ts";

/** Capabilities that need a listener. */
const INBOUND = new Set([
  "transport.http.inbound",
  "transport.ws.inbound",
  "transport.sse",
]);

/** Capabilities whose host functions do their work on the cell's thread, in native code. */
const BLOCKING = new Set(["storage.sqlite", "storage.fs"]);

/**
 * Whether a host function of a cell can hold its thread without end: a
 * statement of SQLite, a disk that hangs, and whatever an extension does.
 */
export function canBlock(spec: CellSpec): boolean {
  return spec.capabilities.some((name) =>
    BLOCKING.has(name) || !Object.hasOwn(CONTRACT, name)
  );
}

/**
 * Whether the worker of a cell has the listener itself, which is the fastest
 * way: when no other cell needs one, and when the thread can't be lost. A
 * statement that SQLite never ends would take the socket with it.
 */
export function listensItself(
  spec: CellSpec,
  set: readonly CellSpec[],
): boolean {
  const listening = set.filter((other) =>
    other.capabilities.some((name) => INBOUND.has(name))
  );
  return listening.length <= 1 && !canBlock(spec);
}

/**
 * Whether a cell may come to listen on an address that nobody knows before:
 * it imports `http_listen`, and its manifest names no addresses. Its worker
 * can't be granted them, so the main thread listens.
 */
export function listensAnywhere(
  spec: CellSpec,
  { imports }: Pick<CompiledCell, "imports">,
): boolean {
  return spec.permissions.net === undefined &&
    imports.some(({ module, name }) =>
      module === "pulp" && name === "http_listen"
    );
}

/** The folder of all modules of this program. */
const MODULES = new URL("../", import.meta.url);

/**
 * What a host with workers offers. Workers that load extensions share modules
 * with those: Deno asks for the read permission of each file that they are
 * made of, though not for those of the main thread.
 *
 * @param shared whether workers are made of modules. Default: where extensions are
 */
export function hostedEnv(
  env: HostEnv,
  shared: boolean = env.extensions !== undefined,
): HostEnv {
  return shared && MODULES.protocol === "file:"
    ? { ...env, workerModules: resolvePath(pathOfUrl(MODULES), ".") }
    : env;
}

/** The kinds that a cell may get, all of them closed. */
type Grants = Record<"read" | "write" | "net" | "env" | "run", true | string[]>;

/**
 * What a granted verdict narrows a worker to. The module and the manifest are
 * read by the main thread, and so is the environment. With `listens` false
 * the main thread has the listener, too.
 */
export function workerPermissions(
  verdict: Verdict,
  listens = true,
): Deno.PermissionOptionsObject {
  const grants: Grants = { read: [], write: [], net: [], env: [], run: [] };
  for (const { capability, permissions } of verdict.capabilities) {
    if (hostRow(capability)?.worker === false) continue;
    if (!listens && INBOUND.has(capability)) continue;
    for (const { request } of permissions) {
      const { kind } = request;
      const part = request.grants ?? request.target;
      const list = grants[kind];
      if (part === undefined) grants[kind] = true;
      else if (list !== true) list.push(part);
    }
  }
  return { ...grants, sys: false, ffi: false, import: [] };
}
