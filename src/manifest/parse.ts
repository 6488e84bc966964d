/**
 * A manifest's text becomes a {@linkcode CellSpec}.
 *
 * @module
 */

import { wrongArgument } from "../arguments.ts";
import { LIMITS } from "../limits.ts";
import { encodeConfig } from "./config.ts";
import { Document } from "./document.ts";
import { readManifestFile } from "./file.ts";
import { folderOf, isAbsolutePath, resolvePath } from "./paths.ts";
import { ManifestError } from "./problems.ts";
import { readTable, type TableValues } from "./read_table.ts";
import { MANIFEST_KEYS, PERMISSION_KEYS, SCHEMA_VERSION } from "./schema.ts";
import type { CellSpec } from "./spec.ts";

const UTF8 = new TextEncoder();

/** The keys whose places a spec keeps. */
const PLACED = [
  ...Object.keys(MANIFEST_KEYS).map((key) => [key]),
  ...Object.keys(PERMISSION_KEYS).map((key) => ["permissions", key]),
];

/**
 * Reads the manifest at `path`: a file, or the folder that holds
 * `pulp.cell.toml`. Asks Deno before it reads, so nothing waits at a prompt.
 *
 * @param path relative to the current folder, or absolute; no `file:` URL
 * @throws {ManifestError} with every problem that the manifest has
 * @throws {PulpError} `manifest` when there is none that can be read, or it has
 * more than 1 MiB; `permission` when Deno does not grant reading it; `usage`
 * when `path` is not a text
 */
export async function readManifest(path: string): Promise<CellSpec> {
  checkPath("read a manifest", path);
  const file = await readManifestFile(path);
  return parseManifest(file.text, file.path);
}

/**
 * Parses a manifest. Paths in it start at the folder of `manifestPath`, which
 * is also what messages show. No file is touched.
 *
 * @param text TOML, at most 1 MiB as UTF-8
 * @param manifestPath relative to the current folder, or absolute
 * @throws {ManifestError} with every problem that the text has
 * @throws {PulpError} `usage` when an argument is not a text
 */
export function parseManifest(text: string, manifestPath: string): CellSpec {
  if (typeof text !== "string") {
    throw wrongArgument("parse a manifest", "its text", text, "a text");
  }
  checkPath("parse a manifest", manifestPath);
  if (isLongerThan(text, LIMITS.manifestBytes)) {
    throw new ManifestError([{
      file: manifestPath,
      message: `longer than ${LIMITS.manifestBytes} bytes`,
    }]);
  }
  const document = new Document(text, manifestPath);
  refuseNewerSchema(document);
  const values = readTable(document, document.root, MANIFEST_KEYS);
  const permissions = readTable(
    document,
    values.permissions ?? {},
    PERMISSION_KEYS,
    ["permissions"],
  );
  const config = encodeConfig(document, values.config ?? {});
  document.throwIfFaulty();
  return specOf(document, manifestPath, values, permissions, config);
}

/** Whether a text has more than so many bytes of UTF-8. */
function isLongerThan(text: string, limitBytes: number): boolean {
  // A UTF-16 unit becomes one to three bytes, so most texts need no look.
  if (text.length > limitBytes) return true;
  if (text.length <= limitBytes / 3) return false;
  // What does not fit is left unread: a lone surrogate counts as U+FFFD.
  const { read } = UTF8.encodeInto(text, new Uint8Array(limitBytes));
  return read < text.length;
}

function checkPath(action: string, path: unknown): void {
  if (typeof path === "string") return;
  throw wrongArgument(
    action,
    "its path",
    path,
    "a text",
    ...path instanceof URL
      ? ["fromFileUrl() of @std/path makes one of it"]
      : [],
  );
}

/** What else a newer manifest holds can't be judged, so this comes first and alone. */
function refuseNewerSchema(document: Document): void {
  const version = document.root["schema_version"];
  if (typeof version !== "bigint" || version <= SCHEMA_VERSION) return;
  document.fault(
    ["schema_version"],
    `schema_version ${version} is newer than this host supports (max ${SCHEMA_VERSION})`,
  );
  document.throwIfFaulty();
}

function specOf(
  document: Document,
  manifestPath: string,
  values: TableValues<typeof MANIFEST_KEYS>,
  permissions: TableValues<typeof PERMISSION_KEYS>,
  config: Uint8Array,
): CellSpec {
  const path = isAbsolutePath(manifestPath)
    ? resolvePath(manifestPath, ".")
    : resolvePath(Deno.cwd(), manifestPath);
  return {
    manifestPath: path,
    schemaVersion: values.schema_version || SCHEMA_VERSION,
    name: values.name,
    version: values.version,
    wasmPath: resolvePath(folderOf(path), values.wasm),
    ...(values.wasm_sha256 === undefined
      ? {}
      : { wasmSha256: values.wasm_sha256 }),
    provides: values.provides,
    consumes: values.consumes,
    dependsOn: values.depends_on,
    capabilities: values.capabilities,
    hostConsumes: values.host_consumes,
    sharedMemoryGroups: values.shared_memory_groups,
    federatedCallers: values.federated_callers,
    federatedConsumes: values.federated_consumes,
    dedicatedThread: values.dedicated_thread,
    snapshotable: values.snapshotable,
    migratable: values.migratable,
    restart: values.restart,
    maxMemoryPages: values.max_memory_pages,
    callTimeoutMs: values.call_timeout_ms || LIMITS.callTimeoutMs,
    permissions,
    config,
    places: document.placesOf(PLACED),
  };
}
