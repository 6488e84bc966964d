/**
 * A set of cells, hosted together.
 *
 * @module
 */

import { builtinRegistry } from "../capabilities/builtin.ts";
import type { HostEnv } from "../capabilities/capability.ts";
import type { Registry } from "../capabilities/registry.ts";
import { openModule } from "../cell/cell_module.ts";
import { compileCell, type CompiledCell } from "../cell/compile.ts";
import { InboundServer } from "../capabilities/http/inbound_server.ts";
import { defaultEnv, environOf } from "../cell/load.ts";
import { messageOf, PulpError } from "../errors.ts";
import { type Logger, silentLogger } from "../logger.ts";
import { orderSet } from "../manifest/set.ts";
import type { CellSpec } from "../manifest/spec.ts";
import { LIMITS } from "../limits.ts";
import { DeniedError, type Verdict } from "../permissions/verdict.ts";
import { DeadlineKeeper } from "./deadline_keeper.ts";
import { type CellState, Member } from "./member.ts";
import {
  hostedEnv,
  listensAnywhere,
  listensItself,
  workerPermissions,
} from "./worker_permissions.ts";
import { didYouMean } from "../nearest.ts";
import { Links, mayCall } from "./links.ts";

/** How a set is hosted. */
export interface HostOptions {
  /** Default: {@linkcode builtinRegistry}. A registry serves one host. */
  readonly registry?: Registry;
  /** Default: silence. */
  readonly logger?: Logger;
  /** Default: {@linkcode defaultEnv}. */
  readonly env?: HostEnv;
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
  readonly #registry: Registry;
  readonly #logger: Logger;
  readonly #env: HostEnv;
  readonly #links: Links;
  /** All cells of the set, in the order in which they start. */
  readonly #members = new Map<string, Member>();
  readonly #failed = new Map<string, unknown>();
  readonly #deadlines = new DeadlineKeeper();
  /** The listeners that cells share, and those that no cell may take with it. */
  readonly #inbound = new InboundServer();
  readonly #workerProgram: URL | undefined;
  #lostThreads = 0;
  #stopping: Promise<void> | undefined;

  private constructor(specs: readonly CellSpec[], options: HostOptions) {
    this.#registry = options.registry ?? builtinRegistry();
    this.#logger = options.logger ?? silentLogger;
    this.#env = hostedEnv(options.env ?? defaultEnv());
    this.#links = new Links(specs);
    this.#workerProgram = options.workerProgram;
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
    const modules = await all(
      ordered,
      (spec) => openModule(spec, host.#registry),
    );
    const compiled = await all(modules, (module) => compileCell(module, true));
    for (const spec of ordered) host.#boot(spec);
    for (const [index, spec] of ordered.entries()) {
      await host.#bring(spec, compiled[index]!, verdicts[index]!);
    }
    if (host.#failed.size === ordered.length) {
      await host.shutdown();
      throw [...host.#failed.values()][0];
    }
    for (const member of host.#members.values()) member.drive();
    return host;
  }

  /** Every cell of the set and what it does now, in start order. */
  status(): CellStatus[] {
    return [...this.#members].map(([name, { state, steps }]) => ({
      name,
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
    return await this.#member(cell, "call").call(name, args);
  }

  /**
   * Shuts one cell down; it stays down. Cells that need it are told code 4.
   *
   * @throws {PulpError} `usage` when there is no such cell
   */
  async stopCell(cell: string): Promise<void> {
    await this.#member(cell, "stop").stop();
  }

  /**
   * Reads the module of a cell again and puts it in the place of the one that
   * runs. It is checked and compiled before the old one goes; calls and
   * requests in between wait.
   *
   * @throws {PulpError} `usage` when there is no such cell; otherwise what is
   * wrong with the new module, and the old one runs on
   */
  async reload(cell: string): Promise<void> {
    const member = this.#member(cell, "reload");
    const module = await openModule(member.spec, this.#registry);
    await member.reload(await compileCell(module, true));
    this.#logger.log("info", "cell reloaded", { cell });
  }

  /** Shuts the cells down in reverse order and releases everything. Twice is fine. */
  shutdown(): Promise<void> {
    return this.#stopping ??= this.#shutdown();
  }

  /** Shuts the host down. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  #member(name: string, action: string): Member {
    const member = this.#members.get(name);
    if (member !== undefined) return member;
    const near = didYouMean(name, [...this.#members.keys()]);
    throw new PulpError(
      "usage",
      `Cannot ${action} cell "${name}": the host has no such cell${near}`,
    );
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

  /** Starts one cell, unless something that it needs failed. */
  async #bring(
    spec: CellSpec,
    compiled: CompiledCell,
    verdict: Verdict,
  ): Promise<void> {
    const { name } = spec;
    const listens = listensItself(spec, this.#links.specs()) &&
      !listensAnywhere(spec, compiled);
    const member: Member = new Member(spec, compiled, {
      env: this.#env,
      environ: environOf(spec),
      permissions: workerPermissions(verdict, listens),
      ...(this.#workerProgram === undefined
        ? {}
        : { program: this.#workerProgram }),
      ...(listens ? {} : { inbound: this.#inbound }),
      logger: this.#logger,
      links: this.#links.of(name),
      onRing: (target) => this.#members.get(this.#links.name(target))?.ring(),
      onLate: () => this.#links.abandon(name),
      deadlines: this.#deadlines,
      onState: (state, gone) =>
        state === "ready"
          ? this.#links.open(name)
          : this.#links.close(name, gone),
      loseThread: () => this.#loseThread(name),
    });
    this.#members.set(name, member);
    const needed = [...this.#failed.keys()].find((other) =>
      this.#needs(spec, other)
    );
    try {
      if (needed !== undefined) {
        throw new PulpError(
          "host",
          `Cannot start cell "${name}": "${needed}" failed`,
        );
      }
      await member.start();
    } catch (error) {
      this.#failed.set(name, error);
      const code = error instanceof PulpError ? error.code : "host";
      const message = needed !== undefined
        ? "cell init aborted"
        : code === "init"
        ? "init failed"
        : "load failed";
      const more = needed === undefined
        ? { err: messageOf(error) }
        : { failed_dep: needed };
      this.#logger.log("error", message, { cell: name, ...more });
      return;
    }
    this.#logger.log("info", "init complete", { cell: name });
    this.#logger.log("info", "cell ready", {
      cell: name,
      version: spec.version,
    });
  }

  #loseThread(cell: string): boolean {
    this.#lostThreads++;
    this.#logger.log("error", "thread given up", {
      cell,
      lost: this.#lostThreads,
      most: LIMITS.lostThreads,
    });
    return this.#lostThreads <= LIMITS.lostThreads;
  }

  #needs(spec: CellSpec, failed: string): boolean {
    const other = this.#links.specs().find((spec) => spec.name === failed);
    return other !== undefined && mayCall(spec, other);
  }

  async #shutdown(): Promise<void> {
    for (const member of [...this.#members.values()].reverse()) {
      await member.stop();
    }
    await this.#inbound.close();
  }
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
