/**
 * One permission that hosting a set takes, and who asks for it.
 *
 * @module
 */

import type { PermissionRequest } from "../permissions/request.ts";

/** What stands for a capability where the control socket asks. */
export const CONTROL_NEED = "control";

/** One permission that hosting a set takes. */
export interface HostingNeed {
  /** What Deno has to grant, and why. */
  readonly request: PermissionRequest;
  /**
   * What of the cell asks: a capability, or `module`, `worker`, `tls`,
   * `extension`, `environment`. `control` for the control socket.
   */
  readonly capability: string;
  /** The cell that asks. Absent for what no cell needs: a host goes on without. */
  readonly cell?: string;
}
