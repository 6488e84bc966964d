/**
 * The set of cells that an executable holds: what `compile` writes into it,
 * and what it finds when it starts.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import { pathOfUrl } from "../manifest/paths.ts";

/** A cell that is inside an executable. */
export interface EmbeddedCell {
  readonly name: string;
  readonly version: string;
  /** What it provides to callers. */
  readonly provides: readonly string[];
  /** Absolute path of the manifest, in the file system of the executable. */
  readonly manifest: string;
  /** Absolute path of the module there, whatever the manifest says. */
  readonly wasm: string;
  /** The module's checksum when it was compiled in: 64 hex digits. */
  readonly sha256: string;
}

/** How an executable was made, so that it can say how to make another one. */
export interface Making {
  /** The manifests, as they were named. */
  readonly manifests: readonly string[];
  /** The executable, as it was named. */
  readonly output: string;
  /** Values of the options by name; the first is what holds unless told otherwise. */
  readonly options: Readonly<Record<string, readonly string[]>>;
}

/** What an executable holds. */
export interface EmbeddedSet {
  /** The name of the executable when it was made, for its help. */
  readonly program: string;
  /** In the order in which the manifests were named. */
  readonly cells: readonly EmbeddedCell[];
  /** `file:` URLs of the extensions, in the file system of the executable. */
  readonly extensions: readonly string[];
  /** The flags of Deno that were compiled in. */
  readonly flags: readonly string[];
  readonly made: Making;
}

/**
 * A set as the one argument that is compiled in. Manifests, modules and
 * extensions are URLs relative to `base` in it: an executable has its files
 * in a folder whose name is known only when it runs.
 */
export function encodeSet(
  set: EmbeddedSet,
  relative: (path: string) => string,
): string {
  return JSON.stringify({
    ...set,
    cells: set.cells.map((cell) => ({
      ...cell,
      manifest: relative(cell.manifest),
      wasm: relative(cell.wasm),
    })),
    extensions: set.extensions.map((url) => relative(pathOfUrl(new URL(url)))),
  });
}

/**
 * The set that {@linkcode encodeSet} wrote, with its files as seen from the
 * module `base`.
 *
 * @throws {PulpError} `usage` for any other text: somebody started the entry
 * point of executables by hand
 */
export function decodeSet(text: string, base: string): EmbeddedSet {
  const set = parse(text);
  const path = (url: string): string => pathOfUrl(new URL(url, base));
  return {
    ...set,
    cells: set.cells.map((cell) => ({
      ...cell,
      manifest: path(cell.manifest),
      wasm: path(cell.wasm),
    })),
    extensions: set.extensions.map((url) => new URL(url, base).href),
  };
}

function parse(text: string): EmbeddedSet {
  try {
    const set = JSON.parse(text);
    if (Array.isArray(set.cells) && Array.isArray(set.extensions)) return set;
  } catch {
    // Said below.
  }
  throw new PulpError(
    "usage",
    "Cannot start: this module is what executables begin with, and there is no set of cells",
    { hint: '"main.ts compile" makes an executable' },
  );
}
