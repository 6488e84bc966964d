/**
 * The program of a cell's worker, for any cell.
 *
 * @module
 */

import { loadCode } from "../capabilities/builtin.ts";
import { serveCell } from "./cell_runtime.ts";

serveCell({
  capability: loadCode,
  remoteInbound: () => import("./remote_inbound.ts"),
});
