/**
 * From checked bytes to a compiled module that can be stopped and is capped.
 *
 * @module
 */

import { messageOf, PulpError } from "../errors.ts";
import {
  type CappedMemory,
  compileCost,
  guardModule,
  type GuardOptions,
} from "../wasm/guard.ts";
import type { ModuleImport } from "../wasm/module_info.ts";
import type { CellModule } from "./cell_module.ts";

/** A module that was rewritten and compiled. It can be sent to another thread. */
export interface CompiledModule {
  readonly module: WebAssembly.Module;
  /** Every memory by its index, with the most it may grow to. */
  readonly memories: readonly CappedMemory[];
  /** The export that holds the guard memory; absent in a module without guard. */
  readonly guardExport?: string;
  /** The export to run once, right after instantiation. */
  readonly startExport?: string;
}

/** A module that is ready to be instantiated, as often as needed, on any thread. */
export interface CompiledCell extends CompiledModule {
  readonly imports: readonly ModuleImport[];
}

/**
 * Rewrites and compiles a module. Runs nothing of it.
 *
 * @param guard whether another thread must be able to stop the guest
 * @throws {PulpError} `module` when V8 refuses it, when it holds an
 * instruction that the guard does not know, or wants more memory than it may
 */
export async function compileCell(
  cell: CellModule,
  guard: boolean,
): Promise<CompiledCell> {
  const options = { guard, maxMemoryPages: cell.spec.maxMemoryPages };
  try {
    return {
      ...await compileModule(cell.bytes, options),
      imports: cell.info.imports,
    };
  } catch (cause) {
    throw refusedModule(cell, cause);
  }
}

/**
 * How long compiling a module will take V8, in the unit of
 * `LIMITS.moduleCostHere`; 0 for one that {@linkcode compileCell} refuses before
 * V8 sees it.
 */
export function costOf({ bytes }: Pick<CellModule, "bytes">): number {
  try {
    return compileCost(bytes);
  } catch {
    return 0;
  }
}

/** The work of {@linkcode compileCell}, on bytes alone. Throws what is wrong with them. */
export async function compileModule(
  bytes: Uint8Array,
  options: GuardOptions,
): Promise<CompiledModule> {
  const { bytes: rewritten, memories, guardExport, startExport } = guardModule(
    bytes as Uint8Array<ArrayBuffer>,
    options,
  );
  return {
    module: await WebAssembly.compile(rewritten),
    memories,
    ...(guardExport === undefined ? {} : { guardExport }),
    ...(startExport === undefined ? {} : { startExport }),
  };
}

/**
 * The same as {@linkcode compileCell}, without making code of it.
 *
 * @throws {PulpError} `module` when `compileCell` would
 */
export function validateCell(cell: CellModule, guard: boolean): void {
  const options = { guard, maxMemoryPages: cell.spec.maxMemoryPages };
  try {
    const { bytes } = guardModule(
      cell.bytes as Uint8Array<ArrayBuffer>,
      options,
    );
    // What V8 has to say about a module that it refuses, only `Module` tells.
    if (!WebAssembly.validate(bytes)) {
      throw new Error("it is not a valid module");
    }
  } catch (cause) {
    throw refusedModule(cell, cause);
  }
}

/** The error for a module that can't be rewritten or compiled, and why. */
export function refusedModule({ spec }: CellModule, cause: unknown): PulpError {
  const hint = cause instanceof PulpError ? cause.hint : undefined;
  return new PulpError(
    "module",
    `Cannot load "${spec.wasmPath}": ${messageOf(cause)}`,
    { cause, ...(hint === undefined ? {} : { hint }) },
  );
}
