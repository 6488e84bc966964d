/**
 * A set of cells, hosted together.
 *
 * @module
 */

import { builtinRegistry } from "../capabilities/builtin.ts";
import type { HostEnv } from "../capabilities/capability.ts";
import type { Registry } from "../capabilities/registry.ts";
import type { Cell } from "../cell/cell.ts";
import { type CellModule, openModule } from "../cell/cell_module.ts";
import { defaultEnv, load } from "../cell/load.ts";
import { messageOf, PulpError } from "../errors.ts";
import { type Logger, silentLogger } from "../logger.ts";
import { orderSet } from "../manifest/set.ts";
import type { CellSpec } from "../manifest/spec.ts";
import { DeniedError } from "../permissions/verdict.ts";
import { Driver } from "./driver.ts";
import { Links, mayCall } from "./links.ts";

/** How a set is hosted. */
export interface HostOptions {
  /** Default: {@linkcode builtinRegistry}. A registry serves one host. */
  readonly registry?: Registry;
  /** Default: silence. */
  readonly logger?: Logger;
  /** Default: {@linkcode defaultEnv}. */
  readonly env?: HostEnv;
}

/** What a hosted cell does now. */
export type CellState = "ready" | "failed" | "stopped";

/** One cell of a host. */
export interface CellStatus {
  readonly name: string;
  readonly state: CellState;
  /** Steps begun. */
  readonly steps: number;
}

interface Member {
  readonly cell: Cell;
  readonly driver: Driver;
  state: CellState;
}

/** A set of cells that runs until it is shut down. `await using` shuts it down. */
export class Host implements AsyncDisposable {
  readonly #registry: Registry;
  readonly #logger: Logger;
  readonly #env: HostEnv;
  readonly #links: Links;
  /** In the order in which they were started. */
  readonly #members = new Map<string, Member>();
  readonly #failed = new Map<string, unknown>();
  #stopping: Promise<void> | undefined;

  private constructor(specs: readonly CellSpec[], options: HostOptions) {
    this.#registry = options.registry ?? builtinRegistry();
    this.#logger = options.logger ?? silentLogger;
    this.#env = options.env ?? defaultEnv();
    this.#links = new Links(specs, this.#logger);
  }

  /**
   * Starts a set of cells in dependency order. One that can't be hosted, or
   * lacks a key, and nothing starts. A cell that fails while it starts takes
   * only the cells with it that depend on it.
   *
   * @throws {ManifestError} when the set does not fit together
   * @throws {DeniedError} when a key is missing
   * @throws {PulpError} when a module can't be used, or no cell came up
   */
  static async start(
    specs: readonly CellSpec[],
    options: HostOptions = {},
  ): Promise<Host> {
    const ordered = orderSet(specs);
    const host = new Host(ordered, options);
    const verdicts = ordered.map((spec) =>
      host.#registry.verdict(spec, host.#env)
    );
    if (verdicts.some((verdict) => !verdict.granted)) {
      throw new DeniedError(verdicts);
    }
    const modules = await openAll(ordered, host.#registry);
    for (const { spec } of modules) host.#boot(spec);
    for (const module of modules) await host.#bring(module);
    if (host.#members.size === 0) {
      await host.shutdown();
      throw [...host.#failed.values()][0];
    }
    for (const { driver } of host.#members.values()) driver.start();
    return host;
  }

  /** Every cell of the set and what it does now, in start order. */
  status(): CellStatus[] {
    const members = [...this.#members].map(([name, { state, cell }]) => ({
      name,
      state,
      steps: cell.steps,
    }));
    const failed = [...this.#failed.keys()].map((name) => ({
      name,
      state: "failed" as const,
      steps: 0,
    }));
    return [...members, ...failed];
  }

  /**
   * Calls a function of a cell.
   *
   * @throws {PulpError} `usage` when there is no such cell, otherwise as `Cell.call`
   */
  call(cell: string, name: string, args?: Uint8Array): Promise<Uint8Array> {
    const member = this.#members.get(cell);
    if (member === undefined) {
      throw new PulpError(
        "usage",
        `Cannot call cell "${cell}": the host has no such cell`,
      );
    }
    return member.cell.call(name, args);
  }

  /** Shuts the cells down in reverse order and releases everything. Twice is fine. */
  shutdown(): Promise<void> {
    return this.#stopping ??= this.#shutdown();
  }

  /** Shuts the host down. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  #boot(spec: CellSpec): void {
    this.#logger.log("info", "pulp boot", {
      cell: spec.name,
      version: spec.version,
      manifest: spec.manifestPath,
      wasm: spec.wasmPath,
      capabilities: spec.capabilities,
      provides: spec.provides,
      consumes: spec.consumes,
    });
  }

  /** Loads and initialises one cell, unless something that it needs failed. */
  async #bring(module: CellModule): Promise<void> {
    const { spec } = module;
    const needed = [...this.#failed.keys()].find((name) =>
      this.#needs(spec, name)
    );
    if (needed !== undefined) {
      this.#failed.set(
        spec.name,
        new PulpError(
          "host",
          `Cannot start cell "${spec.name}": "${needed}" failed`,
        ),
      );
      this.#logger.log("error", "cell init aborted", {
        cell: spec.name,
        failed_dep: needed,
      });
      return;
    }
    let cell: Cell | undefined;
    try {
      const steps = {
        told: (_callNumber: number, _event: boolean): void => {},
      };
      cell = await load(spec, {
        registry: this.#registry,
        logger: this.#logger,
        env: this.#env,
        siblings: this.#links.of(spec),
        module,
        onStep: (callNumber, event) => steps.told(callNumber, event),
      });
      await cell.init();
      const member: Member = {
        cell,
        driver: new Driver(cell, this.#logger, () => this.#ended(spec.name)),
        state: "ready",
      };
      steps.told = (callNumber, event) =>
        member.driver.stepped(callNumber, event);
      this.#members.set(spec.name, member);
      this.#links.connect(spec.name, cell);
      this.#logger.log("info", "init complete", { cell: spec.name });
      this.#logger.log("info", "cell ready", {
        cell: spec.name,
        version: spec.version,
      });
    } catch (error) {
      await cell?.close();
      this.#failed.set(spec.name, error);
      this.#logger.log(
        "error",
        cell === undefined ? "load failed" : "init failed",
        {
          cell: spec.name,
          err: messageOf(error),
        },
      );
    }
  }

  #needs(spec: CellSpec, failed: string): boolean {
    const other = this.#links.spec(failed);
    return other !== undefined && mayCall(spec, other);
  }

  #ended(name: string): void {
    const member = this.#members.get(name);
    if (member === undefined) return;
    member.state = "failed";
    this.#links.connect(name, undefined);
    void member.cell.close();
  }

  async #shutdown(): Promise<void> {
    for (const [name, member] of [...this.#members].reverse()) {
      await member.driver.stop();
      this.#links.connect(name, undefined);
      if (member.state === "ready") await this.#stop(member.cell);
      await member.cell.close();
    }
    await this.#registry.teardown();
  }

  async #stop(cell: Cell): Promise<void> {
    try {
      const lastCall = await cell.probeLastCall();
      if (lastCall !== undefined) {
        this.#logger.log("info", "probe last envelope", {
          cell: cell.name,
          last_call: lastCall,
        });
      }
      const marker = await cell.probeConfigMarker();
      if (marker !== undefined) {
        this.#logger.log("info", "probe config marker", {
          cell: cell.name,
          marker,
        });
      }
      await cell.shutdown();
      this.#logger.log("info", "shutdown complete", { cell: cell.name });
    } catch (error) {
      this.#logger.log("error", "shutdown failed", {
        cell: cell.name,
        err: messageOf(error),
      });
    }
  }
}

/** Opens the modules of a set; the problems of all of them make one error. */
async function openAll(
  specs: readonly CellSpec[],
  registry: Registry,
): Promise<CellModule[]> {
  const results = await Promise.allSettled(
    specs.map((spec) => openModule(spec, registry)),
  );
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
