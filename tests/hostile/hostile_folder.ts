/**
 * Folders of hostile cells.
 *
 * @module
 */

import { TempDir } from "../../src/testing/cell_folder.ts";
import type { CellSpec } from "../../src/manifest/spec.ts";
import { assemble, moduleText } from "./hostile_cell.ts";
import { type HostileCase, TIMEOUT_MS } from "./hostile_case.ts";

/** Makes the folder of one hostile cell. `more` are lines of its manifest. */
export async function hostileCell(
  dir: TempDir,
  name: string,
  { manifest = "" }: Pick<HostileCase, "manifest">,
  more = "",
): Promise<CellSpec> {
  return await dir.cell(
    name,
    await assemble(await moduleText(name)),
    `call_timeout_ms = ${TIMEOUT_MS}\n${more}\n${manifest}\n`,
  );
}
