/**
 * The commands for those who make cells and ship them: rows of the table.
 *
 * @module
 */

import type { CommandSpec } from "./command.ts";

/** In the order of the help. */
export const AUTHORING: readonly CommandSpec[] = [];
