/**
 * Loading one cell: verdict, checks, instance.
 *
 * @module
 */

import type { HostEnv, SiblingCalls } from "../capabilities/capability.ts";
import { Registry } from "../capabilities/registry.ts";
import { checkOptions, checkSpec } from "../arguments.ts";
import { unlessAborted } from "../in_time.ts";
import { LIMITS } from "../limits.ts";
import { type Logger, silentLogger } from "../logger.ts";
import { resolvePath } from "../manifest/paths.ts";
import type { CellSpec } from "../manifest/spec.ts";
import { denoQuery, type PermissionQuery } from "../permissions/verdict.ts";
import { Cell } from "./cell.ts";
import type { DeadlineWatch } from "./instance_options.ts";
import { compileCell, type CompiledCell } from "./compile.ts";
import { Watchdog } from "./watchdog.ts";
import { type CellModule, openModule } from "./cell_module.ts";

/** How a cell is loaded. */
export interface LoadOptions {
  /** The capabilities on offer. Default: none; a cell that declares one is refused. */
  readonly registry?: Registry;
  /** Takes the host's records and the cell's own. Default: silence. */
  readonly logger?: Logger;
  /** Ends the load, and closes the cell once it is loaded. */
  readonly signal?: AbortSignal;
  /** Where things are kept and offered. Default: {@linkcode defaultEnv}. */
  readonly env?: HostEnv;
  /** Links to other cells. Default: none, and `pulp_call` answers 4 or 11. */
  readonly siblings?: SiblingCalls;
  /** Told after each step that ended well: its number, and whether it took an event. */
  readonly onStep?: (callNumber: number, event: boolean) => void;
  /**
   * Whether `call_timeout_ms` holds. Default: yes; a thread of its own then
   * watches, and the module is rewritten so that it can be stopped.
   */
  readonly deadline?: boolean;
  /** The module of this very manifest, from {@linkcode openModule}. Default: opened now. */
  readonly module?: CellModule;
}

/** What commands say beside that. */
export interface OwnLoadOptions extends LoadOptions {
  /** Runs once everything was read that has to be, before anything of the guest runs. */
  readonly beforeGuest?: () => void;
  /**
   * What the thread that watches writes to standard error once an entry point
   * has run for over a second: this thread can't then. Default: nothing.
   */
  readonly notice?: string | undefined;
}

/**
 * `./data` for storage and `127.0.0.1:8080` for listeners, where `env` does not
 * say something else; the rest of `env` as it is.
 */
export function defaultEnv(env: Partial<HostEnv> = {}): HostEnv {
  return {
    ...env,
    storageRoot: resolvePath(Deno.cwd(), env.storageRoot ?? "data"),
    listen: env.listen ?? LIMITS.listen,
  };
}

/**
 * Loads a cell. Nothing of the guest is compiled or run before the verdict.
 * With `deadline`, a deno.json has to say `"unstable": ["worker-options"]`:
 * without it Deno ends the process. Neither `call_timeout_ms` nor a limit holds
 * for `setup` of a capability: only the `signal` ends the wait for it.
 *
 * @throws {DeniedError} when a key is missing
 * @throws {PulpError} `module` when the module can't be used; `trap`, `exit` or
 * `deadline` when it ends while it starts; `host` or `permission` when a
 * capability of your own fails; `usage` when an argument is wrong
 * @throws the reason of `signal`, when that ended the load
 */
export async function load(
  spec: CellSpec,
  options: LoadOptions = {},
): Promise<Cell> {
  return await loadOwn(spec, options);
}

/** As {@linkcode load}, for the commands. */
export async function loadOwn(
  spec: CellSpec,
  options: OwnLoadOptions,
): Promise<Cell> {
  checkOptions("load a cell", options);
  const registry = options.registry ?? new Registry();
  const env = options.env ?? defaultEnv();
  checkSpec("load a cell", spec);
  options.signal?.throwIfAborted();
  registry.demand(spec, env);
  const module = options.module ?? await openModule(spec, registry);
  await unlessAborted(registry.setup(env, spec), options.signal);
  const environ = environOf(spec);
  const deadline = options.deadline ?? true;
  const compiling = compileCell(module, deadline);
  // To make its thread blocks this one, while V8 compiles on threads of its own.
  const watch = deadline
    ? watchOnThread(spec.callTimeoutMs, options.notice)
    : undefined;
  const compiled = await whenReady(compiling, options).catch((error) => {
    watch?.end();
    throw error;
  });
  return await Cell.instantiate(spec, compiled, {
    registry,
    env,
    logger: options.logger ?? silentLogger,
    environ,
    ...(watch === undefined ? {} : { deadline: watch }),
    ...(options.onStep === undefined ? {} : { onStep: options.onStep }),
    ...(options.siblings === undefined ? {} : { siblings: options.siblings }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
}

/** The module, when the guest may be made of it. */
async function whenReady(
  compiling: Promise<CompiledCell>,
  { signal, beforeGuest }: OwnLoadOptions,
): Promise<CompiledCell> {
  const compiled = await compiling;
  signal?.throwIfAborted();
  beforeGuest?.();
  return compiled;
}

// One thread watches all cells of the process; it lives while there are any.
const watchdog = new Watchdog();

function watchOnThread(timeoutMs: number, notice?: string): DeadlineWatch {
  const pulse = new Int32Array(new SharedArrayBuffer(4));
  return { pulse, ...watchdog.watch(pulse, timeoutMs, notice) };
}

/** Variables that every cell may see when Deno grants them. */
const COMMON_VARIABLES = ["HTTP_PORT", "TZ"];

/** The `NAME=value` entries that both keys open to a cell. */
export function environOf(
  spec: CellSpec,
  query: PermissionQuery = denoQuery,
): string[] {
  const names = new Set([...COMMON_VARIABLES, ...spec.permissions.env ?? []]);
  return [...names].flatMap((name) => {
    if (query({ name: "env", variable: name }) !== "granted") return [];
    const value = Deno.env.get(name);
    return value === undefined || value.includes("\0")
      ? []
      : [`${name}=${value}`];
  });
}
