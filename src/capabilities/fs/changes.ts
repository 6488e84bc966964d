/**
 * Removing, renaming, and changing permissions.
 *
 * @module
 */

const { closeSync, constants, fchmodSync, fstatSync, openSync } = await import(
  "node:fs"
);
import { LIMITS } from "../../limits.ts";
import { lookAt } from "../../look_at.ts";
import type { CellFolder } from "./cell_folder.ts";
import { tooDeep } from "./cell_path.ts";
import { changedMeanwhile, failed, notMissing, notThere } from "./failure.ts";
import { makeFolders } from "./folders.ts";
import { isSame, type Place } from "./place.ts";

/**
 * Removes a file, a link or an empty folder.
 *
 * @throws {FsFailure} 6 not there; 4 a folder with something in it, or the
 * cell's own.
 */
export function removeFile(folder: CellFolder, path: string): void {
  const staged = folder.stage();
  const place = folder.find(path, { follow: false });
  if (place.info === undefined) throw notThere(path);
  checkNotRoot(path, place);
  // Only ever removes what is empty, so it needs no detour.
  if (place.info.isDirectory) Deno.removeSync(place.path);
  else {
    takeAway(folder, path, place, staged);
    discard(staged);
  }
  if (!folder.held(place)) throw changedMeanwhile(path);
}

/**
 * Removes whatever is there, in one step as others see it. Links in it are
 * removed, never followed.
 *
 * @throws {FsFailure} 4 when it can't be removed, or is the cell's own folder.
 */
export function removeAll(folder: CellFolder, path: string): void {
  const staged = folder.stage();
  const place = folder.find(path, { follow: false });
  checkNotRoot(path, place);
  if (place.info === undefined) return;
  try {
    // Removing goes as deep as the tree, on a stack of its own.
    if (place.info.isDirectory) checkHeight(path, place.path, 1);
    takeAway(folder, path, place, staged);
    discard(staged);
  } catch (error) {
    throw notMissing(error);
  }
}

/**
 * Gives something another path, and makes the folders above that. A file that
 * is there is replaced.
 *
 * @throws {FsFailure} 6 nothing is at the old path; 4 it can't be done.
 */
export function renameFile(
  folder: CellFolder,
  oldPath: string,
  newPath: string,
): void {
  let from = folder.find(oldPath, { follow: false });
  if (from.info === undefined) throw notThere(oldPath);
  checkNotRoot(oldPath, from);
  let to = folder.find(newPath, { follow: false });
  checkNotRoot(newPath, to);
  if (to.missing > 1) {
    makeFolders(folder, to, to.missing - 1, 0);
    to = folder.find(newPath, { follow: false });
    from = folder.find(oldPath, { follow: false });
    if (from.info === undefined) throw notThere(oldPath);
  }
  if (from.info.isDirectory) {
    checkHeight(oldPath, from.path, to.parts.length);
  }
  try {
    Deno.renameSync(from.path, to.path);
  } catch (error) {
    throw notMissing(error);
  }
  const moved = lookAt(to.path);
  if (
    moved === undefined || !isSame(moved, from.info) ||
    !folder.held(from, to) || !folder.held(to, from)
  ) {
    if (moved !== undefined && !isSame(moved, from.info)) {
      putBack(to.path, from.path);
    }
    throw changedMeanwhile(newPath);
  }
}

/**
 * Sets permissions; of `mode` the bits within 0777 count. A link is followed.
 *
 * @throws {FsFailure} 6 not there; 4 it can't be done, or is the cell's own
 * folder.
 */
export function changeMode(
  folder: CellFolder,
  path: string,
  mode: number,
): void {
  const place = folder.find(path);
  const { info } = place;
  if (info === undefined) throw notThere(path);
  checkNotRoot(path, place);
  if (!info.isFile && !info.isDirectory) {
    throw failed(`Cannot change "${path}": it is neither a file nor a folder`);
  }
  if (Deno.build.os === "windows" || ((info.mode ?? 0) & 0o400) === 0) {
    // What its owner can't read can't be opened first.
    Deno.chmodSync(place.path, mode & 0o777);
  } else {
    const file = openSync(
      place.path,
      constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW,
    );
    try {
      if (!isSame(fstatSync(file), info) || !folder.held(place)) {
        throw changedMeanwhile(path);
      }
      fchmodSync(file, mode & 0o777);
    } finally {
      closeSync(file);
    }
  }
  if (!folder.held(place)) throw changedMeanwhile(path);
}

/** Moves something to where no link can be, and puts it back when it is not what was looked up. */
function takeAway(
  folder: CellFolder,
  path: string,
  place: Place,
  staged: string,
): void {
  Deno.renameSync(place.path, staged);
  const taken = Deno.lstatSync(staged);
  if (
    place.info !== undefined && isSame(taken, place.info) && folder.held(place)
  ) return;
  putBack(staged, place.path);
  throw changedMeanwhile(path);
}

/** Removes for good what was taken away; another process may do it first, as a leftover. */
function discard(staged: string): void {
  try {
    Deno.removeSync(staged, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function putBack(from: string, to: string): void {
  try {
    Deno.renameSync(from, to);
  } catch {
    // Where it came from is gone.
  }
}

/** Fails when a tree below `base` folders reaches deeper than paths may. */
function checkHeight(shown: string, path: string, base: number): void {
  let level = [path];
  for (let depth = base; level.length > 0; depth++) {
    if (depth > LIMITS.fsDepth) throw tooDeep(shown);
    level = level.flatMap((parent) =>
      [...Deno.readDirSync(parent)].filter((entry) => entry.isDirectory)
        .map((entry) => `${parent}/${entry.name}`)
    );
  }
}

function checkNotRoot(path: string, place: Place): void {
  if (place.parts.length > 0) return;
  throw failed(`Cannot change "${path}": it is the cell's own folder`);
}
