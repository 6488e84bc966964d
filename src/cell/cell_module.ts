/**
 * From a manifest to a module that is known to be a cell: read, checked and,
 * after the verdict, compiled.
 *
 * @module
 */

import type { ImportShape } from "../capabilities/capability.ts";
import { countTypes } from "./type_count.ts";
import type { Registry } from "../capabilities/registry.ts";
import { messageOf, PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { CellSpec } from "../manifest/spec.ts";
import { NearMisses } from "../nearest.ts";
import { readUpTo } from "../read_up_to.ts";
import {
  type ModuleImport,
  type ModuleInfo,
  readModuleInfo,
} from "../wasm/module_info.ts";
import { shown } from "../wasm/shown.ts";
import { checkExports, typeText } from "./exports.ts";
import { PULP_MODULE, WASI_MODULE } from "./import_modules.ts";
import { WASI_FUNCTIONS } from "./wasi.ts";

/** What is missing most often where a manifest is and its module is not. */
const BUILD_FIRST =
  'build it first ("deno task build" where "pulp new" made the cell)';

/** A module that passed every check; nothing of it was compiled yet. */
export interface CellModule {
  /** What the manifest says. */
  readonly spec: CellSpec;
  /** The module as it stands on disk. */
  readonly bytes: Uint8Array;
  /** What the bytes say about themselves. */
  readonly info: ModuleInfo;
  /** 64 hex digits. */
  readonly sha256: string;
}

/**
 * Reads the module of a cell and checks what can be checked without compiling
 * it: size, checksum, binary format, exports, imports.
 *
 * @throws {PulpError} `module` naming everything that is wrong; `permission`
 * when Deno refuses to read the file
 */
export async function openModule(
  spec: CellSpec,
  registry: Registry,
): Promise<CellModule> {
  const bytes = await readModuleOf(spec);
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
    .toHex();
  const checksum = checkChecksum(spec, sha256);
  if (checksum !== undefined) {
    throw new PulpError(
      "module",
      `Cannot load "${spec.wasmPath}": ${checksum.message}`,
      { hint: checksum.hint },
    );
  }
  let info: ModuleInfo;
  try {
    info = readModuleInfo(bytes);
  } catch (cause) {
    const hint = cause instanceof PulpError ? cause.hint : undefined;
    throw new PulpError(
      "module",
      `Cannot load "${spec.wasmPath}": ${messageOf(cause)}`,
      {
        cause,
        ...(hint === undefined ? {} : { hint }),
      },
    );
  }
  const problems = [
    ...checkExports(info),
    ...checkImports(spec, registry, info.imports),
  ];
  if (problems.length > 0) {
    throw new PulpError(
      "module",
      `Cannot load "${spec.wasmPath}": ${problems.join("; ")}`,
    );
  }
  countTypes(spec.wasmPath, info.typeCount, sha256);
  return { spec, bytes, info, sha256 };
}

/** What is wrong with the checksum of a module, and what to do about it. */
export function checkChecksum(
  spec: CellSpec,
  sha256: string,
): { readonly message: string; readonly hint: string } | undefined {
  if (spec.wasmSha256 === undefined || spec.wasmSha256 === sha256) {
    return undefined;
  }
  return {
    message: `its sha256 is ${sha256}, the manifest says ${spec.wasmSha256}`,
    hint:
      `rebuild the module, or set wasm_sha256 = "${sha256}" in ${spec.manifestPath}`,
  };
}

/**
 * Reads the module that a manifest names.
 *
 * @throws {PulpError} as {@linkcode readModuleFile}
 */
export async function readModuleOf(
  { manifestPath, wasmPath }: Pick<CellSpec, "manifestPath" | "wasmPath">,
): Promise<Uint8Array<ArrayBuffer>> {
  return await readModuleFile(
    wasmPath,
    `${manifestPath} names the module in \`wasm\` (default "cell.wasm")`,
  );
}

/**
 * Reads the file of a module, and nothing that is no file or larger than a
 * module may be. Asks nothing of the terminal, and waits for no pipe.
 *
 * @param namedBy what names the file, for the hint when it can't be read
 * @throws {PulpError} `module`, or `permission` when Deno refuses to read it
 */
export async function readModuleFile(
  path: string,
  namedBy?: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const fail = (what: string, cause?: unknown, hint = namedBy): never => {
    throw new PulpError("module", `Cannot load "${path}": ${what}`, {
      cause,
      ...(hint === undefined ? {} : { hint }),
    });
  };
  try {
    const stat = await Deno.stat(path);
    if (!stat.isFile) fail("it is not a file");
    if (stat.size > LIMITS.moduleBytes) {
      fail(`it has ${stat.size} bytes, the most is ${LIMITS.moduleBytes}`);
    }
    using file = await Deno.open(path);
    // Something else may be there by now.
    if (!(await file.stat()).isFile) fail("it is not a file");
    const bytes = await readUpTo(file, LIMITS.moduleBytes);
    if (bytes.length > LIMITS.moduleBytes) {
      fail(`it has more than ${LIMITS.moduleBytes} bytes`);
    }
    return bytes;
  } catch (cause) {
    if (cause instanceof PulpError) throw cause;
    if (cause instanceof Deno.errors.NotFound) {
      return fail(
        "no such file",
        cause,
        namedBy === undefined ? undefined : `${BUILD_FIRST}; ${namedBy}`,
      );
    }
    if (cause instanceof Deno.errors.NotCapable) {
      throw new PulpError(
        "permission",
        `Cannot read "${path}": Deno was not given --allow-read`,
        { cause, hint: `run again with --allow-read=${path}` },
      );
    }
    return fail(messageOf(cause), cause);
  }
}

/**
 * What is wrong with the imports of a module, all of it at once; past
 * `LIMITS.moduleProblems` imports it only says how many more there are.
 */
export function checkImports(
  spec: Pick<CellSpec, "capabilities">,
  registry: Registry,
  imports: readonly ModuleImport[],
): string[] {
  const problems: string[] = [];
  const near = new NearMisses(registry.functions());
  let more = 0;
  for (const entry of imports) {
    const problem = importProblem(spec, registry, entry, near);
    if (problem === undefined) continue;
    if (problems.length < LIMITS.moduleProblems) problems.push(problem);
    else more++;
  }
  if (more > 0) problems.push(`and ${more} more`);
  return problems;
}

/** Why an import can't be had; nothing when it can. */
function importProblem(
  spec: Pick<CellSpec, "capabilities">,
  registry: Registry,
  { module, name, kind, type }: ModuleImport,
  near: NearMisses,
): string | undefined {
  const full = `${shown(module)}.${shown(name)}`;
  if (kind === "memory" && name === "memory" && module === "env") {
    return undefined;
  }
  if (kind !== "function" || type === undefined) {
    return `no capability provides the ${kind} "${full}"`;
  }
  if (module === WASI_MODULE) {
    return WASI_FUNCTIONS.has(name)
      ? undefined
      : `WASI preview 1 has no function "${shown(name)}"`;
  }
  const binding = registry.binding(spec, name);
  if (module !== PULP_MODULE) {
    return `no capability provides "${full}"${
      binding === undefined
        ? ""
        : ` (did you mean "${PULP_MODULE}.${name}" of ${binding.capability}?)`
    }`;
  }
  if (binding === undefined) {
    return `no capability provides "${full}"${
      didYouMeanOf(spec, registry, near.of(name))
    }`;
  }
  if (fits(type.params, type.results, binding.shape)) return undefined;
  const counts = binding.shape.params.join(" or ");
  return `"${full}" of ${binding.capability} takes ${counts} i32 and returns i32; ` +
    `the module imports it as ${shown(typeText(type))}`;
}

/** A host function that may be meant, with the capability that provides it. */
function didYouMeanOf(
  spec: Pick<CellSpec, "capabilities">,
  registry: Registry,
  near: string | undefined,
): string {
  if (near === undefined) return "";
  const capability = registry.binding(spec, near)?.capability;
  return ` (did you mean "${near}" of ${capability}?)`;
}

function fits(
  params: readonly string[],
  results: readonly string[],
  shape: ImportShape,
): boolean {
  return params.every((type) => type === "i32") && results.length === 1 &&
    results[0] === "i32" &&
    shape.params.includes(params.length);
}
