/**
 * The program of a cell's worker, for any cell.
 *
 * @module
 */

import { serveCell } from "./cell_runtime.ts";

serveCell();
