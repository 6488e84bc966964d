/**
 * Which exports a cell must have, and which it may have.
 *
 * @module
 */

import type { FunctionType, ModuleInfo } from "../wasm/module_info.ts";

interface ExportShape {
  readonly params: readonly string[];
  readonly results: readonly string[];
}

const I32 = "i32";

/** Functions that every cell exports. */
const REQUIRED: Readonly<Record<string, ExportShape>> = {
  pulp_init: { params: [I32, I32], results: [I32] },
  pulp_step: { params: [I32, I32], results: [I32] },
  pulp_shutdown: { params: [], results: [I32] },
};

/** Functions that the host uses when they are there. */
const OPTIONAL: Readonly<Record<string, ExportShape>> = {
  pulp_alloc: { params: [I32], results: [I32] },
  pulp_free: { params: [I32, I32], results: [] },
  pulp_on_call: { params: [I32, I32, I32, I32, I32, I32], results: [I32] },
  pulp_post_return: { params: [I32, I32], results: [] },
  pulp_init_error_ptr: { params: [], results: [I32] },
  pulp_init_error_len: { params: [], results: [I32] },
  pulp_on_call_error_ptr: { params: [], results: [I32] },
  pulp_on_call_error_len: { params: [], results: [I32] },
  probe_last_call: { params: [], results: ["i64"] },
  probe_config_marker: { params: [], results: ["i64"] },
  _initialize: { params: [], results: [] },
  _start: { params: [], results: [] },
};

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
        `export "${name}" has type ${typeText(entry.type)}, not ${
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
