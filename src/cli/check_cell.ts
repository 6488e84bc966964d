/**
 * The findings about one cell: manifest, module, verdict.
 *
 * @module
 */

import type { HostEnv } from "../capabilities/capability.ts";
import type { Registry } from "../capabilities/registry.ts";
import {
  type CellModule,
  openModule,
  readModuleFile,
} from "../cell/cell_module.ts";
import { PULP_MODULE, WASI_MODULE } from "../cell/import_modules.ts";
import { validateCell } from "../cell/compile.ts";
import {
  type OverDeclaration,
  overDeclarations,
} from "../cell/over_declaration.ts";
import { WASI_FUNCTIONS } from "../cell/wasi.ts";
import { EXIT, exitCodeOf } from "../errors.ts";
import type { CellSpec } from "../manifest/spec.ts";
import { DeniedError, type Verdict } from "../permissions/verdict.ts";
import { readModuleInfo } from "../wasm/module_info.ts";
import { readCell } from "./cell_set.ts";
import type { CliIo } from "./io.ts";

/** One import of a module, and what becomes of it. */
export interface ImportReport {
  readonly module: string;
  readonly name: string;
  /** What provides it; absent when nothing does. */
  readonly capability?: string;
  /** `stub`: its capability is not declared, a call returns 99. */
  readonly state: "bound" | "stub" | "unknown";
}

/** A module that could be read. */
export interface ModuleReport {
  readonly bytes: number;
  /** 64 hex digits. */
  readonly sha256: string;
  readonly exports: readonly string[];
  readonly imports: readonly ImportReport[];
}

/** The findings about one cell. What could not be found out is absent. */
export interface CellReport {
  /** The argument that named the manifest. */
  readonly argument: string;
  readonly spec?: CellSpec;
  readonly verdict?: Verdict;
  readonly module?: ModuleReport;
  /** What the manifest declares and the module can't use; no reason to refuse. */
  readonly warnings: readonly OverDeclaration[];
  /** Everything that is wrong, permissions aside. */
  readonly errors: readonly unknown[];
  /** The exit code with which `run` would refuse, or 0. */
  readonly exitCode: number;
}

/** Checks one cell. Does not throw for what is wrong with it. */
export async function checkCell(
  argument: string,
  registry: Registry,
  env: HostEnv,
  io: CliIo,
): Promise<CellReport> {
  let spec: CellSpec;
  try {
    spec = await readCell(argument, io);
  } catch (error) {
    return {
      argument,
      warnings: [],
      errors: [error],
      exitCode: exitCodeOf(error),
    };
  }
  const verdict = registry.verdict(spec, env, (it) => io.queryPermission(it));
  const errors: unknown[] = [];
  if (verdict.capabilities.some((row) => row.state === "unknown")) {
    const { extensionHint } = await import("./extension_hint.ts");
    const hint = await extensionHint([spec], env.extensions ?? [], io);
    errors.push(new DeniedError([verdict], hint));
  }
  const path = spec.wasmPath;
  const isReadable = io.queryPermission({ name: "read", path }) === "granted";
  const read = isReadable
    ? await checkModule(spec, registry, errors)
    : undefined;
  return {
    argument,
    spec,
    verdict,
    warnings: read === undefined
      ? []
      : overDeclarations(spec, read.info, registry),
    errors,
    exitCode: exitCodeWith(verdict, errors),
    ...(read === undefined
      ? {}
      : { module: moduleReport(spec, registry, read) }),
  };
}

/** As in a start: nothing of a module is looked at before the verdict. */
function exitCodeWith(verdict: Verdict, errors: readonly unknown[]): number {
  if (verdict.capabilities.some((row) => row.state === "unknown")) {
    return EXIT.usage;
  }
  if (!verdict.granted) return EXIT.permission;
  return errors.length === 0 ? EXIT.ok : exitCodeOf(errors[0]);
}

/** As much of a module as is reported, whether it would load or not. */
type ReadModule = Pick<CellModule, "bytes" | "info" | "sha256">;

async function checkModule(
  spec: CellSpec,
  registry: Registry,
  errors: unknown[],
): Promise<ReadModule | undefined> {
  try {
    const module = await openModule(spec, registry);
    // As a host would compile it; it makes no code that could run.
    validateCell(module, true);
    return module;
  } catch (error) {
    errors.push(error);
  }
  // Something is wrong with it; what can be read is shown all the same.
  return await readable(spec).catch(() => undefined);
}

/** Reads a module that was refused, as far as that goes. */
async function readable(spec: CellSpec): Promise<ReadModule> {
  const bytes = await readModuleFile(spec.wasmPath);
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
    .toHex();
  return { bytes, sha256, info: readModuleInfo(bytes) };
}

function moduleReport(
  spec: CellSpec,
  registry: Registry,
  { bytes, info, sha256 }: ReadModule,
): ModuleReport {
  return {
    bytes: bytes.length,
    sha256,
    exports: info.exports.map((entry) => entry.name),
    imports: info.imports.map(({ module, name, kind }) => ({
      module,
      name,
      ...(kind === "function"
        ? providerOf(spec, registry, module, name)
        : { state: kind === "memory" ? "bound" : "unknown" }),
    })),
  };
}

function providerOf(
  spec: CellSpec,
  registry: Registry,
  module: string,
  name: string,
): Pick<ImportReport, "capability" | "state"> {
  if (module === WASI_MODULE) {
    return WASI_FUNCTIONS.has(name)
      ? { capability: "wasi", state: "bound" }
      : { state: "unknown" };
  }
  const binding = module === PULP_MODULE
    ? registry.binding(spec, name)
    : undefined;
  if (binding === undefined) return { state: "unknown" };
  const state = binding.bound === undefined ? "stub" : "bound";
  return { capability: binding.capability, state };
}
