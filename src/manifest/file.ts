/**
 * A manifest on disk.
 *
 * @module
 */

import { messageOf, PulpError, type PulpErrorOptions } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { readUpTo } from "../read_up_to.ts";

/** The name of a manifest in its folder. */
export const MANIFEST_NAME = "pulp.cell.toml";

/** `\0asm`, with which a module starts. */
const MODULE_START = [0, 0x61, 0x73, 0x6d];

/** A manifest that was read. */
export interface ManifestFile {
  /** The file's path, relative if the path that was asked for was. */
  readonly path: string;
  /** Its content, without a byte order mark. */
  readonly text: string;
}

/**
 * Reads a manifest, given as a file or as the folder that holds it. At most
 * `LIMITS.manifestBytes` and one byte are read, whatever the file is.
 *
 * @throws {PulpError} `manifest` or `permission`; see `readManifest`
 */
export async function readManifestFile(path: string): Promise<ManifestFile> {
  if (path.trim() === "") throw unreadable(path, "the path is blank");
  if (path.includes("\0")) throw unreadable(path, "the path holds a NUL");
  try {
    const file = await manifestIn(path);
    return { path: file, text: decode(path, await readBounded(file)) };
  } catch (error) {
    throw await explain(path, error);
  }
}

/** The file that `path` means. Where only the manifest itself may be read, its folder can't be looked at. */
async function manifestIn(path: string): Promise<string> {
  const within = `${path.replace(/\/+$/, "")}/${MANIFEST_NAME}`;
  if (!await mayRead(path)) {
    if (await mayRead(within)) return within;
    throw notGranted(path);
  }
  const info = await Deno.stat(path);
  if (info.isFile) return path;
  if (!info.isDirectory) {
    throw unreadable(path, "it is neither a file nor a folder");
  }
  if (path.endsWith(`/${MANIFEST_NAME}`) || path === MANIFEST_NAME) {
    throw unreadable(path, "it is a folder");
  }
  try {
    const inner = await Deno.stat(within);
    if (inner.isFile) return within;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const { hintForFolder } = await import("./beside.ts");
    throw unreadable(path, `the folder holds no ${MANIFEST_NAME}`, {
      hint: await hintForFolder(path, MANIFEST_NAME),
    });
  }
  throw unreadable(within, "it is not a file");
}

/** The file, or as much of it as shows that it is too long. */
async function readBounded(file: string): Promise<Uint8Array> {
  using handle = await Deno.open(file);
  // Something else may be there by now.
  if (!(await handle.stat()).isFile) throw unreadable(file, "it is not a file");
  return await readUpTo(handle, LIMITS.manifestBytes);
}

function decode(path: string, bytes: Uint8Array): string {
  if (MODULE_START.every((byte, at) => bytes[at] === byte)) {
    throw unreadable(path, "it is a module, not a manifest", {
      hint: 'name its manifest or its folder; "pulp inspect" looks at modules',
    });
  }
  if (bytes.length > LIMITS.manifestBytes) {
    throw unreadable(
      path,
      `a manifest has at most ${LIMITS.manifestBytes} bytes`,
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const [first, second] = bytes;
    const utf16 = (first === 0xff && second === 0xfe) ||
      (first === 0xfe && second === 0xff);
    throw new PulpError(
      "manifest",
      `Cannot read "${path}": it is ${utf16 ? "UTF-16" : "not UTF-8"}`,
      { cause, hint: "save the manifest as UTF-8" },
    );
  }
}

/** Asks first: reading what is not granted would prompt on a terminal. */
async function mayRead(path: string): Promise<boolean> {
  const { state } = await Deno.permissions.query({ name: "read", path });
  return state === "granted";
}

/** Says in words of this host what went wrong below it. */
async function explain(path: string, error: unknown): Promise<PulpError> {
  if (error instanceof PulpError) return error;
  // A link that leads out of what is granted is refused only when followed.
  if (error instanceof Deno.errors.NotCapable) return notGranted(path, error);
  if (
    error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.NotADirectory
  ) {
    const { hintForAbsent } = await import("./beside.ts");
    const hint = await hintForAbsent(path, MANIFEST_NAME);
    return unreadable(path, "there is no such file or folder", {
      cause: error,
      ...(hint === undefined ? {} : { hint }),
    });
  }
  const reason = error instanceof Deno.errors.PermissionDenied
    ? "the operating system denies it"
    : messageOf(error);
  return unreadable(path, reason, { cause: error });
}

function unreadable(
  path: string,
  reason: string,
  options: PulpErrorOptions = {},
): PulpError {
  return new PulpError("manifest", `Cannot read "${path}": ${reason}`, options);
}

function notGranted(path: string, cause?: unknown): PulpError {
  return new PulpError(
    "permission",
    `Cannot read "${path}": Deno does not grant reading it`,
    {
      hint: `add --allow-read=${path}`,
      ...(cause === undefined ? {} : { cause }),
    },
  );
}
