/**
 * From a manifest to a module that is known to be a cell: read, checked and,
 * after the verdict, compiled.
 *
 * @module
 */

import type { ImportShape } from "../capabilities/capability.ts";
import type { Registry } from "../capabilities/registry.ts";
import { messageOf, PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { CellSpec } from "../manifest/spec.ts";
import { nearest } from "../nearest.ts";
import {
  type ModuleImport,
  type ModuleInfo,
  readModuleInfo,
} from "../wasm/module_info.ts";
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
    return await Deno.readFile(path);
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

/** What is wrong with the imports of a module, all of it at once. */
export function checkImports(
  spec: Pick<CellSpec, "capabilities">,
  registry: Registry,
  imports: readonly ModuleImport[],
): string[] {
  const problems: string[] = [];
  for (const entry of imports) {
    const name = `${entry.module}.${entry.name}`;
    if (
      entry.kind === "memory" && entry.name === "memory" &&
      entry.module === "env"
    ) continue;
    if (entry.kind !== "function" || entry.type === undefined) {
      problems.push(`no capability provides the ${entry.kind} "${name}"`);
    } else if (entry.module === WASI_MODULE) {
      if (!WASI_FUNCTIONS.has(entry.name)) {
        problems.push(`WASI preview 1 has no function "${entry.name}"`);
      }
    } else if (entry.module === PULP_MODULE) {
      const binding = registry.binding(spec, entry.name);
      if (binding === undefined) {
        problems.push(
          `no capability provides "${name}"${
            didYouMeanOf(spec, registry, entry.name)
          }`,
        );
      } else if (!fits(entry.type.params, entry.type.results, binding.shape)) {
        const counts = binding.shape.params.join(" or ");
        problems.push(
          `"${name}" of ${binding.capability} takes ${counts} i32 and returns i32; ` +
            `the module imports it as ${typeText(entry.type)}`,
        );
      }
    } else {
      const known = registry.binding(spec, entry.name);
      const near = known === undefined
        ? ""
        : ` (did you mean "${PULP_MODULE}.${entry.name}" of ${known.capability}?)`;
      problems.push(`no capability provides "${name}"${near}`);
    }
  }
  return problems;
}

/** The nearest host function, with the capability that provides it. */
function didYouMeanOf(
  spec: Pick<CellSpec, "capabilities">,
  registry: Registry,
  name: string,
): string {
  const near = nearest(name, registry.functions());
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
