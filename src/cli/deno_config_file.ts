/**
 * The deno.json that `permissions --write` changes: which one it is, and how
 * it is replaced as a whole.
 *
 * @module
 */

import { basename, dirname, join } from "@std/path";
import { messageOf, PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { readUpTo } from "../read_up_to.ts";
import type { PermissionRequest } from "../permissions/request.ts";

/** The names that Deno looks for, the first one first. */
const NAMES: readonly string[] = ["deno.json", "deno.jsonc"];

/** A deno.json that was found, or that will be made. */
export interface DenoConfig {
  /** As it was named, absolute. Deno reads relative paths from its folder. */
  readonly path: string;
  /** The file itself, where the path is a link. */
  readonly file: string;
  /** What is in it; empty for one that is not there. */
  readonly text: string;
  /** Its permissions in the file system. Absent for one that is not there. */
  readonly mode?: number;
}

/**
 * What is looked at before anything is known: the file that was named, and the
 * one that Deno would take in its place.
 */
export function lookedAt(
  named: string | undefined,
  cwd: string,
): readonly string[] {
  const path = named ?? join(cwd, "deno.json");
  if (!NAMES.includes(basename(path))) return [path];
  return NAMES.map((name) => join(dirname(path), name));
}

/** What Deno has to grant for looking there. */
export function lookRequests(
  paths: readonly string[],
): readonly PermissionRequest[] {
  return paths.map((target) => ({
    kind: "read",
    target,
    reason: "the file that is changed",
  }));
}

/** What Deno has to grant for changing a file: a new one beside it takes its place. */
export function changeRequests(file: string): readonly PermissionRequest[] {
  const reason = "the file that is changed";
  return [file, besideOf(file)].flatMap((target): PermissionRequest[] => [
    { kind: "read", target, reason },
    { kind: "write", target, reason },
  ]);
}

/**
 * The path of the file to change. Without a name it is the one that Deno reads
 * in the folder: `deno.json`, else `deno.jsonc`, else a new `deno.json`.
 *
 * @throws {PulpError} `usage` for one that Deno does not read, or that would
 * keep Deno from reading the one that is there
 */
export async function chooseConfig(
  named: string | undefined,
  cwd: string,
): Promise<string> {
  const paths = lookedAt(named, cwd);
  const [json = "", jsonc] = paths;
  if (jsonc === undefined) return json;
  const hasJson = await isThere(json);
  const hasJsonc = await isThere(jsonc);
  if (named === undefined) return !hasJson && hasJsonc ? jsonc : json;
  const other = named === json ? jsonc : json;
  if (named === jsonc && hasJson) {
    const why = "Deno reads the deno.json beside it";
    throw unusable(named, why, `name that one: --config=${other}`);
  }
  if (named === json && hasJsonc && !hasJson) {
    const why = "Deno would no longer read the deno.jsonc beside it";
    throw unusable(named, why, `name that one: --config=${other}`);
  }
  return named;
}

/**
 * Reads the file. A link is followed.
 *
 * @throws {PulpError} `usage` when it is no file, too large, or not UTF-8
 */
export async function readConfig(
  path: string,
  file: string,
): Promise<DenoConfig> {
  try {
    const info = await orNothing(Deno.stat(file));
    if (info === undefined) return { path, file, text: "" };
    if (!info.isFile) throw unusable(path, "it is not a file");
    const bytes = await readBounded(path, file);
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(bytes);
    const mode = info.mode === null ? {} : { mode: info.mode & 0o777 };
    return { path, file, text, ...mode };
  } catch (error) {
    throw explain(path, error);
  }
}

/** The file that a path stands for: the end of a link, or the path itself. */
export async function fileOf(path: string): Promise<string> {
  try {
    const info = await orNothing(Deno.lstat(path));
    if (!info?.isSymlink) return path;
    const file = await orNothing(Deno.realPath(path));
    if (file === undefined) throw unusable(path, "it is a link to nothing");
    return file;
  } catch (error) {
    throw explain(path, error);
  }
}

/**
 * Puts a text in the place of the file: whoever reads it sees the old one or
 * the new one, never a part.
 *
 * @throws {PulpError} `host` when the system refuses
 */
export async function writeConfig(
  { path, file, mode }: DenoConfig,
  text: string,
): Promise<void> {
  const beside = besideOf(file);
  try {
    // A rename needs no right to the file itself, which may have been withheld.
    if (mode !== undefined) (await Deno.open(file, { write: true })).close();
    using handle = await Deno.open(beside, {
      write: true,
      createNew: true,
      ...(mode === undefined ? {} : { mode }),
    });
    try {
      await writeAll(handle, new TextEncoder().encode(text));
      // What the umask took away when it was made.
      if (mode !== undefined) await Deno.chmod(beside, mode);
      await handle.sync();
      await Deno.rename(beside, file);
    } catch (error) {
      await Deno.remove(beside);
      throw error;
    }
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) {
      const why = `"${beside}" is in the way`;
      throw unusable(path, why, "a write that broke off left it: remove it");
    }
    throw explain(path, error);
  }
}

/** Where the new text is until it is whole. */
function besideOf(file: string): string {
  return `${file}.new`;
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) {
    rest = rest.subarray(await file.write(rest));
  }
}

async function readBounded(path: string, file: string): Promise<Uint8Array> {
  using handle = await Deno.open(file);
  // Something else may be there by now.
  if (!(await handle.stat()).isFile) throw unusable(path, "it is not a file");
  const bytes = await readUpTo(handle, LIMITS.denoConfigBytes);
  if (bytes.length <= LIMITS.denoConfigBytes) return bytes;
  throw unusable(
    path,
    `it has more than ${LIMITS.denoConfigBytes} bytes`,
  );
}

async function isThere(path: string): Promise<boolean> {
  try {
    return await orNothing(Deno.lstat(path)) !== undefined;
  } catch (error) {
    throw explain(path, error);
  }
}

/** What a look at a file gives, unless there is none. */
async function orNothing<T>(look: Promise<T>): Promise<T | undefined> {
  try {
    return await look;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Says in words of this host what went wrong below it. */
function explain(path: string, cause: unknown): PulpError {
  if (cause instanceof PulpError) return cause;
  if (cause instanceof TypeError) return unusable(path, "it is not UTF-8");
  const why = cause instanceof Deno.errors.NotFound ||
      cause instanceof Deno.errors.NotADirectory
    ? "there is no such folder"
    : cause instanceof Deno.errors.PermissionDenied
    ? "the operating system denies it"
    : messageOf(cause);
  return new PulpError("host", message(path, why), { cause });
}

function unusable(path: string, why: string, hint?: string): PulpError {
  return new PulpError(
    "usage",
    message(path, why),
    hint === undefined ? {} : { hint },
  );
}

function message(path: string, why: string): string {
  return `Cannot write permissions to "${path}": ${why}`;
}
