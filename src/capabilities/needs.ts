/**
 * What the capabilities of the host need of Deno. Apart from the rest of
 * them, so that a verdict loads no code that it does not run.
 *
 * @module
 */

import type { CellSpec } from "../manifest/spec.ts";
import type { PermissionRequest } from "../permissions/request.ts";
import type { HostEnv } from "./capability.ts";
import {
  formatListenAddress,
  parseListenAddress,
} from "./net/listen_address.ts";
import { cellFolder } from "./storage_folder.ts";

/** Capabilities that ask for what `[permissions] net` lists anyway. */
const NET_OTHERWISE: ReadonlySet<string> = new Set([
  "transport.http.outbound",
  "network.udp",
]);

/** A folder of the cell's own, below the storage root. */
export function storageNeeds(
  spec: CellSpec,
  env: HostEnv,
): readonly PermissionRequest[] {
  const target = cellFolder(env.storageRoot, spec.name);
  return [
    { kind: "read", target, reason: "its storage" },
    { kind: "write", target, reason: "its storage" },
  ];
}

/**
 * The shared listener, and for `http_listen` the listed addresses, unless
 * another capability of the cell asks for those.
 */
export function listenerNeeds(
  spec: CellSpec,
  { listen }: HostEnv,
): readonly PermissionRequest[] {
  const address = parseListenAddress(listen);
  const target = address === undefined ? listen : formatListenAddress(address);
  const net = spec.capabilities.some((name) => NET_OTHERWISE.has(name))
    ? []
    : spec.permissions.net ?? [];
  return [
    { kind: "net", target, reason: "the HTTP listener" },
    ...net.filter((item) => item !== target).map(listed),
  ];
}

/** Without the list any public host: only the whole of `--allow-net` covers that. */
export function outboundNeeds(spec: CellSpec): readonly PermissionRequest[] {
  const { net } = spec.permissions;
  return net === undefined
    ? [{ kind: "net", reason: "any public host" }]
    : net.map(listed);
}

/**
 * The listed addresses, as UDP knows no others. Deno is asked about addresses
 * and never about `localhost`.
 */
export function udpNeeds(spec: CellSpec): readonly PermissionRequest[] {
  return (spec.permissions.net ?? []).map((item) =>
    listed(item.replace(/^localhost(?=:|$)/i, "127.0.0.1"))
  );
}

/**
 * One item of a list. A process that was given a range can't hand it on to a
 * worker; one that was given every host can, and hands on no more than that.
 */
function listed(target: string): PermissionRequest {
  return target.includes("/")
    ? {
      kind: "net",
      grants: target,
      reason: `the range ${target}, listed in net`,
    }
    : { kind: "net", target, reason: "listed in net" };
}

/** The listed programs, in the folder of the cell's own. */
export function processNeeds(
  spec: CellSpec,
  env: HostEnv,
): readonly PermissionRequest[] {
  const programs = (spec.permissions.run ?? []).map((target) => ({
    kind: "run" as const,
    target,
    reason: "listed in run",
  }));
  return programs.length === 0 ? [] : [...programs, ...storageNeeds(spec, env)];
}
