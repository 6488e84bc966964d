/**
 * What is in a file: read whole, replaced whole.
 *
 * @module
 */

const { closeSync, constants, fstatSync, openSync, readSync } = await import(
  "node:fs"
);
import { LIMITS } from "../../limits.ts";
import { lookAt } from "../../look_at.ts";
import type { CellFolder } from "./cell_folder.ts";
import { changedMeanwhile, failed, notMissing, notThere } from "./failure.ts";
import { makeFolders } from "./folders.ts";
import { isSame, type Place } from "./place.ts";

const DEFAULT_MODE = 0o644;

/**
 * A file's bytes. Anything but a plain file is refused before it is opened,
 * and again when it is open: a pipe never holds the thread.
 *
 * @throws {FsFailure} 6 not there; 4 no plain file, or over `LIMITS.fsFileBytes`.
 */
export function readFile(folder: CellFolder, path: string): Uint8Array {
  return folder.observe(path, (place) => {
    if (place.info === undefined) throw notThere(path);
    checkPlain(path, place.info);
    checkSize(path, place.info.size);
    const file = openSync(
      place.path,
      // Neither a pipe nor a link put there in this moment gets its way.
      constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW,
    );
    try {
      const open = fstatSync(file);
      // Somebody replaced it since: look again.
      if (!open.isFile() || !isSame(open, place.info)) return undefined;
      // Not a byte before it is known where it lies.
      if (!folder.held(place)) return undefined;
      return readWhole(path, file, open.size);
    } finally {
      closeSync(file);
    }
  });
}

/** Reads to the end, which may have moved since the size was asked for. */
function readWhole(path: string, file: number, size: number): Uint8Array {
  checkSize(path, size);
  let bytes = new Uint8Array(size);
  let length = 0;
  for (;;) {
    if (length === bytes.length) {
      const more = new Uint8Array(1);
      if (readSync(file, more, 0, 1, null) === 0) return bytes;
      checkSize(path, length + 1);
      const grown = new Uint8Array(
        Math.min(LIMITS.fsFileBytes, Math.max(4096, length * 2)),
      );
      grown.set(bytes);
      grown[length++] = more[0] ?? 0;
      bytes = grown;
    }
    const read = readSync(file, bytes, length, bytes.length - length, null);
    if (read === 0) return bytes.subarray(0, length);
    length += read;
  }
}

/**
 * Puts bytes where a path leads, and makes the folders above it. Readers see
 * the old content or the new one, never a part, also after the power went: the
 * bytes are on the disk before they get the name. A file that is there keeps
 * its permissions; a new one gets `mode` (0 = 0644) under the process's umask.
 *
 * @throws {FsFailure} 4 when it can't be written.
 */
export function writeFile(
  folder: CellFolder,
  path: string,
  bytes: Uint8Array,
  mode: number,
): void {
  let place = target(folder, path);
  const kept = place.info?.mode ?? undefined;
  const staged = folder.stage();
  try {
    const file = Deno.openSync(staged, {
      write: true,
      createNew: true,
      mode: mode & 0o777 || DEFAULT_MODE,
    });
    try {
      for (let at = 0; at < bytes.length;) {
        at += file.writeSync(bytes.subarray(at));
      }
      file.syncDataSync();
    } finally {
      file.close();
    }
    if (kept !== undefined) Deno.chmodSync(staged, kept & 0o777);
    const { dev, ino } = Deno.lstatSync(staged);
    // The disk took its time; where the path leads is looked up anew.
    place = target(folder, path);
    Deno.renameSync(staged, place.path);
    const written = lookAt(place.path);
    if (
      !folder.held(place) ||
      (written !== undefined && !isSame(written, { dev, ino }))
    ) throw changedMeanwhile(path);
  } catch (error) {
    try {
      Deno.removeSync(staged);
    } catch {
      // It got its name, or never was.
    }
    throw notMissing(error);
  }
}

function target(folder: CellFolder, path: string): Place {
  let place = folder.find(path);
  if (place.missing > 1) {
    makeFolders(folder, place, place.missing - 1, 0);
    place = folder.find(path);
  }
  if (place.info !== undefined) {
    checkPlain(path, place.info);
    if (((place.info.mode ?? 0o200) & 0o200) === 0) {
      throw failed(`Cannot write "${path}": it is read-only`);
    }
  } else if (place.missing > 1) throw changedMeanwhile(path);
  return place;
}

function checkPlain(path: string, info: Deno.FileInfo): void {
  if (info.isFile) return;
  throw failed(
    `Cannot use "${path}" as a file: it is ${
      info.isDirectory ? "a folder" : "a pipe, a socket or a device"
    }`,
  );
}

function checkSize(path: string, size: number): void {
  if (size <= LIMITS.fsFileBytes) return;
  throw failed(
    `Cannot read "${path}": it is larger than ${LIMITS.fsFileBytes} bytes`,
  );
}
