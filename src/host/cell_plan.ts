/**
 * What a hosted cell runs as, and how that is found out.
 *
 * @module
 */

import type { HostEnv } from "../capabilities/capability.ts";
import type { Registry } from "../capabilities/registry.ts";
import { CONTRACT } from "../capabilities/contract.ts";
import { type CellModule, openModule } from "../cell/cell_module.ts";
import type { CompiledCell } from "../cell/compile.ts";
import { environOf } from "../cell/load.ts";
import { messageOf, PulpError } from "../errors.ts";
import type { CellSpec } from "../manifest/spec.ts";
import { DeniedError } from "../permissions/verdict.ts";
import type { Compiler } from "./compiler.ts";
import {
  listensAnywhere,
  listensItself,
  workerPermissions,
} from "./worker_permissions.ts";

/** A module that is ready to run. */
export interface ReadyModule {
  readonly compiled: CompiledCell;
  /** Of the file, 64 hex digits. */
  readonly sha256: string;
}

/** All that makes a cell: what of it changes makes it another one. */
export interface CellPlan extends ReadyModule {
  readonly spec: CellSpec;
  /** `NAME=value` entries that the guest may see. */
  readonly environ: readonly string[];
  /** What the worker gets. */
  readonly permissions: Deno.PermissionOptionsObject;
  /** Whether the worker accepts HTTP requests itself. */
  readonly listens: boolean;
}

/** What plans are made with. */
export interface PlannerOptions {
  readonly registry: Registry;
  readonly env: HostEnv;
  readonly compiler: Compiler;
  /** Whether workers have capabilities that are not built in. */
  readonly hasExtensions: boolean;
  /** Whether no worker may have a listener. */
  readonly front: boolean;
}

/** Makes the plans of a host. Nothing of a module is read before the verdict. */
export class Planner {
  readonly #options: PlannerOptions;

  /** Prepares. */
  constructor(options: PlannerOptions) {
    this.#options = options;
  }

  /**
   * Plans for some cells of a set. What a cell runs as already, by `known`, is
   * used again as far as it is the same: the very same plan for one that has
   * not changed at all.
   *
   * @throws {DeniedError} when a key is missing for one of them
   * @throws {PulpError} with all that is wrong with their modules
   */
  async plans(
    specs: readonly CellSpec[],
    set: readonly CellSpec[],
    known: (name: string) => CellPlan | undefined = () => undefined,
  ): Promise<CellPlan[]> {
    const { registry, env } = this.#options;
    const verdicts = specs.map((spec) => registry.verdict(spec, env));
    if (verdicts.some((verdict) => !verdict.granted)) {
      throw new DeniedError(verdicts);
    }
    const modules = await all(specs, (spec) => this.#open(spec));
    const ready = await all(modules, (module) => {
      const before = known(module.spec.name);
      return isSameModule(before, module)
        ? Promise.resolve(before)
        : this.#ready(module);
    });
    return specs.map((spec, index): CellPlan => {
      const { compiled, sha256 } = ready[index]!;
      const before = known(spec.name);
      if (before !== undefined && isSameSpec(before.spec, spec)) {
        return before.compiled === compiled
          ? before
          : { ...before, compiled, sha256 };
      }
      const listens = !this.#options.front && listensItself(spec, set) &&
        !listensAnywhere(spec, compiled);
      return {
        spec,
        compiled,
        sha256,
        environ: environOf(spec),
        permissions: workerPermissions(verdicts[index]!, listens),
        listens,
      };
    });
  }

  /** Reads and compiles the module of a cell again. */
  async module(spec: CellSpec): Promise<ReadyModule> {
    return await this.#ready(await this.#open(spec));
  }

  /** The module of a cell, when its worker will have all that it imports. */
  async #open(spec: CellSpec): Promise<CellModule> {
    const { registry, hasExtensions } = this.#options;
    const module = await openModule(spec, registry);
    if (hasExtensions) return module;
    const used = [
      ...spec.capabilities,
      ...module.info.imports.flatMap(({ module, name }) =>
        module === "pulp" ? registry.binding(spec, name)?.bound?.name ?? [] : []
      ),
    ];
    const own = used.find((name) => !Object.hasOwn(CONTRACT, name));
    if (own === undefined) return module;
    throw new PulpError(
      "usage",
      `Cannot host cell "${spec.name}": its worker has no capability "${own}", which is in the registry of this thread`,
      {
        hint:
          "register it in a module, import that, and name its URL in env.extensions",
      },
    );
  }

  async #ready(module: CellModule): Promise<ReadyModule> {
    const { sha256 } = module;
    return { compiled: await this.#options.compiler.compile(module), sha256 };
  }
}

/** Whether what was compiled before is what the file holds; caps are written into it. */
function isSameModule(
  before: CellPlan | undefined,
  { spec, sha256 }: CellModule,
): before is CellPlan {
  return before?.sha256 === sha256 &&
    before.spec.maxMemoryPages === spec.maxMemoryPages;
}

/** Whether two manifests say the same, wherever in the file they say it. */
function isSameSpec(one: CellSpec, other: CellSpec): boolean {
  const text = (spec: CellSpec): string =>
    JSON.stringify({ ...spec, places: {}, config: spec.config.toHex() });
  return text(one) === text(other);
}

/** Does something for each of a set; the problems of all of them make one error. */
async function all<T, U>(
  items: readonly T[],
  task: (item: T) => Promise<U>,
): Promise<U[]> {
  const results = await Promise.allSettled(items.map(task));
  const errors = results.flatMap((result) =>
    result.status === "rejected" ? [result.reason as unknown] : []
  );
  const [first] = errors;
  if (errors.length === 1) throw first;
  if (errors.length > 1) {
    const code = first instanceof PulpError ? first.code : "module";
    throw new PulpError(code, errors.map(messageOf).join("\n"), {
      cause: first,
    });
  }
  return results.flatMap((result) =>
    result.status === "fulfilled" ? [result.value] : []
  );
}
