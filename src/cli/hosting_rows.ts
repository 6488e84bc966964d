/**
 * What hosting a set takes, a row for each permission.
 *
 * @module
 */

import type { HostingNeed } from "../host/need.ts";
import type { PermissionKind } from "../permissions/request.ts";
import { KINDS } from "./command_line.ts";

/** One permission, and everybody who asks for it. */
export interface HostingRow {
  readonly kind: PermissionKind;
  /** Absent for the whole of the kind. */
  readonly target?: string;
  /** Why, in a few words each. */
  readonly reasons: readonly string[];
  /** See {@linkcode HostingNeed.capability}. */
  readonly capabilities: readonly string[];
  /** The cells that ask; none where the host goes on without it. */
  readonly cells: readonly string[];
}

/** The rows in the order of the flags, and then in that of the set. */
export function hostingRows(needs: readonly HostingNeed[]): HostingRow[] {
  return KINDS.flatMap((kind) => {
    const ofKind = needs.filter((need) => need.request.kind === kind);
    const targets = new Set(ofKind.map((need) => need.request.target));
    return [...targets].map((target): HostingRow => {
      const same = ofKind.filter((need) => need.request.target === target);
      return {
        kind,
        ...(target === undefined ? {} : { target }),
        reasons: unique(same.map((need) => need.request.reason)),
        capabilities: unique(same.map((need) => need.capability)),
        cells: unique(same.flatMap((need) => need.cell ?? [])),
      };
    });
  });
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items)];
}
