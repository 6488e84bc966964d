/**
 * `run`: hosts cells until a signal, or the control socket, asks it to stop.
 *
 * @module
 */

import { EXIT } from "../../errors.ts";
import { Host } from "../../host/host.ts";
import { hostedEnv } from "../../host/worker_permissions.ts";
import type { Logger } from "../../logger.ts";
import type { ParsedArgs } from "../args.ts";
import {
  grantedCells,
  hostEnv,
  openRegistry,
  requireManifests,
} from "../cell_set.ts";
import type { Invocation } from "../command.ts";
import { openControl } from "../control_server.ts";
import { ListenFailures } from "../listen_failures.ts";
import { logSettings, openHostLog } from "../logging.ts";
import { tlsOf } from "../tls.ts";
import { StopSignal } from "../stop_signal.ts";
import { Unforeseen } from "../unforeseen.ts";
import type { CellWatch, CellWatchOptions } from "../watch.ts";

/** Runs the command. */
export async function run(invocation: Invocation): Promise<number> {
  const { args, io } = invocation;
  const manifests = namedManifests(args);
  requireManifests(manifests);
  const env = hostedEnv(hostEnv(args, io));
  const registry = await openRegistry(env);
  const specs = await grantedCells(manifests, registry, () => env, invocation);
  const tls = await tlsOf(env);
  const settings = logSettings(args, io);
  using log = await openHostLog(settings, io);
  const failures = new ListenFailures(log.logger);
  const { logger } = failures;
  using _unforeseen = new Unforeseen(logger);
  // Heard before the start, which it ends.
  using stop = new StopSignal(io);
  const ending = new AbortController();
  const signalled = stop.received.then((signal) => {
    logger.log("info", "signal received", { signal });
    ending.abort();
  });
  const host = await started(
    Host.start(specs, {
      registry,
      env: { ...env, ...tls },
      logger,
      signal: ending.signal,
      replaceable: env.watch === true,
    }),
    ending.signal,
    failures,
  );
  if (host === undefined) return exitClean(logger);
  const { format } = settings;
  const watch = env.watch === true
    ? await startWatch(manifests, {
      host,
      specs,
      registry,
      env,
      logger,
      format,
      invocation,
      signal: ending.signal,
    })
    : undefined;
  const control = await openControl(args, host, logger, io);
  await Promise.race([
    signalled,
    ...control === undefined ? [] : [control.ended],
  ]);
  if (!ending.signal.aborted) {
    logger.log("info", "all cells shut down via control socket; exiting");
  }
  const watched = watch?.close();
  await host.shutdown();
  await watched;
  // Behind the host: who asked for something meanwhile is answered.
  await control?.close();
  return exitClean(logger);
}

/** The host, unless a signal ended its start: that is an orderly end, too. */
async function started(
  starting: Promise<Host>,
  signal: AbortSignal,
  failures: ListenFailures,
): Promise<Host | undefined> {
  try {
    return await starting;
  } catch (error) {
    if (error === signal.reason) return undefined;
    throw failures.explained(error);
  }
}

function exitClean(logger: Logger): number {
  logger.log("info", "pulp exit clean");
  return EXIT.ok;
}

async function startWatch(
  manifests: readonly string[],
  options: CellWatchOptions,
): Promise<CellWatch> {
  const { CellWatch } = await import("../watch.ts");
  return new CellWatch(manifests, options);
}

function namedManifests(args: ParsedArgs): string[] {
  const old = args.list("manifest").flatMap((list) => list.split(","));
  return [...args.operands, ...old.map((it) => it.trim()).filter(Boolean)];
}
