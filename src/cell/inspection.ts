/**
 * Everything that can be said about a module without running it: what it
 * imports and offers, what a host would make of it, and whether it would load.
 *
 * @module
 */

import type { Registry } from "../capabilities/registry.ts";
import { PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { CellSpec } from "../manifest/spec.ts";
import { DeniedError } from "../permissions/verdict.ts";
import { capMemories } from "../wasm/caps.ts";
import { guardModule } from "../wasm/guard.ts";
import {
  type MemoryType,
  type ModuleImport,
  type ModuleInfo,
  readModuleInfo,
} from "../wasm/module_info.ts";
import { checkChecksum, checkImports } from "./cell_module.ts";
import { compareDeclarations, type Declarations } from "./declarations.ts";
import { checkExports } from "./exports.ts";
import { PULP_MODULE, WASI_MODULE } from "./import_modules.ts";
import { WASI_FUNCTIONS } from "./wasi.ts";

/** Why a module would not load. */
export interface Problem {
  readonly message: string;
  /** What to do about it, when that is known. */
  readonly hint?: string;
}

/** What provides an import, and whether a manifest has to ask for it. */
export interface ImportSource {
  /** `wasi` for WASI, `host` for a memory; absent when nothing provides it. */
  readonly capability?: string;
  /** `always`: every cell gets it. Absent when nothing provides it. */
  readonly declaration?: "always" | "declared" | "undeclared";
}

/** A memory of a module, and what a host makes of it. */
export interface InspectedMemory extends MemoryType {
  /** The most that it may grow to under the host; absent when it starts with too much. */
  readonly cappedPages?: number;
}

/** What runs as an instance is made, before `pulp_init`. */
export interface StartKind {
  readonly kind: "reactor" | "command" | "start function" | "none";
  /** The index of the function that runs first, when the module names one. */
  readonly startFunction?: number;
  /** The export that runs next. */
  readonly entry?: "_initialize" | "_start";
  /** An export that another host may run, and this one does not. */
  readonly ignored?: "_start";
}

/** What the inside of a module says. */
export interface Contents {
  readonly info: ModuleInfo;
  readonly start: StartKind;
  readonly memories: readonly InspectedMemory[];
  /** For each import of the module, in order. */
  readonly sources: readonly ImportSource[];
  readonly declarations: Declarations;
}

/** The findings about one module. */
export interface Inspection {
  /** Size of the file. */
  readonly bytes: number;
  /** 64 hex digits. */
  readonly sha256: string;
  /** Absent for what is no readable module. */
  readonly contents?: Contents;
  /** Every reason why it would not load; empty when it would. */
  readonly problems: readonly Problem[];
}

/** The manifest of a module, as far as an inspection goes by it. */
export interface InspectionContext {
  /** What the host offers. */
  readonly registry: Registry;
  /** Absent for a module without a manifest: then nothing is declared and limits are the defaults. */
  readonly spec?: CellSpec;
}

/**
 * Inspects a module. Compiles and runs nothing of it, and does not throw for
 * what is wrong with it.
 */
export async function inspectModule(
  bytes: Uint8Array<ArrayBuffer>,
  context: InspectionContext,
): Promise<Inspection> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  const sha256 = new Uint8Array(digest).toHex();
  const head = { bytes: bytes.length, sha256 };
  const { spec } = context;
  const problems = spec === undefined
    ? []
    : manifestProblems(spec, sha256, context.registry);
  let info: ModuleInfo;
  try {
    info = readModuleInfo(bytes);
  } catch (error) {
    return { ...head, problems: [...problems, problemOf(error)] };
  }
  const declaring = spec ?? { capabilities: [] };
  problems.push(
    ...[
      ...checkExports(info),
      ...checkImports(declaring, context.registry, info.imports),
    ].map((message) => ({ message })),
  );
  const maxPages = spec?.maxMemoryPages ?? LIMITS.memoryPages;
  const memories = capped(info, maxPages, problems);
  problems.push(...compileProblems(bytes, info, maxPages));
  return {
    ...head,
    problems,
    contents: {
      info,
      start: startKind(info),
      memories,
      sources: info.imports.map((it) =>
        sourceOf(it, declaring, context.registry)
      ),
      declarations: compareDeclarations(declaring, info, context.registry),
    },
  };
}

/** What is wrong whatever the module holds: capabilities that nobody knows, another checksum. */
function manifestProblems(
  spec: CellSpec,
  sha256: string,
  registry: Registry,
): Problem[] {
  // Only what no permission could mend is asked for, so each one is granted.
  const env = { storageRoot: "/", listen: LIMITS.listen };
  const verdict = registry.verdict(spec, env, () => "granted");
  const unknown = verdict.granted
    ? []
    : new DeniedError([verdict]).message.split("\n").map((message) => ({
      message,
    }));
  const checksum = checkChecksum(spec, sha256);
  return checksum === undefined ? unknown : [...unknown, checksum];
}

function capped(
  { memories }: ModuleInfo,
  maxPages: number,
  problems: Problem[],
): readonly InspectedMemory[] {
  try {
    return capMemories(memories, maxPages).map((memory, index) => ({
      ...memories[index] ?? memory,
      cappedPages: memory.maxPages,
    }));
  } catch (error) {
    problems.push(problemOf(error));
    // Without their caps, which there are none of.
    return memories;
  }
}

/** Why V8 or the guard would refuse the module, its memories apart. */
function compileProblems(
  bytes: Uint8Array<ArrayBuffer>,
  { memories }: ModuleInfo,
  maxPages: number,
): Problem[] {
  const pages = memories.reduce((sum, memory) => sum + memory.minPages, 0);
  try {
    const guarded = guardModule(bytes, {
      guard: true,
      // What they start with is judged by itself.
      maxMemoryPages: Math.max(pages, maxPages),
    });
    return WebAssembly.validate(guarded.bytes)
      ? []
      : [{ message: "Cannot guard the module: V8 refuses what came of it" }];
  } catch (error) {
    return [problemOf(error)];
  }
}

function startKind({ startFunction, exports }: ModuleInfo): StartKind {
  const runs = (name: string): boolean =>
    exports.some((it) => it.name === name && it.kind === "function");
  const first = startFunction === undefined ? {} : { startFunction };
  if (runs("_initialize")) {
    return {
      kind: "reactor",
      ...first,
      entry: "_initialize",
      ...(runs("_start") ? { ignored: "_start" } : {}),
    };
  }
  if (runs("_start")) return { kind: "command", ...first, entry: "_start" };
  return startFunction === undefined
    ? { kind: "none" }
    : { kind: "start function", startFunction };
}

function sourceOf(
  { module, name, kind }: ModuleImport,
  { capabilities }: Pick<CellSpec, "capabilities">,
  registry: Registry,
): ImportSource {
  if (kind === "memory" && module === "env" && name === "memory") {
    return { capability: "host", declaration: "always" };
  }
  if (kind !== "function") return {};
  if (module === WASI_MODULE) {
    return WASI_FUNCTIONS.has(name)
      ? { capability: "wasi", declaration: "always" }
      : {};
  }
  if (module !== PULP_MODULE) return {};
  const binding = registry.binding({ capabilities: [] }, name);
  if (binding === undefined) return {};
  const { capability, bound } = binding;
  if (bound !== undefined) return { capability, declaration: "always" };
  const isDeclared = capabilities.includes(capability);
  return { capability, declaration: isDeclared ? "declared" : "undeclared" };
}

function problemOf(error: unknown): Problem {
  // Anything else is a fault of this program, and not of the module.
  if (!(error instanceof PulpError)) throw error;
  const { message, hint } = error;
  return { message, ...(hint === undefined ? {} : { hint }) };
}
