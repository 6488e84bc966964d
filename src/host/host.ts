/**
 * A set of cells, hosted together.
 *
 * @module
 */

import { checkCall, checkOptions, checkSpecs } from "../arguments.ts";
import { builtinRegistry } from "../capabilities/builtin.ts";
import type { HostEnv } from "../capabilities/capability.ts";
import type { Registry } from "../capabilities/registry.ts";
import { InboundServer } from "../capabilities/http/inbound_server.ts";
import { defaultEnv } from "../cell/load.ts";
import { PulpError } from "../errors.ts";
import { type Logger, silentLogger } from "../logger.ts";
import { orderSet } from "../manifest/set.ts";
import type { CellSpec } from "../manifest/spec.ts";
import { Planner } from "./cell_plan.ts";
import { Compiler } from "./compiler.ts";
import type { CellState, Member } from "./member.ts";
import { Roster, shuttingDown } from "./roster.ts";
import { hostedEnv } from "./worker_permissions.ts";

/** How a set is hosted. */
export interface HostOptions {
  /**
   * Default: {@linkcode builtinRegistry}. A registry serves one host. It
   * decides what cells may declare; the workers have the built-in ones and
   * what `env.extensions` register.
   */
  readonly registry?: Registry;
  /** Default: silence. */
  readonly logger?: Logger;
  /** Default: {@linkcode defaultEnv}. */
  readonly env?: HostEnv;
  /** Ends the start, and shuts the host down once it has started. */
  readonly signal?: AbortSignal;
  /**
   * Whether cells may be replaced by others of the same name; see
   * {@linkcode Host.replace}. The main thread then has every listener.
   * Default: no.
   */
  readonly replaceable?: boolean;
  /** The program of the cells' workers, for one that registers extensions. Default: the host's own. */
  readonly workerProgram?: URL;
}

/** One cell of a host. */
export interface CellStatus {
  /** The name that the manifest gives. */
  readonly name: string;
  /** Whether it takes calls. */
  readonly state: CellState;
  /** Steps begun. */
  readonly steps: number;
}

/** A set of cells that runs until it is shut down. `await using` shuts it down. */
export class Host implements AsyncDisposable {
  readonly #logger: Logger;
  readonly #env: HostEnv;
  readonly #roster: Roster;
  /** The listeners that cells share, and those that no cell may take with it. */
  readonly #inbound = new InboundServer();
  readonly #compiler: Compiler;
  readonly #planner: Planner;
  readonly #replaceable: boolean;
  readonly #over = new AbortController();
  /** Ends with the last replacement that was asked for. */
  #replacing: Promise<unknown> = Promise.resolve();
  #stopping: Promise<void> | undefined;

  private constructor(specs: readonly CellSpec[], options: HostOptions) {
    const { registry = builtinRegistry(), workerProgram: program } = options;
    this.#logger = options.logger ?? silentLogger;
    this.#env = hostedEnv(
      options.env ?? defaultEnv(),
      program === undefined ? undefined : true,
    );
    this.#replaceable = options.replaceable ?? false;
    this.#compiler = new Compiler(this.#logger);
    this.#planner = new Planner({
      registry,
      env: this.#env,
      compiler: this.#compiler,
      hasExtensions: program !== undefined ||
        (this.#env.extensions?.length ?? 0) > 0,
      front: this.#replaceable,
    });
    this.#roster = new Roster(specs, {
      env: this.#env,
      ...(program === undefined ? {} : { program }),
      inbound: this.#inbound,
      logger: this.#logger,
    });
    // Whoever shuts it down is told how that went.
    const stop = (): void => void this.shutdown().catch(() => {});
    options.signal?.addEventListener("abort", stop, {
      once: true,
      signal: this.#over.signal,
    });
  }

  /**
   * Starts a set of cells in dependency order. One that can't be hosted, or
   * lacks a key, and nothing starts. A cell that fails while it starts takes
   * only the cells with it that depend on it. A deno.json has to say
   * `"unstable": ["worker-options"]`: without it Deno ends the process.
   *
   * @throws {ManifestError} when the set does not fit together
   * @throws {DeniedError} when a key is missing
   * @throws {PulpError} when a module can't be used, or no cell came up;
   * `usage` when an argument is wrong
   * @throws the reason of `signal`, when that ended the start; what had
   * started was shut down
   */
  static async start(
    specs: readonly CellSpec[],
    options: HostOptions = {},
  ): Promise<Host> {
    checkOptions("start a host", options);
    checkSpecs("start a host", specs);
    if (specs.length === 0) {
      throw new PulpError("usage", "Cannot start a host: its set is empty");
    }
    const { signal } = options;
    signal?.throwIfAborted();
    const ordered = orderSet(specs);
    const host = new Host(ordered, options);
    try {
      const plans = await host.#planner.plans(ordered, ordered);
      for (const spec of ordered) host.#boot(spec);
      await host.#roster.start(plans);
      return host;
    } catch (error) {
      await host.shutdown();
      signal?.throwIfAborted();
      throw error;
    }
  }

  /** Every cell of the set and what it does now, in start order. */
  status(): CellStatus[] {
    return this.#roster.members().map(({ spec, state, steps }) => ({
      name: spec.name,
      state,
      steps,
    }));
  }

  /**
   * Calls a function of a cell.
   *
   * @throws {PulpError} `usage` when there is no such cell, otherwise as `Cell.call`
   */
  async call(
    cell: string,
    name: string,
    args: Uint8Array = new Uint8Array(0),
  ): Promise<Uint8Array> {
    const member = this.#roster.member(cell, "call");
    checkCall(cell, name, args);
    return await member.call(name, args);
  }

  /**
   * Shuts one cell down; it stays down. Cells that need it are told code 4.
   *
   * @throws {PulpError} `usage` when there is no such cell
   */
  async stopCell(cell: string): Promise<void> {
    await this.#roster.member(cell, "stop").stop();
  }

  /**
   * Reads the module of a cell again and puts it in the place of the one that
   * runs. It is checked and compiled before the old one goes; calls and
   * requests in between wait. One reload or replacement follows the other.
   *
   * @throws {PulpError} `usage` when there is no such cell; otherwise what is
   * wrong with the new module, and the old one runs on
   */
  async reload(cell: string): Promise<void> {
    const member = this.#roster.member(cell, "reload");
    await this.#inTurn(async () => {
      await member.replace(await this.#planner.module(member.spec));
      this.#replaced(member);
    });
  }

  /**
   * Puts cells in the place of those of the same names: with their modules
   * read again, and with what their manifests say now. What has not changed at
   * all is left alone. As in a start, everything is judged and compiled before
   * an old cell goes; then each is replaced in turn, and gets a worker of its
   * own permissions if its manifest has changed. Calls and requests in between
   * wait, what is on disk stays, and other cells go on.
   *
   * Takes a host that was started with `replaceable`. One replacement follows
   * the other.
   *
   * @returns the names of those that were replaced
   * @throws {ManifestError} when the set would not fit together any more
   * @throws {DeniedError} when a key is missing
   * @throws {PulpError} `usage` when there is no such cell; otherwise why one
   * can't be used or did not come up. All of them are as they were then
   */
  replace(specs: readonly CellSpec[]): Promise<string[]> {
    return this.#inTurn(() => this.#replace(specs));
  }

  /** Shuts the cells down in reverse order and releases everything. Twice is fine. */
  shutdown(): Promise<void> {
    return this.#stopping ??= this.#shutdown();
  }

  /** Shuts the host down. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  /** Behind what was replaced before: what a cell is to be depends on what it is. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#replacing.then(task);
    this.#replacing = result.catch(() => {});
    return result;
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

  async #replace(specs: readonly CellSpec[]): Promise<string[]> {
    checkSpecs("replace cells", specs);
    if (this.#stopping !== undefined) throw shuttingDown();
    if (!this.#replaceable) {
      throw new PulpError(
        "usage",
        "Cannot replace cells: the host was started without replaceable",
      );
    }
    const roster = this.#roster;
    const next = new Map(specs.map((spec) => [spec.name, spec]));
    for (const name of next.keys()) roster.member(name, "replace");
    const set = orderSet(
      roster.specs().map((spec) => next.get(spec.name) ?? spec),
    );
    const plans = await this.#planner.plans(
      set.filter(({ name }) => next.has(name)),
      set,
      (name) => roster.member(name, "replace").plan,
    );
    const replaced = await roster.replace(plans);
    for (const member of replaced) this.#replaced(member);
    await roster.settle(set);
    return replaced.map((member) => member.spec.name);
  }

  /** Takes note that a cell runs as something else, and lets go of what it has no use for. */
  #replaced(member: Member): void {
    const { name: cell, version } = member.spec;
    this.#roster.cameUp(member);
    void this.#inbound.sweep(cell, this.#env.listen).catch(() => {});
    this.#logger.log("info", "cell reloaded", { cell, version });
  }

  async #shutdown(): Promise<void> {
    this.#over.abort();
    this.#compiler.close();
    await this.#roster.stop();
    await this.#inbound.close();
  }
}
