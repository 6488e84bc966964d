/**
 * What programs hand to the library, held against what it takes: not all of
 * them are checked by TypeScript.
 *
 * @module
 */

import { PulpError } from "./errors.ts";

/** What a value is, as a part of a sentence. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (value instanceof Promise) return "a promise";
  if (Array.isArray(value)) return "a list";
  const kind = typeof value;
  if (kind === "object") return "an object of another kind";
  return kind === "string" ? "a text" : `a ${kind}`;
}

/** The error for an argument that is not what it has to be. `action` completes "Cannot". */
export function wrongArgument(
  action: string,
  name: string,
  value: unknown,
  wanted: string,
  hint?: string,
): PulpError {
  return new PulpError(
    "usage",
    `Cannot ${action}: ${name} is ${kindOf(value)}, not ${wanted}`,
    hint === undefined ? {} : { hint },
  );
}

/**
 * Holds what is passed to a function of a cell against what that takes.
 *
 * @throws {PulpError} `usage`
 */
export function checkCall(cell: string, name: unknown, args: unknown): void {
  if (typeof name !== "string") {
    const action = `call a function of cell "${cell}"`;
    throw wrongArgument(action, "its name", name, "a text");
  }
  if (!(args instanceof Uint8Array)) {
    throw wrongArgument(
      `call "${name}" of cell "${cell}"`,
      "the argument",
      args,
      "a Uint8Array",
      "encode it first; cells made by `pulp new` take MessagePack",
    );
  }
}

/**
 * Holds something against what `parseManifest` gives.
 *
 * @throws {PulpError} `usage`
 */
export function checkSpec(action: string, spec: unknown): void {
  const { name, manifestPath, wasmPath, capabilities } =
    (typeof spec === "object" ? spec ?? {} : {}) as Record<string, unknown>;
  const isSpec =
    [name, manifestPath, wasmPath].every((part) => typeof part === "string") &&
    Array.isArray(capabilities);
  if (isSpec) return;
  throw wrongArgument(
    action,
    "the manifest",
    spec,
    "what readManifest() resolves to",
    "await readManifest(path), or parseManifest(text, path), makes it",
  );
}

/**
 * Holds something against a list of what `parseManifest` gives.
 *
 * @throws {PulpError} `usage`
 */
export function checkSpecs(action: string, specs: unknown): void {
  if (!Array.isArray(specs)) {
    throw wrongArgument(action, "the set", specs, "a list of manifests");
  }
  for (const spec of specs) checkSpec(action, spec);
}

/** Which parts of some options have which methods. */
const PARTS = {
  registry: "verdict",
  logger: "log",
  signal: "addEventListener",
} as const;

/**
 * Holds what `load` and `Host.start` have in common against what they take.
 *
 * @throws {PulpError} `usage`
 */
export function checkOptions(action: string, options: unknown): void {
  if (typeof options !== "object" || options === null) {
    throw wrongArgument(action, "options", options, "an object");
  }
  const given = options as Record<string, unknown>;
  for (const [part, method] of Object.entries(PARTS)) {
    const value = given[part];
    if (value === undefined) continue;
    const has = typeof value === "object" && value !== null
      ? (value as Record<string, unknown>)[method]
      : undefined;
    if (typeof has === "function") continue;
    const wanted = `one with a method ${method}()`;
    throw wrongArgument(action, `options.${part}`, value, wanted);
  }
}
