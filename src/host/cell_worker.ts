/**
 * The program of a cell's worker.
 *
 * @module
 */

import { CellRuntime } from "./cell_runtime.ts";
import type { MessageEnd } from "./channel.ts";

new CellRuntime(globalThis as unknown as MessageEnd);
