/**
 * A cell that lives for one command: load, init, use, shut down.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import {
  type Notice,
  type OneOffCell,
  oneOffEnv,
  type OneOffOptions,
  openOneOff,
} from "../host/one_off.ts";
import type { Logger } from "../logger.ts";
import type { CellSpec } from "../manifest/spec.ts";
import {
  grantedCells,
  hostEnv,
  openRegistry,
  requireManifests,
} from "./cell_set.ts";
import type { Invocation } from "./command.ts";
import type { CliIo } from "./io.ts";
import { ListenFailures } from "./listen_failures.ts";
import { logSettings, openPlainLog } from "./logging.ts";
import { CLEAR_LINE, Progress } from "./progress.ts";

/**
 * Hands the cell of a manifest to `use` after `pulp_init`, and shuts it down.
 * `before` runs once the cell may run, before its module is loaded.
 *
 * SIGINT is left to the system, which ends the process with 130: a listener
 * would have to wait for a guest that computes.
 */
export async function withCell<T>(
  invocation: Invocation,
  before: () => Promise<T>,
  use: (cell: OneOffCell, prepared: T, spec: CellSpec) => Promise<void>,
): Promise<void> {
  const { args, io } = invocation;
  const manifests = args.operands.slice(0, 1);
  requireManifests(manifests);
  const env = hostEnv(args, io);
  const registry = await openRegistry(env);
  const cells = await grantedCells(
    manifests,
    registry,
    (spec) => oneOffEnv(spec, registry, env),
    invocation,
  );
  const [spec] = cells;
  if (spec === undefined) throw new TypeError("a set of one cell is empty");
  const prepared = await before();
  const settings = logSettings(args, io);
  using log = openPlainLog(settings, io);
  // Released behind the cell: what it holds there is gone by then.
  await using _capabilities = {
    [Symbol.asyncDispose]: () => registry.teardown(),
  };
  const failures = new ListenFailures(log.logger);
  const { logger } = failures;
  // A line among records would be none.
  const isShown = io.stderr.isTerminal && settings.format !== "json";
  const notice = isShown ? noticeOf(spec, io) : undefined;
  await using cell = await opening(spec, { registry, env, logger, notice }, io)
    .catch((error) => {
      throw failures.explained(error);
    });
  try {
    await use(cell, prepared, spec);
  } catch (error) {
    // The cell said no, and is well: it is shut down like any other. What it
    // says then would hide what it said first.
    if (error instanceof PulpError && error.code === "call") {
      await cell.shutdown().catch(() => {});
    }
    throw error;
  }
  await cell.shutdown();
}

/** Opens a cell, and says that it is being made where that takes long: a large module is. */
async function opening(
  spec: CellSpec,
  options: OneOffOptions,
  io: CliIo,
): Promise<OneOffCell> {
  using progress = new Progress(io);
  if (options.notice !== undefined) {
    progress.showIfLong(`loading cell "${spec.name}"`);
  }
  const log: Logger["log"] = (...record) => {
    progress.clear();
    options.logger.log(...record);
  };
  return await openOneOff(spec, { ...options, logger: { log } });
}

/** What is said of a cell that runs for over a second, in place of whatever stands on the line. */
function noticeOf({ name, callTimeoutMs }: CellSpec, io: CliIo): Notice {
  const deadline = `${callTimeoutMs / 1000} s`;
  return {
    text: `${CLEAR_LINE}cell "${name}" has run for over a second; ` +
      `its deadline is ${deadline}, Ctrl-C ends it now\n`,
    say: (text) => io.stderr.write(text),
  };
}
