/**
 * Every key of a manifest: its type, its default and its rule.
 *
 * @module
 */

import { LIMITS } from "../limits.ts";
import { netTargetFault } from "./net_target.ts";

/** The types of keys, as messages name them. */
export const TYPE_NAMES = Object.freeze({
  string: "a string",
  integer: "an integer",
  boolean: "true or false",
  strings: "a list of strings",
  table: "a table",
});

/** The type of a key's value. */
export type KeyType = keyof typeof TYPE_NAMES;

/** What is known of one key. */
export interface KeySchema {
  /** The type of the value. */
  readonly type: KeyType;
  /** What the key is for, in a few words. */
  readonly summary: string;
  /** The value of an absent key. A key with neither this nor `required` may be absent. */
  readonly default?: string | number | boolean | readonly string[];
  /** Whether a manifest without the key is refused. */
  readonly required?: true;
  /** The smallest integer. */
  readonly min?: number;
  /** The largest integer. */
  readonly max?: number;
  /** The only values of a string. */
  readonly oneOf?: readonly string[];
  /** Whether strings are stored in lower case. */
  readonly lowerCase?: true;
  /** Why a string, or an item of a list, can't stand here; nothing when it can. */
  readonly fault?: (text: string) => string | undefined;
}

/** The keys of a table by name. */
export type TableSchema = Readonly<Record<string, KeySchema>>;

/** The newest schema that this host knows. */
export const SCHEMA_VERSION = 1;

/** The keys of `pulp.cell.toml`. */
export const MANIFEST_KEYS = {
  schema_version: {
    type: "integer",
    summary: "version of the manifest's format",
    default: SCHEMA_VERSION,
    // 0 is how the published host's tools write an unset version.
    min: 0,
  },
  name: {
    type: "string",
    summary: "name of the cell, unique in a set",
    required: true,
    fault: nameFault,
  },
  version: {
    type: "string",
    summary: "version of the cell, free form",
    required: true,
  },
  wasm: {
    type: "string",
    summary: "path of the module, relative to the manifest",
    default: "cell.wasm",
    fault: wasmFault,
  },
  wasm_sha256: {
    type: "string",
    summary: "SHA-256 that the module must have, 64 hex digits",
    lowerCase: true,
    fault: shaFault,
  },
  provides: list("what other cells may call"),
  consumes: list("cells, or what they provide, that this cell calls"),
  depends_on: list("cells that must have started before"),
  capabilities: {
    ...list("capabilities of the host that the cell uses"),
    lowerCase: true,
  },
  host_consumes: list("accepted for the published host"),
  shared_memory_groups: list("accepted for the published host"),
  federated_callers: list("accepted for the published host"),
  federated_consumes: list("accepted for the published host"),
  dedicated_thread: {
    type: "boolean",
    summary: "accepted for the published host; here no cell shares a thread",
    default: false,
  },
  snapshotable: {
    type: "boolean",
    summary: "accepted for the published host",
    default: false,
  },
  migratable: {
    type: "boolean",
    summary: "accepted for the published host",
    default: false,
  },
  restart: {
    type: "string",
    summary: "when the host starts the cell again",
    default: "on_crash",
    oneOf: ["never", "on_crash", "always"],
  },
  max_memory_pages: {
    type: "integer",
    summary: "limit of the cell's memory, in pages of 64 KiB",
    default: LIMITS.memoryPages,
    min: 1,
    max: LIMITS.memoryPagesMost,
  },
  call_timeout_ms: {
    type: "integer",
    summary: "deadline of each entry point; 0 = the default",
    default: LIMITS.callTimeoutMs,
    min: 0,
    max: LIMITS.callTimeoutMsMost,
  },
  permissions: {
    type: "table",
    summary: "what the cell's capabilities may reach",
  },
  config: {
    type: "table",
    summary: "free form; goes to pulp_init",
  },
} as const satisfies TableSchema;

/** The keys of `[permissions]`. */
export const PERMISSION_KEYS = {
  net: {
    type: "strings",
    summary: "hosts, host:port, addresses and IPv4 ranges",
    fault: netTargetFault,
  },
  env: {
    type: "strings",
    summary: "environment variables",
    fault: envFault,
  },
  read: {
    type: "strings",
    summary: "paths to read; accepted, without effect",
    fault: flagFault,
  },
  write: {
    type: "strings",
    summary: "paths to write; accepted, without effect",
    fault: flagFault,
  },
  run: { type: "strings", summary: "programs to start", fault: flagFault },
} as const satisfies TableSchema;

function list<const S extends string>(
  summary: S,
): {
  readonly type: "strings";
  readonly summary: S;
  readonly default: readonly string[];
} {
  return { type: "strings", summary, default: [] };
}

function nameFault(name: string): string | undefined {
  if (name === "." || name === "..") return "it means a folder";
  if (!/^[A-Za-z0-9._-]+$/.test(name)) {
    return 'a name is one path segment of A-Z, a-z, 0-9, ".", "_" and "-"';
  }
  // It is dropped there, so "a." would share the storage folder of "a".
  if (name.endsWith(".") && Deno.build.os === "windows") {
    return "a name does not end in a dot on Windows";
  }
  return name.length > LIMITS.cellNameChars
    ? `a name has at most ${LIMITS.cellNameChars} characters`
    : undefined;
}

function wasmFault(path: string): string | undefined {
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(path)) {
    return "the module is a file: write a path relative to the manifest";
  }
  return /[\\/]$/.test(path) ? "it names a folder" : undefined;
}

function shaFault(digest: string): string | undefined {
  if (/^[0-9a-f]{64}$/.test(digest)) return undefined;
  return /^[0-9a-f]*$/.test(digest)
    ? `a SHA-256 has 64 hex digits, not ${digest.length}`
    : "a SHA-256 is written as 64 hex digits";
}

function envFault(name: string): string | undefined {
  if (name.includes("=")) return 'a variable\'s name has no "="';
  if (name.includes("*")) return "each variable is named by itself";
  if (name.includes(",")) return "each variable is an item of its own";
  return /\s/.test(name) ? "a variable's name has no blanks" : undefined;
}

function flagFault(target: string): string | undefined {
  // In a flag of Deno the comma would end the path and begin another.
  return target.includes(",")
    ? "Deno's flags end an item at a comma: each one is an item of its own"
    : undefined;
}
