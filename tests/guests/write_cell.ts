/**
 * Writes a cell's folder: module and manifest.
 *
 * @module
 */

import { join } from "@std/path";

/** What a manifest says beside `name`, `version` and `wasm`. */
export interface ManifestFields {
  readonly provides?: readonly string[];
  readonly consumes?: readonly string[];
  readonly depends_on?: readonly string[];
  readonly capabilities?: readonly string[];
  readonly restart?: string;
  readonly max_memory_pages?: number;
  readonly call_timeout_ms?: number;
  readonly wasm_sha256?: string;
  /** `[permissions]`, such as `{ net: ["example.com"] }`. */
  readonly permissions?: Readonly<Record<string, readonly string[]>>;
  /** The lines below `[config]`, as TOML. */
  readonly config?: string;
  /** Lines for the top of the manifest, as TOML. */
  readonly toml?: string;
}

/** One cell to write. */
export interface CellFiles {
  readonly name: string;
  readonly wasm: Uint8Array;
  readonly manifest?: ManifestFields;
}

/** The manifest as TOML. */
export function manifestText(
  name: string,
  fields: ManifestFields = {},
): string {
  const { permissions, config, toml, ...plain } = fields;
  const lines = [`name = ${JSON.stringify(name)}`, `version = "1.0.0"`];
  if (toml !== undefined) lines.push(toml);
  for (const [key, value] of Object.entries(plain)) {
    // A JSON string, number or array of strings is TOML too.
    if (value !== undefined) lines.push(`${key} = ${JSON.stringify(value)}`);
  }
  if (permissions !== undefined) {
    lines.push("", "[permissions]");
    for (const [key, value] of Object.entries(permissions)) {
      lines.push(`${key} = ${JSON.stringify(value)}`);
    }
  }
  if (config !== undefined) lines.push("", "[config]", config.trim());
  return `${lines.join("\n")}\n`;
}

/** Writes `<dir>/<name>/pulp.cell.toml` and `cell.wasm`; returns the manifest's path. */
export async function writeCell(dir: string, cell: CellFiles): Promise<string> {
  const folder = join(dir, cell.name);
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeFile(join(folder, "cell.wasm"), cell.wasm);
  const path = join(folder, "pulp.cell.toml");
  await Deno.writeTextFile(path, manifestText(cell.name, cell.manifest));
  return path;
}
