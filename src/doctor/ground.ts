/**
 * What the experiments stand on: cells on this thread, cells in workers, and
 * a folder that goes when they are done.
 *
 * @module
 */

import { parseManifest } from "../manifest/parse.ts";
import { resolvePath } from "../manifest/paths.ts";
import type { CellSpec } from "../manifest/spec.ts";
import type { CellModule } from "../cell/cell_module.ts";
import type { LoadOptions } from "../cell/load.ts";
import { hostedEnv } from "../host/worker_permissions.ts";
import { type Logger, silentLogger } from "../logger.ts";
import { messageOf } from "../errors.ts";
import type { PermissionRequest } from "../permissions/request.ts";
import { readModuleInfo } from "../wasm/module_info.ts";
import { NotTried } from "./check.ts";
import { HOSTILE_MODULES } from "./hostile_modules.ts";
import type { ExaminedCell, ExaminedHost, Parts } from "./parts.ts";

/** The name of one of the doctor's modules. */
export type HostileName = keyof typeof HOSTILE_MODULES;

/** The deadline of cells that are to miss it, in milliseconds. */
export const DEADLINE_MS = 400;

/** The deadline of cells that are not, on however busy a machine. */
const GENEROUS_MS = 15_000;

/** A program that every system has, and that does nothing without arguments. */
export const PROGRAM = Deno.build.os === "windows" ? "whoami" : "ln";

const LISTEN = "127.0.0.1:0";

/** A cell on this thread. */
export interface CellOptions {
  /** More of the manifest. */
  readonly manifest?: string;
  /** Default: more than anything takes. */
  readonly timeoutMs?: number;
  /** Default: silence. */
  readonly logger?: Logger;
  /** Replaces what the manifest can't say. */
  readonly spec?: Partial<CellSpec>;
  readonly storageRoot?: string;
  readonly siblings?: LoadOptions["siblings"];
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

/** One cell of a host. */
export interface HostedCell {
  readonly module: HostileName;
  /** More of the manifest. */
  readonly manifest?: string;
  /** Default: more than anything takes. */
  readonly timeoutMs?: number;
}

/** A cell that is closed when its experiment is over. */
export type OpenCell = ExaminedCell & AsyncDisposable;

/** Where experiments are made. */
export class Ground implements AsyncDisposable {
  /** What is examined. */
  readonly parts: Parts;
  /** Absolute path of the folder below which the doctor makes its own. */
  readonly scratchRoot: string;
  #scratch: string | undefined;
  #hosts = 0;

  /** Makes nothing yet. */
  constructor(parts: Parts, scratchRoot: string) {
    this.parts = parts;
    this.scratchRoot = scratchRoot;
  }

  /** What a folder for the experiments needs of Deno. */
  scratchNeeds(): readonly PermissionRequest[] {
    const target = this.scratchRoot;
    return [
      { kind: "read", target, reason: "a folder for the experiments" },
      { kind: "write", target, reason: "a folder for the experiments" },
    ];
  }

  /** What cells need of Deno in workers with modules of the doctor's own in them. */
  ownWorkerNeeds(): readonly PermissionRequest[] {
    const env = { storageRoot: "/", listen: LISTEN };
    const { workerModules } = hostedEnv(env, true);
    return [
      ...this.scratchNeeds(),
      ...(workerModules === undefined ? [] : [{
        kind: "read" as const,
        target: workerModules,
        reason: "the modules of the workers",
      }]),
    ];
  }

  /**
   * What a symbolic link in the folder needs of Deno. Deno itself makes one
   * only for those who may read and write everything; `ln` asks for less.
   */
  linkNeeds(): readonly PermissionRequest[] {
    const reason = "symbolic links";
    return Deno.build.os === "windows"
      ? [{ kind: "read", reason }, { kind: "write", reason }]
      : [...this.scratchNeeds(), { kind: "run", target: PROGRAM, reason }];
  }

  /** Makes a symbolic link. Throws {@linkcode NotTried} when there can't be one. */
  link(target: string, path: string): void {
    try {
      if (Deno.build.os === "windows") {
        return Deno.symlinkSync(target, path, { type: "dir" });
      }
      const { code, stderr } = new Deno.Command(PROGRAM, {
        args: ["-s", "--", target, path],
      }).outputSync();
      if (code !== 0) throw new Error(new TextDecoder().decode(stderr).trim());
    } catch (error) {
      throw new NotTried(
        `no symbolic link can be made: ${messageOf(error)}`,
        error,
      );
    }
  }

  /** A new, empty folder for one experiment. Throws {@linkcode NotTried} when there can't be one. */
  folder(): string {
    try {
      this.#scratch ??= Deno.makeTempDirSync({
        dir: this.scratchRoot,
        prefix: "pulp-doctor-",
      });
      return Deno.makeTempDirSync({ dir: this.#scratch });
    } catch (error) {
      throw new NotTried(
        `no folder can be made in ${this.scratchRoot}: ${messageOf(error)}`,
        error,
      );
    }
  }

  /** Loads one of the doctor's modules onto this thread. */
  async cell(name: HostileName, options: CellOptions = {}): Promise<OpenCell> {
    const { parts } = this;
    const manifest = manifestText(name, options.manifest, options.timeoutMs);
    const spec = {
      ...parseManifest(manifest, resolvePath("/", "doctor/pulp.cell.toml")),
      ...options.spec,
    };
    const { resolve } = options;
    const cell = await parts.load(spec, {
      module: await moduleOf(spec, name),
      registry: parts.registry(resolve === undefined ? {} : { resolve }),
      logger: options.logger ?? silentLogger,
      env: { storageRoot: options.storageRoot ?? "/", listen: LISTEN },
      ...(options.siblings === undefined ? {} : { siblings: options.siblings }),
    });
    return Object.assign(cell, {
      [Symbol.asyncDispose]: () => cell.close(),
    });
  }

  /** Hosts cells in workers; each name is one of a cell. */
  async host(
    cells: Readonly<Record<string, HostedCell>>,
    logger: Logger,
    more: Partial<Parameters<Parts["startHost"]>[1]> = {},
  ): Promise<ExaminedHost & AsyncDisposable> {
    const folder = this.folder();
    const specs: CellSpec[] = [];
    for (const [name, cell] of Object.entries(cells)) {
      const home = resolvePath(folder, `${this.#hosts++}-${name}`);
      Deno.mkdirSync(home);
      const text = manifestText(name, cell.manifest, cell.timeoutMs);
      Deno.writeFileSync(resolvePath(home, "cell.wasm"), bytesOf(cell.module));
      specs.push(parseManifest(text, resolvePath(home, "pulp.cell.toml")));
    }
    const host = await this.parts.startHost(specs, {
      logger,
      env: { storageRoot: resolvePath(folder, "data"), listen: LISTEN },
      ...more,
    });
    return Object.assign(host, {
      [Symbol.asyncDispose]: () => host.shutdown(),
    });
  }

  /** Removes what was made. */
  async [Symbol.asyncDispose](): Promise<void> {
    const scratch = this.#scratch;
    this.#scratch = undefined;
    if (scratch === undefined) return;
    try {
      await Deno.remove(scratch, { recursive: true });
    } catch (error) {
      // Windows keeps a database that a thread without end has open.
      if (Deno.build.os !== "windows") throw error;
    }
  }
}

function manifestText(
  name: string,
  more = "",
  timeoutMs = GENEROUS_MS,
): string {
  return `name = "${name}"\nversion = "1"\ncall_timeout_ms = ${timeoutMs}\n${more}`;
}

function bytesOf(name: HostileName): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(HOSTILE_MODULES[name]);
}

async function moduleOf(
  spec: CellSpec,
  name: HostileName,
): Promise<CellModule> {
  const bytes = bytesOf(name);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return {
    spec,
    bytes,
    info: readModuleInfo(bytes),
    sha256: new Uint8Array(digest).toHex(),
  };
}
