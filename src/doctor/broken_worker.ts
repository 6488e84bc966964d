/**
 * The program of a cell's worker with the broken capability in it, as an
 * extension would bring it. The rest is what every cell runs on.
 *
 * @module
 */

import "./broken_extension.ts";
import "../host/cell_worker.ts";
