/**
 * What Deno has to grant for hosting a set, and who asked for it.
 *
 * @module
 */

import type { HostEnv } from "../capabilities/capability.ts";
import type { Registry } from "../capabilities/registry.ts";
import type { CellSpec } from "../manifest/spec.ts";
import { DeniedError } from "../permissions/verdict.ts";
import { type ClosedNet, closedNet } from "./closed_net.ts";
import { controlPermissions } from "./control/access.ts";
import { CONTROL_NEED, type HostingNeed } from "./need.ts";
import { hostedEnv } from "./worker_permissions.ts";

/** All that hosting a set takes. */
export interface HostingNeeds {
  /** Cell by cell in the order of the set; one permission may be asked for several times. */
  readonly needs: readonly HostingNeed[];
  /** What `--deny-net` has to close where the whole of net is granted. */
  readonly closed: ClosedNet;
}

/** What a host has besides its cells. */
export interface HostingOptions {
  /** Absolute path of the control socket. Absent = none. */
  readonly ctl?: string;
}

/**
 * What hosting a set takes, derived from manifests and options alone: nothing
 * is read, and Deno is not asked for anything.
 *
 * @param env as `run` has it; the modules of workers that load extensions are added here
 * @throws {DeniedError} `manifest` when a manifest declares what nothing offers
 */
export function hostingNeeds(
  specs: readonly CellSpec[],
  registry: Registry,
  env: HostEnv,
  { ctl }: HostingOptions = {},
): HostingNeeds {
  const hosted = hostedEnv(env);
  const verdicts = specs.map((spec) =>
    registry.verdict(spec, hosted, () => "granted")
  );
  if (!verdicts.every((verdict) => verdict.granted)) {
    throw new DeniedError(verdicts);
  }
  const ofCells = verdicts.flatMap(({ cell, capabilities }): HostingNeed[] =>
    capabilities.flatMap(({ capability, permissions }) =>
      permissions.map(({ request }) => ({ request, capability, cell }))
    )
  );
  const ofControl = ctl === undefined ? [] : controlPermissions(ctl).map(
    (request): HostingNeed => ({ request, capability: CONTROL_NEED }),
  );
  const needs = [...ofCells, ...ofControl];
  return { needs, closed: closedNet(needs) };
}
