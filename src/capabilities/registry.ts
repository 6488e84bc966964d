/**
 * The capabilities that a host offers.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { CellSpec } from "../manifest/spec.ts";
import { didYouMean } from "../nearest.ts";
import {
  DeniedError,
  denoQuery,
  judge,
  type PermissionQuery,
  type Requirement,
  type Verdict,
} from "../permissions/verdict.ts";
import type {
  Capability,
  HostEnv,
  ImportShape,
  ImportShapes,
} from "./capability.ts";
import { CONTRACT } from "./contract.ts";
import { environmentRows, hostRow, hostRows } from "./host_rows.ts";
import {
  checkCapability,
  requestsOf,
  setUp,
  tearDown,
} from "./own_capability.ts";

/** How an import of a cell is to be bound. */
export interface Binding {
  /** The capability that has the function. */
  readonly capability: string;
  /** How cells import it. */
  readonly shape: ImportShape;
  /** The capability to bind, or absent for a stub. */
  readonly bound?: Capability;
}

// Extensions are process-wide by their nature: a module that registers one is
// loaded for its side effect, before any registry exists.
const extensions: Capability[] = [];

/**
 * Makes a capability part of every `new Registry()` from now on, gated.
 *
 * @throws {PulpError} `usage` when it is not as a {@linkcode Capability} has to
 * be, or one of that name is registered already
 */
export function registerExtension(capability: Capability): void {
  checkCapability(capability);
  if (
    Object.hasOwn(CONTRACT, capability.name) ||
    hostRow(capability.name) !== undefined ||
    extensions.some((e) => e.name === capability.name)
  ) {
    throw new PulpError(
      "usage",
      `Cannot register "${capability.name}": the name is taken`,
    );
  }
  extensions.push(capability);
}

/** The capabilities that a host offers, by name and by function. */
export class Registry {
  readonly #always = new Map<string, Capability>();
  readonly #gated = new Map<string, Capability>();
  readonly #setups = new Map<Capability, Promise<void>>();

  /** A registry that holds the extensions registered so far and nothing else. */
  constructor() {
    for (const extension of extensions) this.gated(extension);
  }

  /**
   * Adds a capability that every cell gets, whether it declares it or not.
   *
   * @throws {PulpError} `usage` when it is not as a {@linkcode Capability} has
   * to be, or the registry holds one of that name
   */
  always(capability: Capability): this {
    return this.#add(this.#always, capability);
  }

  /**
   * Adds a capability that a cell gets when its manifest declares it and Deno grants it.
   *
   * @throws {PulpError} as `always`
   */
  gated(capability: Capability): this {
    return this.#add(this.#gated, capability);
  }

  /** The capability of that name, if the registry holds it. */
  get(name: string): Capability | undefined {
    return this.#gated.get(name) ?? this.#always.get(name);
  }

  /** The names of all capabilities, in the order in which they were added. */
  names(): string[] {
    return [...this.#always.keys(), ...this.#gated.keys()];
  }

  /**
   * What a cell needs of Deno, a row for each capability that it declares.
   *
   * @throws {PulpError} `host` or `permission` when `permissions` of a
   * capability of your own fails
   */
  requirements(spec: CellSpec, env: HostEnv): Requirement[] {
    const rows = hostRows(spec, env);
    const always = [...this.#always.keys()].filter((name) =>
      !spec.capabilities.includes(name)
    );
    for (const name of [...always, ...spec.capabilities]) {
      const capability = this.get(name);
      const requests = capability === undefined
        ? []
        : requestsOf(capability, spec, env);
      if (capability === undefined) {
        rows.push({
          capability: name,
          declaredIn: "capabilities",
          unknown: this.#unknown(name),
          requests,
        });
      } else if (spec.capabilities.includes(name) || requests.length > 0) {
        rows.push({ capability: name, declaredIn: "capabilities", requests });
      }
    }
    return [...rows, ...environmentRows(spec)];
  }

  /**
   * Whether both keys turn, for each capability of a cell. Asks Deno and never
   * prompts; compiles and runs nothing of the guest.
   *
   * @throws {PulpError} as `requirements`
   */
  verdict(
    spec: CellSpec,
    env: HostEnv,
    query: PermissionQuery = denoQuery,
  ): Verdict {
    return judge(spec, this.requirements(spec, env), query);
  }

  /**
   * The verdict, when it lets the cell start.
   *
   * @throws {DeniedError} when it does not
   */
  demand(spec: CellSpec, env: HostEnv): Verdict {
    const verdict = this.verdict(spec, env);
    if (!verdict.granted) throw new DeniedError([verdict]);
    return verdict;
  }

  /** How the import `pulp.<name>` is bound for a cell; `undefined` when nothing provides it. */
  binding(
    spec: Pick<CellSpec, "capabilities">,
    name: string,
  ): Binding | undefined {
    for (const capability of this.#always.values()) {
      const shape = own(capability.stubs, name);
      if (shape !== undefined) {
        return { capability: capability.name, shape, bound: capability };
      }
    }
    for (const capability of this.#gated.values()) {
      const shape = own(capability.stubs, name);
      if (shape === undefined) continue;
      const declared = spec.capabilities.includes(capability.name);
      return {
        capability: capability.name,
        shape,
        ...(declared ? { bound: capability } : {}),
      };
    }
    for (const [capability, stubs] of Object.entries(CONTRACT)) {
      const shape = own(stubs, name);
      if (shape !== undefined) return { capability, shape };
    }
    return undefined;
  }

  /** Every function that an import may name, for near misses. */
  functions(): string[] {
    const stubs = [...this.#always.values(), ...this.#gated.values()].map((c) =>
      c.stubs
    );
    return [
      ...new Set(
        [...stubs, ...Object.values(CONTRACT)].flatMap((shapes) =>
          Object.keys(shapes)
        ),
      ),
    ];
  }

  /**
   * Runs `setup` of what a cell gets, once for each capability; again where it
   * failed.
   *
   * @throws {PulpError} `host` or `permission` when one of your own fails
   */
  async setup(env: HostEnv, spec: CellSpec): Promise<void> {
    for (const capability of this.#all()) {
      if (
        !this.#always.has(capability.name) &&
        !spec.capabilities.includes(capability.name)
      ) continue;
      await (this.#setups.get(capability) ?? this.#setUp(capability, env));
    }
  }

  /**
   * Runs `teardown` of what was set up, the last added first. All of them are
   * run; then it throws what the first one threw that failed, or did not end in time.
   */
  async teardown(): Promise<void> {
    const failures: unknown[] = [];
    for (const capability of this.#all().reverse()) {
      if (!this.#setups.delete(capability)) continue;
      try {
        await tearDown(capability, LIMITS.teardownMs);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  #setUp(capability: Capability, env: HostEnv): Promise<void> {
    const running = setUp(capability, env);
    this.#setups.set(capability, running);
    // What was not set up is tried again, and is not torn down.
    running.catch(() => this.#setups.delete(capability));
    return running;
  }

  #all(): Capability[] {
    return [...this.#always.values(), ...this.#gated.values()];
  }

  #add(to: Map<string, Capability>, capability: Capability): this {
    checkCapability(capability, "add");
    if (this.get(capability.name) !== undefined) {
      throw new PulpError(
        "usage",
        `Cannot add "${capability.name}": the registry holds it already`,
      );
    }
    to.set(capability.name, capability);
    return this;
  }

  #unknown(name: string): string {
    if (Object.hasOwn(CONTRACT, name)) {
      return "this host knows the capability but does not offer it";
    }
    const known = [...new Set([...this.names(), ...Object.keys(CONTRACT)])];
    const near = didYouMean(name, known);
    return `no such capability${near || "; one of your own comes with --ext"}`;
  }
}

function own(shapes: ImportShapes, name: string): ImportShape | undefined {
  return Object.hasOwn(shapes, name) ? shapes[name] : undefined;
}
