/**
 * What the tests of `compile` start from.
 *
 * @module
 */

/** Deno compiles onto it without a word; the file does not start. */
export const STAND_IN = { DENORT_BIN: Deno.execPath() };

/** The extension of the cell `visits`, from the root of the project. */
export const EXT = "cells/visits/kv_extension.ts";

/** Whether something is at a path. */
export async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
