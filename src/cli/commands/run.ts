/**
 * `run`: hosts cells until a signal, or the control socket, asks it to stop.
 *
 * @module
 */

import { EXIT } from "../../errors.ts";
import { Host } from "../../host/host.ts";
import { hostedEnv } from "../../host/worker_permissions.ts";
import type { ParsedArgs } from "../args.ts";
import {
  grantedCells,
  hostEnv,
  openRegistry,
  requireManifests,
} from "../cell_set.ts";
import type { Invocation } from "../command.ts";
import { openControl } from "../control_server.ts";
import { logSettings, openHostLog } from "../logging.ts";
import { tlsOf } from "../tls.ts";
import { StopSignal } from "../stop_signal.ts";

/** Runs the command. */
export async function run(invocation: Invocation): Promise<number> {
  const { args, io } = invocation;
  const manifests = namedManifests(args);
  requireManifests(manifests);
  const env = hostedEnv(hostEnv(args, io));
  const registry = await openRegistry(env);
  const specs = await grantedCells(manifests, registry, () => env, invocation);
  const tls = await tlsOf(env);
  using log = await openHostLog(logSettings(args, io), io);
  const { logger } = log;
  // Heard before the start, so that a stop during it is an orderly one too.
  using stop = new StopSignal(io);
  const host = await Host.start(specs, {
    registry,
    env: { ...env, ...tls },
    logger,
  });
  const control = await openControl(args, host, logger, io);
  const ends: Promise<string | void>[] = [stop.received];
  if (control !== undefined) ends.push(control.ended);
  const signal = await Promise.race(ends);
  if (typeof signal === "string") {
    logger.log("info", "signal received", { signal });
  } else {
    logger.log("info", "all cells shut down via control socket; exiting");
  }
  await host.shutdown();
  // Behind the host: who asked for something meanwhile is answered.
  await control?.close();
  logger.log("info", "pulp exit clean");
  return EXIT.ok;
}

function namedManifests(args: ParsedArgs): string[] {
  const old = args.list("manifest").flatMap((list) => list.split(","));
  return [...args.operands, ...old.map((it) => it.trim()).filter(Boolean)];
}
