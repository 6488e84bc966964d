/**
 * The verdict: for each capability of a cell, whether both keys turn. Pure
 * data, computed before any byte of the guest is compiled.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import type { CellSpec } from "../manifest/spec.ts";
import { descriptorOf, flagOf, type PermissionRequest } from "./request.ts";

/** What one row of a manifest needs, before Deno was asked. */
export interface Requirement {
  /** A capability, or `module` and `environment` for what is not one. */
  readonly capability: string;
  /** Where the manifest asks for it: `capabilities`, `permissions.env`, … */
  readonly declaredIn: string;
  /** Absent when the capability can be bound; otherwise why it can't. */
  readonly unknown?: string;
  /** The permissions that it takes; empty for one that takes none. */
  readonly requests: readonly PermissionRequest[];
}

/** One permission, and what Deno said. */
export interface PermissionVerdict {
  /** What was asked for. */
  readonly request: PermissionRequest;
  /** The flag of `deno run` that grants it. */
  readonly flag: string;
  /** What Deno said: anything but a clear yes is missing. */
  readonly state: "granted" | "missing";
}

/** One capability, and whether both keys turn. */
export interface CapabilityVerdict {
  /** See {@linkcode Requirement.capability}. */
  readonly capability: string;
  /** See {@linkcode Requirement.declaredIn}. */
  readonly declaredIn: string;
  /** `missing`: Deno refuses; `unknown`: the host can't bind it. */
  readonly state: "granted" | "missing" | "unknown";
  /** Each permission that it takes; empty when it is unknown. */
  readonly permissions: readonly PermissionVerdict[];
  /** For `unknown`: why, with the near miss. */
  readonly reason?: string;
}

/** The verdict about one cell. */
export interface Verdict {
  /** The name of the cell. */
  readonly cell: string;
  /** Where its manifest stands. */
  readonly manifestPath: string;
  /** Whether the cell may start: every row is granted. */
  readonly granted: boolean;
  /** A row for each capability, the module and the environment. */
  readonly capabilities: readonly CapabilityVerdict[];
}

/** Asks for the state of one permission, without ever prompting. */
export type PermissionQuery = (
  descriptor: Deno.PermissionDescriptor,
) => Deno.PermissionState;

/** Asks the Deno that this runs on. */
export const denoQuery: PermissionQuery = (
  descriptor,
): Deno.PermissionState => Deno.permissions.querySync(descriptor).state;

/**
 * Judges the requirements of one cell. Whatever can't be decided is missing:
 * a query that throws (a path that isn't one, a malformed host) counts as no.
 */
export function judge(
  spec: CellSpec,
  requirements: readonly Requirement[],
  query: PermissionQuery = denoQuery,
): Verdict {
  const capabilities = requirements.map((requirement): CapabilityVerdict => {
    const { capability, declaredIn, unknown } = requirement;
    if (unknown !== undefined) {
      return {
        capability,
        declaredIn,
        state: "unknown",
        permissions: [],
        reason: unknown,
      };
    }
    const permissions = requirement.requests.map((request) => ({
      request,
      flag: flagOf(request),
      state: ask(request, query),
    }));
    const granted = permissions.every((permission) =>
      permission.state === "granted"
    );
    return {
      capability,
      declaredIn,
      state: granted ? "granted" : "missing",
      permissions,
    };
  });
  const granted = capabilities.every((capability) =>
    capability.state === "granted"
  );
  return {
    cell: spec.name,
    manifestPath: spec.manifestPath,
    granted,
    capabilities,
  };
}

function ask(
  request: PermissionRequest,
  query: PermissionQuery,
): "granted" | "missing" {
  try {
    return query(descriptorOf(request)) === "granted" ? "granted" : "missing";
  } catch {
    return "missing";
  }
}

/** Thrown when a cell may not start: a key is missing for at least one of the set. */
export class DeniedError extends PulpError {
  /** The verdicts about every cell of the set, the granted ones among them. */
  readonly verdicts: readonly Verdict[];

  /** Makes the error for verdicts of which at least one is not granted. */
  constructor(verdicts: readonly Verdict[], hint?: string) {
    const rows = verdicts.flatMap((verdict) =>
      verdict.capabilities
        .filter((row) => row.state !== "granted")
        .map((row) => ({ cell: verdict.cell, row }))
    );
    const unknown = rows.filter(({ row }) => row.state === "unknown");
    // What no flag can mend is an error of the manifest, and comes first.
    super(
      unknown.length > 0 ? "manifest" : "permission",
      (unknown.length > 0 ? unknown : rows).map(({ cell, row }) =>
        describe(cell, row)
      ).join("\n"),
      hint === undefined ? {} : { hint },
    );
    this.name = "DeniedError";
    this.verdicts = verdicts;
  }
}

function describe(cell: string, row: CapabilityVerdict): string {
  if (row.state === "unknown") {
    return `Cannot bind "${row.capability}" for cell "${cell}": ${row.reason}`;
  }
  const flags = row.permissions.filter((p) => p.state === "missing").map((p) =>
    p.flag
  );
  return `Cannot grant "${row.capability}" to cell "${cell}": Deno was not given ${
    flags.join(" ")
  }`;
}
