/**
 * Where the database of a cell lies, and whether it may be opened there.
 *
 * @module
 */

import { CODE } from "../../abi/codes.ts";
import { messageOf } from "../../errors.ts";
import { lookAt } from "../../look_at.ts";
import { resolvePath } from "../../manifest/paths.ts";
import { cellFolder } from "../storage_folder.ts";
import { SqlFailure } from "./failure.ts";

/** Name of a cell's database in its folder, and of what SQLite puts beside it. */
const DATABASE = "data.db";
const COMPANIONS = ["-wal", "-shm", "-journal"];

/**
 * Makes the folder of a cell and an empty database if they aren't there, and
 * returns the path of the database. Nothing on the way from the storage root
 * to the database may be a symbolic link: SQLite would follow it.
 *
 * @throws {SqlFailure} when that can't be had.
 */
export function prepareStorage(storageRoot: string, cell: string): string {
  // Manifests can't have such names; a spec that was made by hand can.
  if (!/^[A-Za-z0-9._-]+$/.test(cell) || cell === "." || cell === "..") {
    throw new SqlFailure(
      `Cannot open the database of "${cell}": the name is no single folder`,
    );
  }
  const folder = cellFolder(storageRoot, cell);
  try {
    if (!isReal(folder, "isDirectory")) {
      Deno.mkdirSync(folder, { recursive: true, mode: 0o755 });
    }
    const path = resolvePath(folder, DATABASE);
    for (const suffix of COMPANIONS) isReal(path + suffix, "isFile");
    if (!isReal(path, "isFile")) createEmpty(path);
    return path;
  } catch (error) {
    throw storageFailure(error, cell, folder);
  }
}

/** Fails with the reason, where SQLite would only say that it can't. */
function createEmpty(path: string): void {
  try {
    Deno.openSync(path, { write: true, createNew: true }).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    // Another process was faster.
    isReal(path, "isFile");
  }
}

/** Says what is wrong with a cell's folder or with the file in it. */
export function storageFailure(
  error: unknown,
  cell: string,
  folder: string,
): SqlFailure {
  if (error instanceof SqlFailure) return error;
  const subject = `Cannot open the database of "${cell}"`;
  if (error instanceof Deno.errors.NotCapable) {
    return new SqlFailure(
      `${subject}: storage.sqlite needs to read and write "${folder}" ` +
        `(run with --allow-read=${folder} --allow-write=${folder})`,
      CODE.refused,
      { cause: error },
    );
  }
  const readOnly = error instanceof Deno.errors.PermissionDenied ||
    (error instanceof Error && "code" in error && error.code === "EROFS");
  return new SqlFailure(
    readOnly
      ? `${subject}: "${folder}" can't be written to: ${messageOf(error)}`
      : `${subject}: ${messageOf(error)}`,
    readOnly ? CODE.sqliteReadOnly : CODE.refused,
    { cause: error },
  );
}

/** Whether something is there; throws when it isn't what it should be. */
function isReal(path: string, kind: "isDirectory" | "isFile"): boolean {
  const info = lookAt(path);
  if (info === undefined) return false;
  if (info[kind]) return true;
  throw new SqlFailure(
    info.isSymlink
      ? `Cannot open "${path}": it is a symbolic link, which may leave the storage root`
      : `Cannot open "${path}": it is no ${
        kind === "isFile" ? "file" : "folder"
      }`,
  );
}
