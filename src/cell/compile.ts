/**
 * From checked bytes to a compiled module that can be stopped and is capped.
 *
 * @module
 */

import { messageOf, PulpError } from "../errors.ts";
import {
  type CappedMemory,
  type GuardedModule,
  guardModule,
} from "../wasm/guard.ts";
import type { ModuleImport } from "../wasm/module_info.ts";
import type { CellModule } from "./cell_module.ts";

/** A module that is ready to be instantiated, as often as needed, on any thread. */
export interface CompiledCell {
  readonly module: WebAssembly.Module;
  readonly imports: readonly ModuleImport[];
  /** Every memory by its index, with the most it may grow to. */
  readonly memories: readonly CappedMemory[];
  /** The export that holds the guard memory; absent in a module without guard. */
  readonly guardExport?: string;
  /** The export to run once, right after instantiation. */
  readonly startExport?: string;
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
  const rewritten = rewriteCell(cell, guard);
  const { memories, guardExport, startExport } = rewritten;
  try {
    const module = await WebAssembly.compile(rewritten.bytes);
    return {
      module,
      imports: cell.info.imports,
      memories,
      ...(guardExport === undefined ? {} : { guardExport }),
      ...(startExport === undefined ? {} : { startExport }),
    };
  } catch (cause) {
    throw refused(cell, cause);
  }
}

/**
 * The same as {@linkcode compileCell}, without making code of it.
 *
 * @throws {PulpError} `module` when `compileCell` would
 */
export function validateCell(cell: CellModule, guard: boolean): void {
  // What V8 has to say about a module that it refuses, only `Module` tells.
  const { bytes } = rewriteCell(cell, guard);
  if (!WebAssembly.validate(bytes)) {
    throw refused(cell, new Error("it is not a valid module"));
  }
}

function rewriteCell(cell: CellModule, guard: boolean): GuardedModule {
  try {
    return guardModule(cell.bytes as Uint8Array<ArrayBuffer>, {
      guard,
      maxMemoryPages: cell.spec.maxMemoryPages,
    });
  } catch (cause) {
    throw refused(cell, cause);
  }
}

function refused({ spec }: CellModule, cause: unknown): PulpError {
  const hint = cause instanceof PulpError ? cause.hint : undefined;
  return new PulpError(
    "module",
    `Cannot load "${spec.wasmPath}": ${messageOf(cause)}`,
    { cause, ...(hint === undefined ? {} : { hint }) },
  );
}
