/**
 * A cell of the text format on this thread, for the tests of cells.
 *
 * @module
 */

import { assertRejects } from "@std/assert";
import type { Capability } from "../../capabilities/capability.ts";
import { PulpError } from "../../errors.ts";
import { TempDir } from "../../testing/cell_folder.ts";
import { cellWat, wat } from "../../testing/wat.ts";
import type { Cell } from "../cell.ts";
import { loadOwn, type OwnLoadOptions } from "../load.ts";

/** Parts of a module: see {@linkcode cellWat}. */
export type Wat = Parameters<typeof cellWat>[0];

/** Options of {@linkcode withCell}. */
export type SampleOptions = OwnLoadOptions & {
  /** Lines of the manifest. Default: none but name and version. */
  manifest?: string;
};

/** Loads a cell `sample`, and closes it after `use`. */
export async function withCell(
  source: Wat | string,
  use: (cell: Cell) => Promise<void>,
  options: SampleOptions = {},
): Promise<void> {
  await using dir = new TempDir();
  const text = typeof source === "string" ? source : cellWat(source);
  const spec = await dir.cell("sample", await wat(text), options.manifest);
  await using cell = await loadOwn(spec, options);
  await use(cell);
}

/** The error with which a cell is not loaded. */
export async function refused(
  source: Wat | string,
  options: SampleOptions = {},
): Promise<PulpError> {
  return await assertRejects(
    () => withCell(source, () => Promise.resolve(), options),
    PulpError,
  );
}

/** Answers a call with its arguments. */
export const ECHO =
  `(func (export "pulp_on_call") (param $name i32) (param $nlen i32) (param $args i32) (param $alen i32) (param $p i32) (param $l i32) (result i32)
  (i32.store (local.get $p) (local.get $args)) (i32.store (local.get $l) (local.get $alen)) (i32.const 0))`;

/** A capability `test.sleep` whose function `nap` is this. */
export const sleeper = (
  suspending: boolean,
  fn: () => number | Promise<number>,
): Capability => ({
  name: "test.sleep",
  stubs: { nap: { params: [0], suspending } },
  imports: () => ({ nap: fn }),
});

/** A step that calls `nap`, and gives what that gave. */
export const NAPPER: Wat = {
  imports: `(import "pulp" "nap" (func $nap (result i32)))`,
  without: ["pulp_step"],
  functions:
    `(func (export "pulp_step") (param i32 i32) (result i32) (call $nap))`,
};
