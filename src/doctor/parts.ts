/**
 * What the doctor examines: the parts of this host, so that a test can put
 * broken ones in their place.
 *
 * @module
 */

import type { Capability } from "../capabilities/capability.ts";
import { entropy } from "../capabilities/entropy.ts";
import {
  httpOutbound,
  type HttpOutboundOptions,
} from "../capabilities/http_outbound.ts";
import { logging } from "../capabilities/logging.ts";
import { Registry } from "../capabilities/registry.ts";
import { siblingCalls } from "../capabilities/sibling_calls.ts";
import { sqlite } from "../capabilities/sqlite.ts";
import type { Cell } from "../cell/cell.ts";
import { load, type LoadOptions } from "../cell/load.ts";
import { Host, type HostOptions } from "../host/host.ts";
import type { CellSpec } from "../manifest/spec.ts";
import type { Requirement } from "../permissions/verdict.ts";
import { broken } from "./broken_capability.ts";

/** What the doctor uses of a cell. */
export type ExaminedCell = Pick<Cell, "step" | "call" | "close" | "ended">;

/** What the doctor uses of a host. */
export type ExaminedHost = Pick<Host, "call" | "shutdown">;

/** The parts under examination. */
export interface Parts {
  /** Loads a cell onto this thread. */
  load(spec: CellSpec, options: LoadOptions): Promise<ExaminedCell>;
  /** Hosts cells in workers of their own. */
  startHost(
    specs: readonly CellSpec[],
    options: HostOptions,
  ): Promise<ExaminedHost>;
  /** The capabilities of a cell on this thread. */
  registry(outbound: HttpOutboundOptions): Registry;
  /** The capability that tries what its worker may not. */
  broken(): Capability;
}

/** This host. */
export const REAL_PARTS: Parts = {
  load,
  startHost: (specs, options) => Host.start(specs, options),
  registry: (outbound) =>
    new EmbeddedRegistry()
      .always(logging())
      .always(entropy())
      .always(siblingCalls())
      .gated(sqlite())
      .gated(httpOutbound(outbound)),
  broken,
};

/**
 * The registry for cells that come with the program. Nothing is read for
 * them, and each check has asked for what it needs: here it is the host's own
 * wall that is tried, so that no permission of Deno may stand before it.
 */
export class EmbeddedRegistry extends Registry {
  /** Nothing. */
  override requirements(): Requirement[] {
    return [];
  }
}
