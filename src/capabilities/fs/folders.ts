/**
 * Folders: what is in them, and how they come to be.
 *
 * @module
 */

import type { FsEntry, FsStat } from "../../abi/fs.ts";
import { goFileMode } from "../../abi/fs.ts";
import { LIMITS } from "../../limits.ts";
import type { CellFolder } from "./cell_folder.ts";
import { parseCellPath, STAGING, tooDeep } from "./cell_path.ts";
import { changedMeanwhile, failed, notMissing, notThere } from "./failure.ts";
import type { Place } from "./place.ts";

const DEFAULT_MODE = 0o755;

/**
 * The entries of a folder by name, in the order of their bytes.
 *
 * @throws {FsFailure} 6 not there; 4 no folder, or over `LIMITS.fsEntries`.
 */
export function listFolder(folder: CellFolder, path: string): FsEntry[] {
  return folder.observe(path, (place) => {
    if (place.info === undefined) throw notThere(path);
    if (!place.info.isDirectory) {
      throw failed(`Cannot list "${path}": it is no folder`);
    }
    const own = place.parts.length === 0;
    const entries: FsEntry[] = [];
    for (const { name, isDirectory } of Deno.readDirSync(place.path)) {
      if (own && name === STAGING) continue;
      if (entries.length === LIMITS.fsEntries) {
        throw failed(
          `Cannot list "${path}": it has more than ${LIMITS.fsEntries} entries`,
        );
      }
      entries.push({ name, isDir: isDirectory });
    }
    return entries.sort((a, b) => byBytes(a.name, b.name));
  }, { enter: true });
}

/** What a path names; a link is followed. Throws 6 when nothing is there. */
export function statOf(folder: CellFolder, path: string): FsStat {
  return folder.observe(path, ({ info }) => {
    if (info === undefined) throw notThere(path);
    const fallback = info.isDirectory ? 0o40777 : 0o100666;
    return {
      name: parseCellPath(path).at(-1) ?? folder.name,
      size: info.size,
      modTimeNs: BigInt(info.mtime?.getTime() ?? 0) * 1_000_000n,
      mode: goFileMode(info.mode ?? fallback),
      isDir: info.isDirectory,
    };
  }, { database: true });
}

/**
 * Makes a folder and those above it, with `mode` (0 = 0755) under the
 * process's umask. One that is there stays as it is.
 *
 * @throws {FsFailure} 4 when something else is in the way.
 */
export function makeFolder(
  folder: CellFolder,
  path: string,
  mode: number,
): void {
  const place = folder.find(path);
  if (place.info === undefined) {
    return makeFolders(folder, place, place.missing, mode);
  }
  if (!place.info.isDirectory) {
    throw failed(`Cannot make the folder "${path}": something else is there`);
  }
}

/** Makes the first `count` of what is missing of a place. */
export function makeFolders(
  folder: CellFolder,
  place: Place,
  count: number,
  mode: number,
): void {
  const rest = place.missing - count;
  const parts = place.parts.slice(0, place.parts.length - rest);
  const path = parts.join("/");
  if (parts.length > LIMITS.fsDepth) throw tooDeep(path);
  try {
    Deno.mkdirSync([folder.path, ...parts].join("/"), {
      recursive: true,
      mode: mode & 0o777 || DEFAULT_MODE,
    });
  } catch (error) {
    throw notMissing(error);
  }
  if (!folder.held(place)) throw changedMeanwhile(path);
}

/** The order of the names' UTF-8, which is that of their code points. */
function byBytes(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (left === right) continue;
    // Surrogates stand for what comes after all other characters.
    return weight(left) - weight(right);
  }
  return a.length - b.length;
}

function weight(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
