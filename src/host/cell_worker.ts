/**
 * The program of a cell's worker, for any cell.
 *
 * @module
 */

import { loadCode } from "../capabilities/builtin.ts";
import { CellRuntime } from "./cell_runtime.ts";
import type { MessageEnd } from "./channel.ts";

new CellRuntime(globalThis as unknown as MessageEnd, {
  capability: loadCode,
  remoteInbound: () => import("./remote_inbound.ts"),
});
