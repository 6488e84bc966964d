/**
 * The folder of a cell: made when it is first used, and looked at with the
 * suspicion that somebody else moves things in it.
 *
 * Deno can't open a file relative to a folder that is open, so a path is
 * looked up anew for every call to the system, and Deno's own permission does
 * not follow links. What keeps an operation inside is this: each folder on the
 * way has to be a real one that was left alone for longer than a clock's tick,
 * and has to be unchanged when the operation is over. In between, nobody can
 * have put a link in its place. Nothing is handed out before that is known, so
 * reading is exact. What changes something can't be taken back: a link that
 * somebody puts there within the microseconds before the call, having waited
 * for them, is found right after it and is an error.
 *
 * @module
 */

import { CODE } from "../../abi/codes.ts";
import { LIMITS } from "../../limits.ts";
import { lookAt } from "../../look_at.ts";
import type { CellSpec } from "../../manifest/spec.ts";
import type { HostEnv } from "../capability.ts";
import { cellFolder } from "../storage_folder.ts";
import { parseCellPath, STAGING } from "./cell_path.ts";
import { failed, FsFailure, fsFailureOf, refused } from "./failure.ts";
import {
  findPlace,
  isSame,
  type Place,
  type Stamp,
  stampAgain,
} from "./place.ts";

/** How a path is looked up. */
export interface FindOptions {
  /** Follow a link at the end of the path. Default: true. */
  readonly follow?: boolean;
  /** Take the database of `storage.sqlite` for a path like any other. Default: false. */
  readonly database?: boolean;
  /** The place is a folder that is gone into: its name, too, has to be at rest. Default: false. */
  readonly enter?: boolean;
}

/** The database of a cell, and what SQLite puts beside it. */
const DATABASE = /^data\.db(?:-wal|-shm|-journal)?$/i;

/** The storage of one instance of a cell. */
export class CellFolder {
  /** Its absolute path. */
  readonly path: string;
  readonly #name: string;
  readonly #hasDatabase: boolean;
  #granted: boolean | undefined;
  #staged = 0;
  #swept = false;

  /** Touches nothing yet. */
  constructor(spec: CellSpec, env: HostEnv) {
    this.path = cellFolder(env.storageRoot, spec.name);
    this.#name = spec.name;
    this.#hasDatabase = spec.capabilities.includes("storage.sqlite");
  }

  /** What the folder itself is called: the name of the cell. */
  get name(): string {
    return this.#name;
  }

  /**
   * Makes the folder where it isn't there.
   *
   * @throws {FsFailure} 9 when it can't be had, 11 when Deno does not grant it.
   */
  open(): void {
    // Manifests can't have such names; a spec that was made by hand can.
    if (
      !/^[A-Za-z0-9._-]+$/.test(this.#name) || /^\.\.?$/.test(this.#name)
    ) throw this.#unavailable("the cell's name is no single folder");
    this.#checkGranted();
    try {
      const info = lookAt(this.path);
      if (info?.isDirectory) return;
      if (info === undefined) {
        return Deno.mkdirSync(this.path, { recursive: true, mode: 0o755 });
      }
      throw this.#unavailable(
        info.isSymlink ? "it is a symbolic link" : "it is no folder",
      );
    } catch (error) {
      const { result, message } = fsFailureOf(error);
      throw result === CODE.noResource
        ? error
        : this.#unavailable(message, error);
    }
  }

  /**
   * What a path of the cell names, once the folders on the way are at rest.
   *
   * @throws {FsFailure} 5 when the path or a link in it is refused, 4 when the
   * folders on the way keep changing.
   */
  find(path: string, options: FindOptions = {}): Place {
    return this.findParts(parseCellPath(path), options);
  }

  /** As {@linkcode CellFolder.find}, for a path that was parsed. */
  findParts(
    parts: readonly string[],
    { follow = true, database = false, enter = false }: FindOptions = {},
  ): Place {
    for (let look = 0; look < LIMITS.fsLooks; look++) {
      const found = findPlace(this.path, parts, follow);
      const place = enter ? entered(found) : found;
      this.#checkNames(place, database);
      if (place.info?.isSymlink) this.#checkTarget(parts);
      const restless = restlessMs(place.above);
      if (restless === 0) return place;
      sleep(restless);
    }
    throw keepsChanging(parts);
  }

  /**
   * Whether no folder on the way changed since the place was found. Of the
   * folders that the operation itself has changed, those that hold a place of
   * `own`, only their identity tells.
   */
  held(place: Place, ...own: readonly Place[]): boolean {
    const changed = [place, ...own].map(({ holder }) => holder?.path);
    const { above, holder } = place;
    return (holder === undefined ? above : [...above, holder]).every((stamp) =>
      isUnchanged(stamp, changed.includes(stamp.path))
    );
  }

  /**
   * Looks something up and reads it, again when a folder on the way changed
   * meanwhile or `read` gives nothing.
   *
   * @throws {FsFailure} 4 when that never ends.
   */
  observe<T>(
    path: string,
    read: (place: Place) => T | undefined,
    options: FindOptions = {},
  ): T {
    const parts = parseCellPath(path);
    for (let look = 0; look < LIMITS.fsLooks; look++) {
      const place = this.findParts(parts, options);
      let result: T | undefined;
      try {
        result = read(place);
      } catch (error) {
        if (this.held(place)) throw error;
        continue;
      }
      if (result !== undefined && this.held(place)) return result;
    }
    throw keepsChanging(parts);
  }

  /** A new path in the folder of unfinished things, right below the cell's own. */
  stage(): string {
    const folder = this.#stagingFolder();
    return `${folder}/${crypto.randomUUID()}-${this.#staged++}`;
  }

  #stagingFolder(): string {
    const folder = `${this.path}/${STAGING}`;
    const info = lookAt(folder);
    if (info === undefined) {
      Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    } else if (!info.isDirectory) {
      throw failed(`Cannot write below "${folder}": it is no folder`);
    } else if (!this.#swept) sweep(folder);
    this.#swept = true;
    return folder;
  }

  /** The names where the links have led to are the names that count. */
  #checkNames({ parts, path }: Place, database: boolean): void {
    const first = parts[0] ?? "";
    if (first.toLowerCase() === STAGING) {
      throw refused(path, "the name is the host's");
    }
    if (
      this.#hasDatabase && !database && parts.length === 1 &&
      DATABASE.test(first)
    ) throw refused(path, "it is the database of storage.sqlite");
  }

  /** A link that is not followed may not leave the folder either. */
  #checkTarget(parts: readonly string[]): void {
    try {
      findPlace(this.path, parts);
    } catch (error) {
      if (error instanceof FsFailure && error.result === CODE.refused) {
        throw error;
      }
    }
  }

  /** Both are asked for, once: on an open file Deno lets more be done than was granted. */
  #checkGranted(): void {
    const { path } = this;
    this.#granted ??= (["read", "write"] as const).every((name) =>
      Deno.permissions.querySync({ name, path }).state === "granted"
    );
    if (this.#granted) return;
    throw new FsFailure(
      CODE.notAllowed,
      `Cannot use the storage of "${this.#name}": storage.fs needs to read and ` +
        `write "${path}" (run with --allow-read=${path} --allow-write=${path})`,
    );
  }

  #unavailable(reason: string, cause?: unknown): FsFailure {
    return new FsFailure(
      CODE.noResource,
      `Cannot use "${this.path}" as the storage of "${this.#name}": ${reason}`,
      cause,
    );
  }
}

function entered(place: Place): Place {
  const { above, holder } = place;
  return holder === undefined
    ? place
    : { ...place, above: [...above, holder], holder: undefined };
}

function isUnchanged(stamp: Stamp, byUs: boolean): boolean {
  const now = stampAgain(stamp.path);
  return now !== undefined && isSame(now, stamp) &&
    (byUs || now.changedMs === stamp.changedMs);
}

/** How long to wait until a further change of these folders would show. */
function restlessMs(stamps: readonly Stamp[]): number {
  const now = Date.now();
  let wait = 0;
  for (const { changedMs } of stamps) {
    const age = Math.abs(now - changedMs);
    wait = Math.max(wait, LIMITS.fsSettleMs - age);
  }
  return Math.max(wait, 0);
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function keepsChanging(parts: readonly string[]): FsFailure {
  return failed(
    `Cannot use "${parts.join("/")}": folders on the way keep changing`,
  );
}

/** Removes what a crash left. Young files may be those of another process. */
function sweep(folder: string): void {
  for (const { name } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    const age = Date.now() - (lookAt(path)?.mtime?.getTime() ?? Infinity);
    if (age < LIMITS.fsLeftoverMs) continue;
    try {
      Deno.removeSync(path, { recursive: true });
    } catch {
      // It is in nobody's way.
    }
  }
}
