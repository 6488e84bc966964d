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

const FETCH = `capabilities = ["transport.http.outbound"]
[permissions]
net = ["127.0.0.1:80"]`;
const FETCH_IMPORT =
  `(import "pulp" "http_fetch" (func (param i32 i32 i32 i32) (result i32)))`;

/**
 * Makes the folder of one hostile cell. `lateMs` is the deadline of one that
 * ends by it. `more` are lines of its manifest. With `waits` all of its entry
 * points go through JSPI, as it could fetch.
 */
export async function hostileCell(
  dir: TempDir,
  name: string,
  hostile: HostileCase,
  lateMs: number,
  more = "",
  waits = false,
): Promise<CellSpec> {
  const text = await moduleText(name);
  return await dir.cell(
    name,
    await assemble(
      waits ? text.replace("(module", `(module ${FETCH_IMPORT}`) : text,
    ),
    `call_timeout_ms = ${isLate(hostile) ? hostile.lateMs ?? lateMs : AMPLE_MS}
${more}
${hostile.manifest ?? ""}
${waits ? FETCH : ""}
`,
  );
}
