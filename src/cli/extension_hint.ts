/**
 * The extension that a cell lacks, when it lies beside its manifest.
 *
 * @module
 */

import { dirname, join } from "@std/path";
import { pathOfUrl } from "../manifest/paths.ts";
import type { CellSpec } from "../manifest/spec.ts";
import type { CliIo } from "./io.ts";
import { shellQuote, shownPath } from "./shell.ts";

/** Entries of a folder that are looked at. */
const MOST_ENTRIES = 1_000;

/** Extensions that a hint names. */
const MOST_NAMED = 5;

/**
 * What to add to the command line, for cells that declare capabilities which
 * nothing offers: the files beside their manifests that are called like
 * extensions. `undefined` when there are none, or Deno does not let them be
 * looked for.
 *
 * @param given the extensions that were loaded, as `file:` URLs
 */
export async function extensionHint(
  specs: readonly Pick<CellSpec, "manifestPath">[],
  given: readonly string[],
  io: Pick<CliIo, "cwd" | "queryPermission">,
): Promise<string | undefined> {
  const folders = new Set(specs.map((it) => dirname(it.manifestPath)));
  const found: string[] = [];
  for (const folder of folders) found.push(...await extensionsIn(folder, io));
  const known = given.map((url) => pathOfUrl(new URL(url)));
  const options = found.filter((path) => !known.includes(path))
    .slice(0, MOST_NAMED)
    .map((path) => `--ext ${shellQuote(shownPath(path, io.cwd))}`);
  return options.length === 0
    ? undefined
    : `an extension lies beside the manifest: add ${options.join(" ")}`;
}

async function extensionsIn(
  folder: string,
  io: Pick<CliIo, "queryPermission">,
): Promise<string[]> {
  const found: string[] = [];
  try {
    const state = io.queryPermission({ name: "read", path: folder });
    if (state !== "granted") return found;
    let left = MOST_ENTRIES;
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (--left < 0) break;
      if (isFile && name.endsWith("_extension.ts")) {
        found.push(join(folder, name));
      }
    }
  } catch {
    // A hint is no reason to fail: what can't be listed is not named.
  }
  return found.sort();
}
