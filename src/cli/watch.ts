/**
 * `run --watch`: what changes on disk takes the place of what runs.
 *
 * @module
 */

import { messageOf, PulpError } from "../errors.ts";
import type { HostEnv } from "../capabilities/capability.ts";
import type { Registry } from "../capabilities/registry.ts";
import type { Host } from "../host/host.ts";
import { FailedNeedError } from "../host/roster.ts";
import type { Logger } from "../logger.ts";
import { MANIFEST_NAME } from "../manifest/file.ts";
import { readManifest } from "../manifest/parse.ts";
import { resolvePath } from "../manifest/paths.ts";
import { ManifestError, problemIn } from "../manifest/problems.ts";
import type { CellSpec } from "../manifest/spec.ts";
import type { JudgedCell } from "./cell_set.ts";
import { leastFlags } from "./command_line.ts";
import type { Invocation } from "./command.ts";
import { refusal } from "./denied.ts";
import { type Changes, FileWatch } from "./file_watch.ts";
import type { LogFormat } from "./record_text.ts";
import { RefusedError } from "./refused.ts";

/** What is watched, and what is done about it. */
export interface CellWatchOptions {
  /** Started with `replaceable`. */
  readonly host: Pick<Host, "replace">;
  /** What it runs. */
  readonly specs: readonly CellSpec[];
  readonly registry: Registry;
  readonly env: HostEnv;
  readonly logger: Logger;
  readonly format: LogFormat;
  readonly invocation: Invocation;
  /** Ends the watching. */
  readonly signal: AbortSignal;
}

/** A cell whose files are watched. */
interface WatchedCell {
  /** How the manifest was named. */
  readonly argument: string;
  /** What runs. */
  spec: CellSpec;
  /** The module that the newest manifest names, where that can't run. */
  wantedWasm: string | undefined;
}

/** Reloads cells of a host as their files change, until it is closed. */
export class CellWatch {
  readonly #options: CellWatchOptions;
  readonly #cells: readonly WatchedCell[];
  readonly #files: FileWatch;
  /** Cells of which something has changed. */
  readonly #changed = new Set<WatchedCell>();
  /** Cells that may fit when another one has changed, too. */
  #unfit: readonly WatchedCell[] = [];
  #running: Promise<void> | undefined;
  #isClosed = false;

  /** Watches the files of cells; `manifests` are the arguments that named theirs. */
  constructor(manifests: readonly string[], options: CellWatchOptions) {
    this.#options = options;
    const { cwd } = options.invocation.io;
    this.#cells = manifests.flatMap((argument) => {
      const path = resolvePath(cwd, argument);
      const paths = [path, resolvePath(path, MANIFEST_NAME)];
      const spec = options.specs.find((it) => paths.includes(it.manifestPath));
      return spec === undefined
        ? []
        : [{ argument, spec, wantedWasm: undefined }];
    });
    this.#files = new FileWatch({
      logger: options.logger,
      onChange: (changes) => this.#take(changes),
    });
    this.#files.watch(this.#paths());
    options.signal.addEventListener("abort", () => void this.close());
    options.logger.log("info", "watching", { files: this.#paths() });
  }

  /** Ends the watching at once, and then waits for what is being reloaded. Twice is fine. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#files[Symbol.dispose]();
    await this.#running;
  }

  #paths(): string[] {
    const { io } = this.#options.invocation;
    return this.#cells.flatMap(({ spec, wantedWasm }) => [
      spec.manifestPath,
      spec.wasmPath,
      // Looking at what is not granted would ask at a terminal.
      ...[wantedWasm].filter((path) =>
        path !== undefined &&
        io.queryPermission({ name: "read", path }) === "granted"
      ) as string[],
    ]);
  }

  #take(changes: Changes): void {
    for (const [path, news] of changes) {
      const cells = this.#cells.filter((cell) =>
        [cell.spec.manifestPath, cell.spec.wasmPath, cell.wantedWasm]
          .includes(path)
      );
      for (const cell of cells) {
        if (news === "changed") this.#changed.add(cell);
        else {
          this.#options.logger.log("warn", "watched file is gone", {
            cell: cell.spec.name,
            file: path,
          });
        }
      }
    }
    if (this.#changed.size > 0) this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    while (this.#changed.size > 0 && !this.#isClosed) {
      const changed = [...this.#changed];
      this.#changed.clear();
      await this.#apply(changed);
      this.#files.watch(this.#paths());
    }
    // In the turn that saw nothing left: what comes later begins anew.
    this.#running = undefined;
  }

  /** Reloads what has changed, and what did not fit before and may now. Never throws. */
  async #apply(changed: readonly WatchedCell[]): Promise<void> {
    const wanted = new Map<WatchedCell, CellSpec>();
    const errors = new Map<WatchedCell, unknown>();
    for (const cell of new Set([...changed, ...this.#unfit])) {
      try {
        wanted.set(cell, await this.#read(cell));
      } catch (error) {
        errors.set(cell, error);
      }
    }
    this.#unfit = await this.#replaceEach(wanted, errors);
    if (this.#unfit.length > 1) {
      // Each alone does not fit the others as they were.
      const together = this.#unfit;
      const specs = new Map(together.map((cell) => [cell, wanted.get(cell)!]));
      try {
        await this.#replace(specs);
        for (const cell of together) errors.delete(cell);
        this.#unfit = [];
      } catch {
        // Why each does not fit is told below.
      }
    }
    for (const [cell, spec] of wanted) {
      cell.wantedWasm = errors.has(cell) ? spec.wasmPath : undefined;
    }
    for (const [cell, error] of errors) {
      if (changed.includes(cell)) this.#report(cell, error, wanted.get(cell));
    }
  }

  /**
   * Replaces one cell after the other, again as long as one makes others fit.
   * Returns those that don't fit; `errors` says why each did not go.
   */
  async #replaceEach(
    wanted: ReadonlyMap<WatchedCell, CellSpec>,
    errors: Map<WatchedCell, unknown>,
  ): Promise<readonly WatchedCell[]> {
    let waiting = [...wanted.keys()];
    for (let goesOn = true; goesOn;) {
      goesOn = false;
      const unfit: WatchedCell[] = [];
      for (const cell of waiting) {
        try {
          const spec = wanted.get(cell)!;
          if (await this.#replace(new Map([[cell, spec]]))) goesOn = true;
          errors.delete(cell);
        } catch (error) {
          errors.set(cell, error);
          if (
            error instanceof ManifestError || error instanceof FailedNeedError
          ) unfit.push(cell);
        }
      }
      waiting = unfit;
    }
    return waiting;
  }

  async #read(cell: WatchedCell): Promise<CellSpec> {
    const spec = await readManifest(cell.argument);
    if (spec.name === cell.spec.name) return spec;
    throw new ManifestError([
      problemIn(
        spec,
        "name",
        undefined,
        `cell "${cell.spec.name}" has another name now, "${spec.name}"`,
        "a host that runs keeps the names of its cells: start it anew",
      ),
    ]);
  }

  /** Whether anything was replaced. Throws why it can't be. */
  async #replace(
    next: ReadonlyMap<WatchedCell, CellSpec>,
  ): Promise<boolean> {
    const { host, env, invocation: { argv, io } } = this.#options;
    const cells = this.#cells.map((cell): JudgedCell => {
      const spec = next.get(cell) ?? cell.spec;
      return { argument: cell.argument, spec, verdict: this.#verdict(spec) };
    });
    if (!cells.every((cell) => cell.verdict.granted)) {
      throw await refusal(cells, argv, io, env.extensions);
    }
    const replaced = await host.replace([...next.values()]);
    for (const [cell, spec] of next) cell.spec = spec;
    return replaced.length > 0;
  }

  #verdict(spec: CellSpec): JudgedCell["verdict"] {
    const { registry, env, invocation: { io } } = this.#options;
    return registry.verdict(spec, env, (it) => io.queryPermission(it));
  }

  /** Says why what runs was kept. */
  #report(
    { spec: { name: cell } }: WatchedCell,
    error: unknown,
    wanted: CellSpec | undefined,
  ): void {
    const { logger, format, invocation: { io } } = this.#options;
    // What a host that stops did not do is no news.
    if (this.#isClosed) return;
    const isOurs = error instanceof PulpError;
    const details = error instanceof RefusedError ? error.details : undefined;
    const missing = details === undefined || wanted === undefined
      ? []
      : this.#verdict(wanted).capabilities.flatMap((row) => row.permissions)
        .filter(({ state }) => state === "missing");
    logger.log("error", "cell not reloaded", {
      cell,
      code: isOurs ? error.code : "host",
      err: messageOf(error),
      hint: isOurs ? error.hint : undefined,
      missing: missing.length === 0
        ? undefined
        : leastFlags(missing.map(({ request }) => request), io.cwd).join(" "),
      details: format === "json" ? details : undefined,
    });
    if (format !== "json" && details !== undefined) io.stderr.write(details);
  }
}
