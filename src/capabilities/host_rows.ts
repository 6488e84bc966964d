/**
 * What hosting a cell takes of Deno beside its capabilities.
 *
 * @module
 */

import { folderOf, pathOfUrl } from "../manifest/paths.ts";
import type { CellSpec } from "../manifest/spec.ts";
import type { PermissionRequest } from "../permissions/request.ts";
import type { Requirement } from "../permissions/verdict.ts";
import type { HostEnv } from "./capability.ts";

/** What is to be known of a row that is no capability's. */
interface HostRow {
  /** Whether the cell's worker needs the permission, and not the main thread alone. */
  readonly worker: boolean;
  /** Whether an executable holds what is read, and needs no permission for it. */
  readonly packed: boolean;
}

/** Rows of a verdict that are no capability's. */
const HOST_ROWS = {
  module: { worker: false, packed: true },
  worker: { worker: false, packed: true },
  watch: { worker: false, packed: false },
  tls: { worker: false, packed: false },
  extension: { worker: true, packed: true },
  environment: { worker: false, packed: false },
} as const satisfies Readonly<Record<string, HostRow>>;

type HostRowName = keyof typeof HOST_ROWS;

/** The row of that name; `undefined` when it is a capability's. */
export function hostRow(name: string): HostRow | undefined {
  return Object.hasOwn(HOST_ROWS, name)
    ? HOST_ROWS[name as HostRowName]
    : undefined;
}

/** The rows that come before those of the capabilities. */
export function hostRows(spec: CellSpec, env: HostEnv): Requirement[] {
  const rows = [
    row("module", "wasm", [
      read(spec.manifestPath, "the manifest"),
      read(spec.wasmPath, "the module"),
    ]),
  ];
  if (env.workerModules !== undefined) {
    const modules = read(env.workerModules, "the modules of its worker");
    rows.push(row("worker", "", [modules]));
  }
  if (env.watch === true) {
    const folders = [spec.manifestPath, spec.wasmPath].map((path) =>
      read(folderOf(path), "its folder, to watch it")
    );
    rows.push(row("watch", "", folders));
  }
  if (env.tlsFiles !== undefined) {
    const { cert, key } = env.tlsFiles;
    const files = [read(cert, "the certificate"), read(key, "its key")];
    rows.push(row("tls", "", files));
  }
  for (const url of env.extensions ?? []) {
    const file = read(pathOfUrl(new URL(url)), "the extension");
    rows.push(row("extension", "", [file]));
  }
  return rows;
}

/** The row behind those of the capabilities: variables that the manifest names. */
export function environmentRows(spec: CellSpec): Requirement[] {
  const names = spec.permissions.env ?? [];
  if (names.length === 0) return [];
  const requests = names.map((target): PermissionRequest => ({
    kind: "env",
    target,
    reason: "the environment",
  }));
  return [row("environment", "permissions.env", requests)];
}

function row(
  capability: HostRowName,
  declaredIn: string,
  requests: readonly PermissionRequest[],
): Requirement {
  return { capability, declaredIn, requests };
}

function read(target: string, reason: string): PermissionRequest {
  return { kind: "read", target, reason };
}
