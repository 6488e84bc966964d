/**
 * A host of cells that fail when they are asked to.
 *
 * @module
 */

import { ServedProcess } from "../../scripts/served_process.ts";
import type { TempDir } from "../../src/testing/cell_folder.ts";
import { faultyCell } from "./faulty_cell.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Hosts cells that serve `/0`, `/1` and so on. `more` are capabilities beside HTTP. */
export async function serveFaulty(
  dir: TempDir,
  cells: number,
  timeoutMs: number,
  more: readonly string[] = [],
): Promise<ServedProcess> {
  const folders: string[] = [];
  for (let n = 0; n < cells; n++) {
    const name = `faulty_${n}`;
    await dir.cell(
      name,
      await faultyCell(`/${n}`),
      `call_timeout_ms = ${timeoutMs}
capabilities = ${JSON.stringify(["transport.http.inbound", ...more])}`,
    );
    folders.push(dir.join(name));
  }
  return await serve(dir, folders, cells);
}

/** Hosts the cell `notes`, with its data in `dir`. */
export function serveNotes(dir: TempDir): Promise<ServedProcess> {
  return serve(dir, ["cells/notes"], 1);
}

function serve(
  dir: TempDir,
  cells: readonly string[],
  ready: number,
): Promise<ServedProcess> {
  return ServedProcess.start(
    [
      `--allow-read=${ROOT},${dir.path}`,
      `--allow-write=${dir.path}`,
      "--allow-net=127.0.0.1",
      "main.ts",
      "run",
      "--listen=127.0.0.1:0",
      "--storage-root",
      dir.path,
      ...cells,
    ],
    ROOT,
    ready,
  );
}
