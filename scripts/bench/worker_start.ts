/**
 * What a cell in its worker costs: the time to start it, and its memory.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import { openModule } from "../../src/cell/cell_module.ts";
import { compileCell } from "../../src/cell/compile.ts";
import { defaultEnv } from "../../src/cell/load.ts";
import { builtinRegistry } from "../../src/capabilities/builtin.ts";
import { DeadlineKeeper } from "../../src/host/deadline_keeper.ts";
import { Links } from "../../src/host/links.ts";
import { WorkerCell } from "../../src/host/worker_cell.ts";
import { workerPermissions } from "../../src/host/worker_permissions.ts";
import { silentLogger } from "../../src/logger.ts";
import { readManifest } from "../../src/manifest/parse.ts";
import { type Figure, inTurn, median } from "./rounds.ts";

const root = fromFileUrl(new URL("../..", import.meta.url));
const IDLE = 8;

/** A worker that does nothing; resolves when it is up. */
async function startBare(): Promise<Worker> {
  const worker = new Worker(new URL("./bare_worker.ts", import.meta.url), {
    type: "module",
    deno: { permissions: "none" },
  });
  await new Promise((resolve) => {
    worker.onmessage = resolve;
    worker.postMessage("up");
  });
  return worker;
}

/** A starter of `hello` in a worker; resolves when it is initialised. */
async function cellStarter(): Promise<() => Promise<WorkerCell>> {
  const spec = await readManifest(`${root}cells/hello`);
  const registry = builtinRegistry();
  const env = defaultEnv();
  const compiled = await compileCell(await openModule(spec, registry), true);
  const permissions = workerPermissions(registry.verdict(spec, env));
  const deadlines = new DeadlineKeeper();
  return async () => {
    const cell = new WorkerCell({
      spec,
      env,
      environ: [],
      permissions,
      logger: silentLogger,
      // As a hosted cell has them.
      links: new Links([spec]).of(spec.name),
      onRing: () => {},
      onLate: () => {},
      deadlines,
      onEnd: () => {},
    });
    await cell.start(compiled, 0);
    return cell;
  };
}

/** Resident memory of this process in KiB. */
function residentKib(): number {
  return Deno.memoryUsage().rss / 1024;
}

/** Started as a process of its own: prints how much memory a number of idle ones takes. */
async function idleMemory(kind: string): Promise<void> {
  const start = kind === "cell" ? await cellStarter() : startBare;
  // The first one brings what all of them share.
  const kept: { terminate(): void }[] = [await start()];
  const before = residentKib();
  for (let i = 0; i < IDLE; i++) kept.push(await start());
  // deno-lint-ignore no-console -- the figure is what this process is for
  console.log((residentKib() - before) / IDLE);
  Deno.exit(0);
}

async function measured(kind: "cell" | "bare"): Promise<number> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-read", import.meta.url, kind],
    cwd: root,
  }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return Number(new TextDecoder().decode(stdout));
}

/** Measures milliseconds to start, and KiB of an idle one. */
export async function benchWorkerStart(rounds: number): Promise<Figure[]> {
  const startCell = await cellStarter();
  const timed = async (
    start: () => Promise<{ terminate(): void }>,
  ): Promise<number> => {
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      const began = performance.now();
      const worker = await start();
      times.push(performance.now() - began);
      worker.terminate();
    }
    return median(times);
  };
  await timed(startBare);
  await timed(startCell);
  const time = await inTurn(
    rounds,
    () => timed(startCell),
    () => timed(startBare),
  );
  const memory = await inTurn(
    3,
    () => measured("cell"),
    () => measured("bare"),
  );
  return [{
    name: "start of a cell in its worker",
    ours: `${time.ours.toFixed(1)} ms`,
    limit: `${time.limit.toFixed(1)} ms empty worker`,
    ratio: time.ratio,
    bound: 1.5,
    sense: "at most",
  }, {
    name: "idle cell over an empty worker, MiB",
    ours: `${(memory.ours / 1024).toFixed(1)} MiB`,
    limit: `${(memory.limit / 1024).toFixed(1)} MiB empty worker`,
    ratio: (memory.ours - memory.limit) / 1024,
    bound: 4,
    sense: "at most",
  }];
}

if (import.meta.main) await idleMemory(Deno.args[0] ?? "bare");
