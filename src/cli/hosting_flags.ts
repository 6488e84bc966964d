/**
 * What hosting a set takes, as flags of `deno run` and as a permission set of
 * a deno.json.
 *
 * @module
 */

import type { HostingNeeds } from "../host/hosting_needs.ts";
import type { PermissionKind } from "../permissions/request.ts";
import {
  KINDS,
  leastFlags,
  leastTargets,
  shownTarget,
} from "./command_line.ts";

/** All of a kind, or a list of targets; of net also what is closed again. */
export type PermissionList =
  | true
  | readonly string[]
  | { readonly allow: true; readonly deny: readonly string[] };

/** A named set of a deno.json, as Deno takes it. Kinds that are absent are not granted. */
export type PermissionSet = Readonly<
  Partial<Record<PermissionKind, PermissionList>>
>;

/** The least flags for hosting a set, `--deny-net` among them. Paths below `cwd` are relative to it. */
export function hostingFlags(
  { needs, closed }: HostingNeeds,
  cwd: string,
): string[] {
  const flags = leastFlags(needs.map((need) => need.request), cwd);
  const deny = closed.denied.map(({ range }) => range).join(",");
  return deny === ""
    ? flags
    : flags.flatMap((flag) =>
      flag === "--allow-net" ? [flag, `--deny-net=${deny}`] : [flag]
    );
}

/**
 * The same as a set for the deno.json in `folder`, which Deno reads relative
 * paths from. A comma in a path stands for itself there.
 */
export function permissionSet(
  { needs, closed }: HostingNeeds,
  folder: string,
): PermissionSet {
  const requests = needs.map((need) => need.request);
  const set: Partial<Record<PermissionKind, PermissionList>> = {};
  for (const kind of KINDS) {
    const targets = leastTargets(kind, requests);
    if (targets === undefined) continue;
    const deny = kind === "net" ? closed.denied.map(({ range }) => range) : [];
    set[kind] = targets !== true
      ? targets.map((target) => shownTarget(kind, target, folder))
      : deny.length > 0
      ? { allow: true, deny }
      : true;
  }
  return set;
}
