/**
 * Which exports a cell must have, and which it may have.
 *
 * @module
 */

import type { FunctionType, ModuleInfo } from "../wasm/module_info.ts";
import { shown } from "../wasm/shown.ts";

interface ExportShape {
  readonly params: readonly string[];
  readonly results: readonly string[];
}

interface KnownExport extends ExportShape {
  /** What the host does with it, in a few words. */
  readonly meaning: string;
}

const I32 = "i32";

/** Functions that every cell exports. */
const REQUIRED: Readonly<Record<string, KnownExport>> = {
  pulp_init: {
    params: [I32, I32],
    results: [I32],
    meaning: "takes [config], 0 is ok",
  },
  pulp_step: {
    params: [I32, I32],
    results: [I32],
    meaning: "takes an event or an idle tick",
  },
  pulp_shutdown: { params: [], results: [I32], meaning: "ends the cell" },
};

/** Functions that the host uses when they are there. */
const OPTIONAL: Readonly<Record<string, KnownExport>> = {
  pulp_alloc: {
    params: [I32],
    results: [I32],
    meaning: "makes room for what the host hands over",
  },
  pulp_free: {
    params: [I32, I32],
    results: [],
    meaning: "takes that room back",
  },
  pulp_on_call: {
    params: [I32, I32, I32, I32, I32, I32],
    results: [I32],
    meaning: "answers calls to what the cell provides",
  },
  pulp_post_return: {
    params: [I32, I32],
    results: [],
    meaning: "releases an answer, in place of pulp_free",
  },
  pulp_init_error_ptr: {
    params: [],
    results: [I32],
    meaning: "why pulp_init failed: where the text is",
  },
  pulp_init_error_len: {
    params: [],
    results: [I32],
    meaning: "how long that text is",
  },
  pulp_on_call_error_ptr: {
    params: [],
    results: [I32],
    meaning: "why pulp_on_call failed: where the text is",
  },
  pulp_on_call_error_len: {
    params: [],
    results: [I32],
    meaning: "how long that text is",
  },
  probe_last_call: {
    params: [],
    results: ["i64"],
    meaning: "diagnostic: the last envelope",
  },
  probe_config_marker: {
    params: [],
    results: ["i64"],
    meaning: "diagnostic: a value of [config]",
  },
  _initialize: {
    params: [],
    results: [],
    meaning: "sets up a WASI reactor, before pulp_init",
  },
  _start: {
    params: [],
    results: [],
    meaning: "main of a WASI command, before pulp_init",
  },
};

/** What an export is to the host. */
export interface ExportMeaning {
  /** Whether a module without it is no cell. */
  readonly required: boolean;
  /** What the host does with it, in a few words. */
  readonly meaning: string;
}

/** What the contract says of an export of that name; nothing when it says nothing. */
export function exportMeaning(name: string): ExportMeaning | undefined {
  if (name === "memory") {
    return { required: true, meaning: "what the cell and the host share" };
  }
  for (const known of [REQUIRED, OPTIONAL]) {
    const found = Object.hasOwn(known, name) ? known[name] : undefined;
    if (found === undefined) continue;
    return { required: known === REQUIRED, meaning: found.meaning };
  }
  return undefined;
}

/**
 * What is wrong with the exports of a module, all of it at once; empty when it
 * is a cell.
 */
export function checkExports(info: ModuleInfo): string[] {
  const found = new Map(info.exports.map((entry) => [entry.name, entry]));
  const problems: string[] = [];
  const missing = ["memory", ...Object.keys(REQUIRED)].filter((name) =>
    !found.has(name)
  );
  if (found.has("pulp_on_call") && !found.has("pulp_alloc")) {
    missing.push("pulp_alloc");
  }
  if (missing.length > 0) {
    problems.push(`missing required exports: ${missing.join(", ")}`);
  }
  const memory = found.get("memory");
  if (memory !== undefined && memory.kind !== "memory") {
    problems.push(`export "memory" is a ${memory.kind}, not a memory`);
  }
  if (memory?.kind === "memory" && info.memories[memory.index]?.is64 === true) {
    problems.push(
      `export "memory" has 64-bit addresses; the contract's pointers are 32-bit`,
    );
  }
  for (const [name, shape] of Object.entries({ ...REQUIRED, ...OPTIONAL })) {
    const entry = found.get(name);
    if (entry === undefined) continue;
    if (entry.kind !== "function") {
      problems.push(`export "${name}" is a ${entry.kind}, not a function`);
    } else if (entry.type !== undefined && !sameType(entry.type, shape)) {
      problems.push(
        `export "${name}" has type ${shown(typeText(entry.type))}, not ${
          typeText(shape)
        }`,
      );
    }
  }
  return problems;
}

function sameType(a: ExportShape, b: ExportShape): boolean {
  return typeText(a) === typeText(b);
}

/** A function type as text: `(i32, i32) -> i32`. */
export function typeText(type: FunctionType | ExportShape): string {
  const results = type.results.length === 1
    ? type.results[0]
    : `(${type.results.join(", ")})`;
  return `(${type.params.join(", ")}) -> ${results}`;
}
