/**
 * `storage.fs`: files of the cell's own.
 *
 * @module
 */

import { CODE } from "../abi/codes.ts";
import {
  decodeFsMode,
  decodeFsPath,
  decodeFsRename,
  decodeFsTemp,
  decodeFsWriteOptions,
  encodeFsEntries,
  encodeFsPath,
  encodeFsStat,
} from "../abi/fs.ts";
import { utf8Of } from "../abi/utf8.ts";
import { LIMITS } from "../limits.ts";
import type { Capability, CellContext, HostCall } from "./capability.ts";
import { shapesOf } from "./contract.ts";
import { CellFolder } from "./fs/cell_folder.ts";
import { changeMode, removeAll, removeFile, renameFile } from "./fs/changes.ts";
import { readFile, writeFile } from "./fs/content.ts";
import { failed, type FsFailure, fsFailureOf, refused } from "./fs/failure.ts";
import { listFolder, makeFolder, statOf } from "./fs/folders.ts";
import { makeTemporary } from "./fs/temporary.ts";
import { storageNeeds } from "./needs.ts";

const NAME = "storage.fs";

/**
 * Makes the capability. The files lie in `<storage root>/<cell>`, which is made
 * when the cell first uses it. Paths go by `/`, from that folder on.
 *
 * What it answers beside the common codes: 5 a path that is empty, absolute,
 * not UTF-8, has `..` or a NUL in it, leaves through a link, or is the host's
 * own; 6 not there; 9 the storage can't be used; 11 Deno does not grant it.
 */
export function fs(): Capability {
  return {
    name: NAME,
    stubs: shapesOf(NAME),
    permissions: storageNeeds,
    imports: (cell) => new Functions(cell).all(),
  };
}

/** The codes that a cell expects in its daily life; the others are worth a record. */
const QUIET = new Set<number>([6]);

/** The functions for one instance of a cell. */
class Functions {
  readonly #cell: CellContext;
  readonly #folder: CellFolder;

  constructor(cell: CellContext) {
    this.#cell = cell;
    this.#folder = new CellFolder(cell.spec, cell.env);
  }

  all(): Readonly<Record<string, HostCall>> {
    const folder = this.#folder;
    return {
      fs_read: this.#onPath("fs_read", (path) => readFile(folder, path)),
      fs_write: this.#write(),
      fs_delete: this.#onPath("fs_delete", (path) => removeFile(folder, path)),
      fs_remove_all: this.#onPath(
        "fs_remove_all",
        (path) => removeAll(folder, path),
      ),
      fs_list: this.#onPath(
        "fs_list",
        (path) => encodeFsEntries(listFolder(folder, path)),
      ),
      fs_stat: this.#onRecord(
        "fs_stat",
        decodeFsPath,
        (path) => encodeFsStat(statOf(folder, path)),
      ),
      fs_rename: this.#onRecord(
        "fs_rename",
        decodeFsRename,
        (request) => renameFile(folder, request.old, request.new),
      ),
      fs_mkdir_all: this.#onRecord(
        "fs_mkdir_all",
        decodeFsMode,
        ({ path, mode }) => makeFolder(folder, path, mode),
      ),
      fs_chmod: this.#onRecord(
        "fs_chmod",
        decodeFsMode,
        ({ path, mode }) => changeMode(folder, path, mode),
      ),
      fs_create_temp: this.#onRecord(
        "fs_create_temp",
        decodeFsTemp,
        ({ dir, pattern }) =>
          encodeFsPath(makeTemporary(folder, dir, pattern, "file")),
      ),
      fs_mkdir_temp: this.#onRecord(
        "fs_mkdir_temp",
        decodeFsTemp,
        ({ dir, pattern }) =>
          encodeFsPath(makeTemporary(folder, dir, pattern, "folder")),
      ),
    };
  }

  /** A function that takes a plain path. */
  #onPath(
    call: string,
    action: (path: string) => Uint8Array | void,
  ): HostCall {
    return (ptr = 0, len = 0, ptrOut?, lenOut?) => {
      if (len === 0) return CODE.empty;
      if (!this.#cell.memory.holds(ptr, len)) return CODE.range;
      return this.#run(
        call,
        () => action(this.#path(ptr, len)),
        ptrOut,
        lenOut,
      );
    };
  }

  /** A function that takes a record. */
  #onRecord<T>(
    call: string,
    decode: (bytes: Uint8Array) => T,
    action: (request: T) => Uint8Array | void,
  ): HostCall {
    return (ptr = 0, len = 0, ptrOut?, lenOut?) => {
      if (len === 0) return CODE.empty;
      const request = this.#decoded(ptr, len, decode);
      if (typeof request === "number") return request;
      return this.#run(call, () => action(request.value), ptrOut, lenOut);
    };
  }

  #write(): HostCall {
    return (
      pathPtr = 0,
      pathLen = 0,
      ptr = 0,
      len = 0,
      optionsPtr?,
      optionsLen?,
    ) => {
      if (pathLen === 0) return CODE.empty;
      const { memory } = this.#cell;
      if (!memory.holds(pathPtr, pathLen) || !memory.holds(ptr, len)) {
        return CODE.range;
      }
      const mode = this.#decoded(
        optionsPtr ?? 0,
        optionsLen ?? 0,
        decodeFsWriteOptions,
      );
      if (typeof mode === "number") return mode;
      return this.#run("fs_write", () => {
        const path = this.#path(pathPtr, pathLen);
        const bytes = memory.read(ptr, len, LIMITS.fsFileBytes);
        if (bytes === undefined) {
          throw failed(
            `Cannot write "${path}": it would be larger than ${LIMITS.fsFileBytes} bytes`,
          );
        }
        writeFile(this.#folder, path, bytes, mode.value);
      });
    };
  }

  /** A record, or the code that says why there is none. */
  #decoded<T>(
    ptr: number,
    len: number,
    decode: (bytes: Uint8Array) => T,
  ): { readonly value: T } | number {
    const { memory } = this.#cell;
    if (!memory.holds(ptr, len)) return CODE.range;
    // What follows a request is passed over.
    const bytes = memory.read(ptr, Math.min(len >>> 0, MOST_REQUEST_BYTES));
    if (bytes === undefined) return CODE.undecodable;
    try {
      return { value: decode(bytes) };
    } catch {
      return CODE.undecodable;
    }
  }

  #path(ptr: number, len: number): string {
    const bytes = this.#cell.memory.read(ptr, len, LIMITS.fsPathBytes);
    if (bytes === undefined) {
      throw failed(
        `Cannot use a path of ${
          len >>> 0
        } bytes: it is longer than ${LIMITS.fsPathBytes}`,
      );
    }
    const path = utf8Of(bytes);
    if (path !== undefined) return path;
    // Repaired, it would be another path.
    throw refused(LOSSY.decode(bytes), "it is not UTF-8");
  }

  /** Runs an operation in the cell's folder, and answers. */
  #run(
    call: string,
    action: () => Uint8Array | void,
    ptrOut?: number,
    lenOut?: number,
  ): number {
    const answers = ptrOut !== undefined && lenOut !== undefined;
    const { memory } = this.#cell;
    // Before anything is made whose name would then be lost.
    if (answers && !(memory.holds(ptrOut, 4) && memory.holds(lenOut, 4))) {
      return CODE.writeFailed;
    }
    try {
      this.#folder.open();
      const response = action();
      if (!answers) return CODE.ok;
      return this.#respond(call, response ?? EMPTY, ptrOut, lenOut);
    } catch (error) {
      const failure = fsFailureOf(error);
      this.#record(call, failure);
      return failure.result;
    }
  }

  #respond(
    call: string,
    bytes: Uint8Array,
    ptrOut: number,
    lenOut: number,
  ): number {
    if (bytes.length > LIMITS.fsFileBytes) {
      throw failed(
        `Cannot answer ${call}: the answer is larger than ${LIMITS.fsFileBytes} bytes`,
      );
    }
    return this.#cell.memory.respond(bytes, ptrOut, lenOut);
  }

  #record(call: string, failure: FsFailure): void {
    if (QUIET.has(failure.result)) return;
    this.#cell.logger.log("warn", "storage call failed", {
      call,
      code: failure.result,
      err: failure.message,
    });
  }
}

/** Room for two paths of the longest kind, and what is around them. */
const MOST_REQUEST_BYTES = 64 << 10;
const EMPTY = new Uint8Array(0);
const LOSSY = new TextDecoder();
