/**
 * A cell for one command, in a worker.
 *
 * @module
 */

import { openModule } from "../cell/cell_module.ts";
import { compileCell } from "../cell/compile.ts";
import { environOf } from "../cell/load.ts";
import type { CellSpec } from "../manifest/spec.ts";
import { DeadlineKeeper } from "./deadline_keeper.ts";
import type { OneOffCell, OneOffOptions } from "./one_off.ts";
import { WorkerCell } from "./worker_cell.ts";
import { workerPermissions } from "./worker_permissions.ts";

/**
 * Loads and initialises a cell in a worker with its grants.
 *
 * @throws {DeniedError} when a key is missing
 * @throws {PulpError} as `load` and `Cell.init`
 */
export async function openInWorker(
  spec: CellSpec,
  { registry, env, logger, notice }: OneOffOptions,
): Promise<OneOffCell> {
  const verdict = registry.demand(spec, env);
  const compiled = await compileCell(await openModule(spec, registry), true);
  let ended: unknown;
  const cell = new WorkerCell({
    spec,
    env,
    environ: environOf(spec),
    permissions: workerPermissions(verdict),
    logger,
    later: queueMicrotask,
    onRing: () => {},
    onLate: () => {},
    deadlines: new DeadlineKeeper((text) => notice?.say(text)),
    notice: notice?.text,
    onEnd: (error) => ended ??= error,
  });
  try {
    await cell.start(compiled, 0);
  } catch (error) {
    await cell.close();
    throw error;
  }
  return {
    step: (payload = new Uint8Array(0)) => cell.step(payload),
    call: (name, args = new Uint8Array(0)) => cell.call(name, args),
    shutdown: () => ended === undefined ? cell.stop() : Promise.reject(ended),
    // The process ends behind it, and would leave programs of the cell behind.
    [Symbol.asyncDispose]: () => cell.close(),
  };
}
