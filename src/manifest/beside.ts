/**
 * What stands where a manifest was looked for and is not: loaded only then.
 *
 * Nothing here fails: what Deno or the system does not let be looked at is
 * left out of the answer.
 *
 * @module
 */

import { basename, dirname, join } from "@std/path";
import { nearest } from "../nearest.ts";

/** Entries of a folder that are looked at. */
const MOST_ENTRIES = 1_000;

/** Cells that a hint names. */
const MOST_NAMED = 10;

/**
 * What to do when there is nothing at `path`: the name beside it that may be
 * meant, or else the cells that are there. `undefined` when nothing is.
 *
 * @param suffixes how files may end; folders are meant by any name
 */
export async function hintForAbsent(
  path: string,
  manifestName: string,
  suffixes: readonly string[] = [".toml"],
): Promise<string | undefined> {
  const folder = dirname(path);
  const entries = await entriesOf(folder);
  const names = entries
    .filter(({ isFile, name }) =>
      !isFile || suffixes.some((suffix) => name.endsWith(suffix))
    )
    .map(({ name }) => name);
  const near = nearest(basename(path), names);
  if (near !== undefined) return `did you mean "${join(folder, near)}"?`;
  const cells = await cellsAmong(folder, entries, manifestName);
  return cells === undefined ? undefined : `cells beside it: ${cells}`;
}

/** What to do when the folder at `path` holds no manifest: which cells are below it. */
export async function hintForFolder(
  path: string,
  manifestName: string,
): Promise<string> {
  const entries = await entriesOf(path);
  const cells = await cellsAmong(path, entries, manifestName);
  return cells === undefined
    ? 'name the folder of a cell; "pulp new" makes one'
    : `cells in it: ${cells}`;
}

async function entriesOf(folder: string): Promise<Deno.DirEntry[]> {
  const entries: Deno.DirEntry[] = [];
  try {
    if (!await mayRead(folder)) return entries;
    for await (const entry of Deno.readDir(folder)) {
      if (entries.push(entry) >= MOST_ENTRIES) break;
    }
  } catch {
    // What was found until then is as good as it gets.
  }
  return entries;
}

/** The names of the folders that hold a manifest, as a sentence has them. */
async function cellsAmong(
  folder: string,
  entries: readonly Deno.DirEntry[],
  manifestName: string,
): Promise<string | undefined> {
  const names = entries.filter(({ isFile }) => !isFile)
    .map(({ name }) => name).sort();
  const cells: string[] = [];
  for (const name of names) {
    if (!await isFile(join(folder, name, manifestName))) continue;
    if (cells.length === MOST_NAMED) return `${cells.join(", ")}, …`;
    cells.push(name);
  }
  return cells.length === 0 ? undefined : cells.join(", ");
}

async function isFile(path: string): Promise<boolean> {
  try {
    return await mayRead(path) && (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

/** Asks first: reading what is not granted would prompt on a terminal. */
async function mayRead(path: string): Promise<boolean> {
  const { state } = await Deno.permissions.query({ name: "read", path });
  return state === "granted";
}
