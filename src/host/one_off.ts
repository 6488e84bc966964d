/**
 * A cell for one command: on this thread when the process can be narrowed to
 * what the cell may do, otherwise in a worker.
 *
 * @module
 */

import type { HostEnv } from "../capabilities/capability.ts";
import type { Registry } from "../capabilities/registry.ts";
import { loadOwn } from "../cell/load.ts";
import type { Logger } from "../logger.ts";
import type { CellSpec } from "../manifest/spec.ts";
import type { Verdict } from "../permissions/verdict.ts";
import {
  canBlock,
  hostedEnv,
  workerPermissions,
} from "./worker_permissions.ts";

/** What a command may do with its cell. The same on this thread and in a worker. */
export interface OneOffCell extends AsyncDisposable {
  /** As `Cell.step`. */
  step(payload?: Uint8Array): Promise<number>;
  /** As `Cell.call`. */
  call(name: string, args?: Uint8Array): Promise<Uint8Array>;
  /** As `Cell.shutdown`. */
  shutdown(): Promise<void>;
}

/** What a one-off cell is made with. */
export interface OneOffOptions {
  readonly registry: Registry;
  readonly env: HostEnv;
  readonly logger: Logger;
  /** For who waits for a cell that runs for over a second. Default: nothing. */
  readonly notice?: Notice | undefined;
}

/** What is said of a cell that runs long, once. */
export interface Notice {
  readonly text: string;
  /**
   * Says it, where the cell has a worker. On this thread the cell would be in
   * the way, and the thread that watches writes the text to standard error.
   */
  say(text: string): void;
}

/** Every kind of permission that Deno has. */
const KINDS = [
  "read",
  "write",
  "net",
  "env",
  "run",
  "sys",
  "ffi",
  "import",
] as const;

/** How to keep a cell within its grants. */
export interface Confinement {
  /** Whether it takes a worker. */
  readonly worker: boolean;
  /** The kinds that the process has to give up when it does without. */
  readonly revoke: readonly (typeof KINDS)[number][];
}

/**
 * Decides how a cell is kept within its grants. A kind that the cell needs
 * nothing of can be given up by the whole process. Of a kind that it needs
 * some of, the process may hold more, and Deno does not say what.
 */
export function confinement(verdict: Verdict): Confinement {
  const grants = workerPermissions(verdict) as Readonly<
    Record<string, true | false | readonly string[] | undefined>
  >;
  const revoke: (typeof KINDS)[number][] = [];
  let worker = false;
  for (const kind of KINDS) {
    const grant = grants[kind];
    if (grant === true) continue;
    if (grant === undefined || grant === false || grant.length === 0) {
      revoke.push(kind);
    } else worker = true;
  }
  return { worker, revoke };
}

/**
 * Whether a one-off cell has to have a worker. A statement that SQLite never
 * ends can be left behind there; on this thread nothing would end it.
 */
function needsWorker(
  spec: CellSpec,
  registry: Registry,
  env: HostEnv,
): boolean {
  return canBlock(spec) || confinement(registry.verdict(spec, env)).worker;
}

/** What is offered to a one-off cell: to its worker, when it has to have one. */
export function oneOffEnv(
  spec: CellSpec,
  registry: Registry,
  env: HostEnv,
): HostEnv {
  return needsWorker(spec, registry, env) ? hostedEnv(env) : env;
}

/**
 * Loads and initialises a cell. The process keeps no more permissions than
 * the cell may use, unless the cell gets a worker.
 *
 * @throws {DeniedError} when a key is missing, the one to the modules of a worker with extensions among them
 * @throws {PulpError} as `load` and `Cell.init`
 */
export async function openOneOff(
  spec: CellSpec,
  options: OneOffOptions,
): Promise<OneOffCell> {
  const { registry, env, logger, notice } = options;
  if (needsWorker(spec, registry, env)) {
    // Most cells that are called once need no worker.
    const { openInWorker } = await import("./worker_one_off.ts");
    return await openInWorker(spec, { ...options, env: hostedEnv(env) });
  }
  const { revoke } = confinement(registry.verdict(spec, env));
  const narrow = (): void => {
    for (const name of revoke) {
      Deno.permissions.revokeSync({ name } as Deno.PermissionDescriptor);
    }
  };
  const cell = await loadOwn(spec, {
    registry,
    env,
    logger,
    beforeGuest: narrow,
    notice: notice?.text,
  });
  try {
    await cell.init();
  } catch (error) {
    await cell.close();
    throw error;
  }
  return cell;
}
