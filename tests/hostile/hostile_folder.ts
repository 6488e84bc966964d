/**
 * Folders of hostile cells.
 *
 * @module
 */

import type { CellSpec } from "../../src/manifest/spec.ts";
import type { TempDir } from "../../src/testing/cell_folder.ts";
import { type HostileCase, isLate } from "./hostile_case.ts";
import { assemble, moduleText } from "./hostile_cell.ts";

/** Deadline of what is known to end in time; long, as machines may be busy. */
const AMPLE_MS = 20_000;

/**
 * Makes the folder of one hostile cell. `lateMs` is the deadline of one that
 * ends by it. `more` are lines of its manifest.
 */
export async function hostileCell(
  dir: TempDir,
  name: string,
  hostile: HostileCase,
  lateMs: number,
  more = "",
): Promise<CellSpec> {
  return await dir.cell(
    name,
    await assemble(await moduleText(name)),
    `call_timeout_ms = ${isLate(hostile) ? hostile.lateMs ?? lateMs : AMPLE_MS}
${more}
${hostile.manifest ?? ""}
`,
  );
}
