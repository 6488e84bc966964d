/**
 * Files that are watched.
 *
 * The system tells of changes at once, but not of all: a folder that was
 * replaced is another one, and when much happens some of it is dropped. So
 * the files are looked at from time to time, too.
 *
 * @module
 */

import { messageOf } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Logger } from "../logger.ts";
import { folderOf } from "../manifest/paths.ts";
import { type FileNews, Settling, type SettlingTimes } from "./settling.ts";

/** What became of files, by their paths. */
export type Changes = ReadonlyMap<string, FileNews>;

/** What a watch is made with. */
export interface FileWatchOptions {
  /** Told of changes; each file is whole by then, as far as can be seen. */
  readonly onChange: (changes: Changes) => void;
  readonly logger: Logger;
  /** Default: those of `LIMITS`. */
  readonly times?: SettlingTimes;
}

/** How long what the system tells is gathered: it tells of each write. */
const GATHER_MS = 20;

/** Watches files until it is disposed of. */
export class FileWatch implements Disposable {
  readonly #options: FileWatchOptions;
  readonly #times: SettlingTimes;
  #files = new Map<string, Settling>();
  #system: Deno.FsWatcher | undefined;
  /** The folders that the system watches, and which ones they were. */
  #watched = "";
  #isBlind = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueMs = Infinity;
  #isLooking = false;
  #isClosed = false;

  /** Watches nothing yet. */
  constructor(options: FileWatchOptions) {
    this.#options = options;
    this.#times = options.times ??
      { settleMs: LIMITS.watchSettleMs, goneMs: LIMITS.watchGoneMs };
  }

  /**
   * Watches these files, by their absolute paths, and no others. Deno has to
   * grant reading them and their folders. What is there and was not watched
   * before has changed.
   */
  watch(paths: Iterable<string>): void {
    const before = this.#files;
    this.#files = new Map(
      [...new Set(paths)].map((path) => [
        path,
        before.get(path) ?? new Settling(this.#times),
      ]),
    );
    this.#lookIn(0);
  }

  /** Watches nothing any more. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#forget();
  }

  /** The next look is no later than this. */
  #lookIn(ms: number): void {
    const dueMs = performance.now() + ms;
    if (this.#isClosed || dueMs >= this.#dueMs) return;
    this.#dueMs = dueMs;
    if (this.#isLooking) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), ms);
  }

  async #look(): Promise<void> {
    this.#dueMs = Infinity;
    this.#isLooking = true;
    await this.#follow();
    const changes = new Map<string, FileNews>();
    for (const [path, file] of this.#files) {
      const news = file.see(await lookAt(path), performance.now());
      if (news !== undefined) changes.set(path, news);
    }
    this.#isLooking = false;
    if (this.#isClosed) return;
    if (changes.size > 0) this.#options.onChange(changes);
    const isMoving = [...this.#files.values()].some((it) => !it.isSettled);
    const nextMs = isMoving ? this.#times.settleMs / 4 : LIMITS.watchLookMs;
    const dueMs = this.#dueMs;
    this.#dueMs = Infinity;
    this.#lookIn(Math.max(0, Math.min(nextMs, dueMs - performance.now())));
  }

  /** Has the system watch the folders that there are now. */
  async #follow(): Promise<void> {
    const folders = [
      ...new Set([...this.#files.keys()].map((it) => folderOf(it))),
    ].sort();
    const found: string[] = [];
    const ids: string[] = [];
    for (const folder of folders) {
      const id = await folderId(folder);
      if (id === undefined) continue;
      found.push(folder);
      ids.push(`${folder} ${id}`);
    }
    const watched = ids.join("\n");
    if (this.#isClosed || watched === this.#watched) return;
    this.#forget();
    this.#watched = watched;
    if (found.length === 0) return;
    try {
      this.#system = Deno.watchFs(found, { recursive: false });
      void this.#listen(this.#system);
      this.#isBlind = false;
    } catch (error) {
      this.#seesLess(error);
    }
  }

  async #listen(system: Deno.FsWatcher): Promise<void> {
    try {
      for await (const { kind } of system) {
        // Reading a file is one of them.
        if (kind !== "access") this.#lookIn(GATHER_MS);
      }
    } catch (error) {
      if (this.#system === system) this.#seesLess(error);
    }
  }

  /** What the system does not tell is seen a little later. */
  #seesLess(error: unknown): void {
    this.#forget();
    if (this.#isBlind) return;
    this.#isBlind = true;
    this.#options.logger.log("warn", "folders can't be watched", {
      err: messageOf(error),
      hint: `files are looked at every ${LIMITS.watchLookMs} ms`,
    });
  }

  #forget(): void {
    const system = this.#system;
    this.#system = undefined;
    this.#watched = "";
    try {
      system?.close();
    } catch {
      // It ended by itself.
    }
  }
}

/** What tells a file from what it was before; `undefined` when it can't be read. */
async function lookAt(path: string): Promise<string | undefined> {
  try {
    const { isFile, dev, ino, size, mtime, ctime } = await Deno.stat(path);
    if (!isFile) return undefined;
    return [dev, ino, size, mtime?.getTime(), ctime?.getTime()].join();
  } catch {
    return undefined;
  }
}

/** Which folder it is; `undefined` when there is none. */
async function folderId(path: string): Promise<string | undefined> {
  try {
    const { isDirectory, dev, ino } = await Deno.stat(path);
    return isDirectory ? `${dev}:${ino}` : undefined;
  } catch {
    return undefined;
  }
}
