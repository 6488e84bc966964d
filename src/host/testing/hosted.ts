/**
 * Hosts of cells in the text format, for tests.
 *
 * @module
 */

import { defaultEnv } from "../../cell/load.ts";
import type { CellSpec } from "../../manifest/spec.ts";
import { TempDir, TestLogger } from "../../testing/cell_folder.ts";
import { wat } from "../../testing/wat.ts";
import { Host } from "../host.ts";

/** UTF-8 of a text. */
export const bytes = (text: string): Uint8Array =>
  new TextEncoder().encode(text);

/** Text of UTF-8. */
export const text = (bytes: Uint8Array): string =>
  new TextDecoder().decode(bytes);

/** What {@linkcode hosted} hosts. */
export interface Given {
  /** By name: the module in the text format, and lines of the manifest. */
  readonly cells: Record<string, { wat: string; manifest?: string }>;
}

/** Hosts cells for `use`, and gives what was logged up to the end of the shutdown. */
export async function hosted(
  { cells }: Given,
  use: (
    host: Host,
    logger: TestLogger,
    dir: TempDir,
    specs: CellSpec[],
  ) => Promise<void>,
): Promise<TestLogger> {
  await using dir = new TempDir();
  const logger = new TestLogger();
  const specs: CellSpec[] = [];
  for (const [name, cell] of Object.entries(cells)) {
    specs.push(await dir.cell(name, await wat(cell.wat), cell.manifest));
  }
  await using host = await Host.start(specs, {
    logger,
    env: defaultEnv({ storageRoot: dir.join("data"), listen: "127.0.0.1:0" }),
  });
  await use(host, logger, dir, specs);
  await host.shutdown();
  return logger;
}
