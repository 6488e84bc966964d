/**
 * Builds the guests of the tests, each once, into a cache outside the tree.
 *
 * @module
 */

import { dirname, join, resolve } from "@std/path";
import { type Guest, GUESTS } from "./catalog.ts";
import { TOOLCHAINS } from "./toolchains.ts";
import { type ManifestFields, writeCell } from "./write_cell.ts";

export { GUESTS } from "./catalog.ts";
export { compileWat } from "./toolchains.ts";
export { manifestText, writeCell } from "./write_cell.ts";
export type { CellFiles, ManifestFields } from "./write_cell.ts";

/** A module on disk, or why there is none here. */
export type Built = { readonly path: string } | { readonly skipped: string };

const ROOT = resolve(import.meta.dirname ?? ".", "../..");

/** Builds that are under way or done in this run. */
const builds = new Map<string, Promise<Built>>();

/** Builds a guest of the catalog. Throws when its source does not compile. */
export function buildGuest(name: string): Promise<Built> {
  let build = builds.get(name);
  if (build === undefined) {
    build = buildOnce(name);
    builds.set(name, build);
  }
  return build;
}

/**
 * Builds a guest and writes its folder below `dir`. `overrides` replace what
 * the catalog says of its manifest; `as` names the cell (default: the guest's
 * name). Returns the manifest's path, or why the guest can't be built.
 */
export async function writeGuest(
  dir: string,
  guest: string,
  overrides: ManifestFields = {},
  as: string = guest,
): Promise<Built> {
  const built = await buildGuest(guest);
  if ("skipped" in built) return built;
  const path = await writeCell(dir, {
    name: as,
    wasm: await Deno.readFile(built.path),
    manifest: { ...guestOf(guest).manifest, ...overrides },
  });
  return { path };
}

async function buildOnce(name: string): Promise<Built> {
  const guest = guestOf(name);
  const toolchain = TOOLCHAINS[guest.language];
  const problem = await toolchain.problem();
  if (problem !== undefined) return { skipped: `${name}: ${problem}` };
  const key = await keyOf(guest, await toolchain.identity());
  const path = join(await cacheFolder(), `${name}-${key}.wasm`);
  if (await isFile(path)) return { path };
  // A build of another process may finish first; the names differ until then.
  const draft = `${path}.${Deno.pid}.tmp`;
  try {
    await toolchain.build(ROOT, guest.source, draft);
    await Deno.rename(draft, path);
  } catch (error) {
    await Deno.remove(draft).catch(() => {});
    throw error;
  }
  return { path };
}

function guestOf(name: string): Guest {
  const guest = GUESTS[name];
  if (guest === undefined) throw new Error(`Cannot build "${name}": no guest`);
  return guest;
}

/** What the module is made of: the sources, what they import, and the compiler. */
async function keyOf(guest: Guest, identity: string): Promise<string> {
  const parts = [identity];
  for (const source of sourcesOf(guest)) {
    for await (const path of filesOf(join(ROOT, source))) {
      parts.push(path.slice(ROOT.length), await Deno.readTextFile(path));
    }
  }
  const bytes = new TextEncoder().encode(parts.join("\0"));
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toHex().slice(0, 16);
}

function sourcesOf(guest: Guest): readonly string[] {
  switch (guest.language) {
    case "assemblyscript":
      return [guest.source, "cells/sdk/assemblyscript"];
    case "go":
      return guest.source.startsWith("tests/")
        ? [guest.source, "tests/guests/go/wire", "tests/guests/go/go.sum"]
        : [guest.source];
    default:
      return [guest.source];
  }
}

/** The source files at a path, in a fixed order. */
async function* filesOf(path: string): AsyncGenerator<string> {
  if (await isFile(path)) {
    yield path;
    return;
  }
  const entries = await Array.fromAsync(Deno.readDir(path));
  for (const { name } of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    if (!name.endsWith(".wasm")) yield* filesOf(join(path, name));
  }
}

async function cacheFolder(): Promise<string> {
  const base = Deno.env.get("XDG_CACHE_HOME") ??
    join(Deno.env.get("HOME") ?? dirname(ROOT), ".cache");
  const folder = join(base, "pulp-test-guests");
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
