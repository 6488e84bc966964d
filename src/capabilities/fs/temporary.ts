/**
 * Files and folders with names that nobody has yet.
 *
 * @module
 */

import { lookAt } from "../../look_at.ts";
import type { CellFolder } from "./cell_folder.ts";
import { parseCellPath } from "./cell_path.ts";
import { changedMeanwhile, failed, notThere } from "./failure.ts";
import { makeFolder } from "./folders.ts";
import { isSame, join } from "./place.ts";

/** Where temporary things go that name no folder. */
const DEFAULT_FOLDER = "tmp";

const ATTEMPTS = 100;

/**
 * Makes an empty file (0600) or folder (0700) in `dir`, which has to be there;
 * empty stands for `tmp`, which is made. The last `*` of `pattern` becomes
 * random, or the end of it. Returns the path below the cell's folder.
 *
 * @throws {FsFailure} 6 no such folder; 4 the pattern has a separator in it.
 */
export function makeTemporary(
  folder: CellFolder,
  dir: string,
  pattern: string,
  kind: "file" | "folder",
): string {
  if (/[\\/\0]/.test(pattern)) {
    throw failed(`Cannot use the pattern "${pattern}": it is no name`);
  }
  if (dir === "") makeFolder(folder, DEFAULT_FOLDER, 0);
  const asked = parseCellPath(dir === "" ? DEFAULT_FOLDER : dir);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const path = [...asked, randomName(pattern)].join("/");
    // The name may be one that no path can have.
    parseCellPath(path);
    const parent = folder.findParts(asked, { enter: true });
    if (parent.info === undefined) throw notThere(dir);
    if (!parent.info.isDirectory) {
      throw failed(`Cannot make anything in "${dir}": it is no folder`);
    }
    const whole = join(parent.path, path.split("/").slice(-1));
    try {
      make(whole, kind);
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) continue;
      throw error;
    }
    const again = lookAt(parent.path);
    if (
      again === undefined || !isSame(again, parent.info) ||
      !folder.held(parent)
    ) throw changedMeanwhile(path);
    return path;
  }
  throw failed(`Cannot make anything in "${dir}": every name is taken`);
}

function make(path: string, kind: "file" | "folder"): void {
  if (kind === "folder") return Deno.mkdirSync(path, { mode: 0o700 });
  Deno.openSync(path, { write: true, createNew: true, mode: 0o600 }).close();
}

/** Digits, as Go has them. */
function randomName(pattern: string): string {
  const random = String(crypto.getRandomValues(new Uint32Array(1))[0]);
  const star = pattern.lastIndexOf("*");
  return star < 0
    ? pattern + random
    : pattern.slice(0, star) + random + pattern.slice(star + 1);
}
