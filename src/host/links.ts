/**
 * Calls between the cells of a set: along declared links only, and never in
 * a circle.
 *
 * @module
 */

import { CODE } from "../abi/codes.ts";
import type { SiblingCalls } from "../capabilities/capability.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { CellSpec } from "../manifest/spec.ts";

/** A cell that can be called. */
export interface Callee {
  call(name: string, args: Uint8Array): Promise<Uint8Array>;
}

/** Whether a manifest lets `caller` call `target`. */
export function mayCall(caller: CellSpec, target: CellSpec): boolean {
  return caller.dependsOn.includes(target.name) ||
    caller.consumes.includes(target.name) ||
    target.provides.some((name) => caller.consumes.includes(name));
}

/** The links of one set. Knows who waits for whom. */
export class Links {
  readonly #specs: ReadonlyMap<string, CellSpec>;
  readonly #callees = new Map<string, Callee>();
  /** The call that each cell waits for now, if it waits. */
  readonly #waits = new Map<string, { readonly target: string }>();
  readonly #logger: Logger;

  /** Prepares for the cells of a set; none can be called until it is connected. */
  constructor(specs: readonly CellSpec[], logger: Logger) {
    this.#specs = new Map(specs.map((spec) => [spec.name, spec]));
    this.#logger = logger;
  }

  /** What the manifest of a cell of the set says. */
  spec(name: string): CellSpec | undefined {
    return this.#specs.get(name);
  }

  /** The manifests of the set. */
  specs(): CellSpec[] {
    return [...this.#specs.values()];
  }

  /** From now on, calls to a cell go to `callee`; `undefined` while it is down. */
  connect(name: string, callee: Callee | undefined): void {
    // Whatever the last instance waited for, nobody waits for it now.
    this.#waits.delete(name);
    if (callee === undefined) this.#callees.delete(name);
    else this.#callees.set(name, callee);
  }

  /** The calls that one cell may make. */
  of(caller: CellSpec): SiblingCalls {
    return {
      call: (target, name, args) => this.#call(caller, target, name, args),
    };
  }

  async #call(
    caller: CellSpec,
    target: string,
    name: string,
    args: Uint8Array,
  ): Promise<Uint8Array | number> {
    const refuse = (
      message: string,
      code: number,
      more: Record<string, unknown> = {},
    ): number => {
      this.#logger.log("warn", message, {
        caller: caller.name,
        target,
        provider: name,
        ...more,
      });
      return code;
    };
    const spec = this.#specs.get(target);
    const named = spec === undefined
      ? caller.dependsOn.includes(target) || caller.consumes.includes(target)
      : mayCall(caller, spec);
    if (!named) {
      return refuse("pulp_call denied by manifest", CODE.notAllowed, {
        hint:
          `add "${target}" to consumes or depends_on of ${caller.manifestPath}`,
      });
    }
    const circle = this.#circle(caller.name, target);
    if (circle !== undefined) {
      return refuse("pulp_call re-entered", CODE.failed, {
        chain: circle.join(" -> "),
      });
    }
    const callee = this.#callees.get(target);
    if (callee === undefined) {
      return refuse("pulp_call target is down", CODE.failed);
    }
    const wait = { target };
    this.#waits.set(caller.name, wait);
    try {
      return await callee.call(name, args);
    } catch (error) {
      return refuse("pulp_call target failed", CODE.failed, {
        err: messageOf(error),
      });
    } finally {
      // The instance that called may be gone, and another one waits by now.
      if (this.#waits.get(caller.name) === wait) {
        this.#waits.delete(caller.name);
      }
    }
  }

  /**
   * The circle that a call would close. Entry points are serialised, so a cell
   * waits for one other at most, and a circle would wait for itself for ever.
   */
  #circle(caller: string, target: string): string[] | undefined {
    const chain = [caller];
    for (
      let next: string | undefined = target;
      next !== undefined;
      next = this.#waits.get(next)?.target
    ) {
      chain.push(next);
      if (next === caller) return chain;
    }
    return undefined;
  }
}
