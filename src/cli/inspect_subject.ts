/**
 * What `inspect` was given: a module, a manifest, or the folder of a cell.
 *
 * @module
 */

import { readModuleFile, readModuleOf } from "../cell/cell_module.ts";
import { messageOf, PulpError } from "../errors.ts";
import { hintForAbsent } from "../manifest/beside.ts";
import { MANIFEST_NAME } from "../manifest/file.ts";
import { resolvePath } from "../manifest/paths.ts";
import type { CellSpec } from "../manifest/spec.ts";
import type { PermissionRequest } from "../permissions/request.ts";
import { isWat, looksLikeText } from "../wasm/sections.ts";
import { isReadable, readCell } from "./cell_set.ts";
import { leastFlags } from "./command_line.ts";
import type { Invocation } from "./command.ts";
import { runInstead } from "./denied.ts";
import { RefusedError } from "./refused.ts";

/** A module that was read, and its manifest when one was named. */
export interface InspectSubject {
  /** Absolute path of the module. */
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Absent for a module without a manifest. */
  readonly spec?: CellSpec;
}

/** Entries of a folder that are looked at in search of a module. */
const MOST_ENTRIES = 1_000;

/**
 * Throws unless Deno lets everything be read that is known before anything was
 * read: what was named, and the extensions.
 *
 * @throws {PulpError} `usage` for an empty argument
 * @throws {RefusedError} with the whole line to run instead
 */
export function requireSubject(argument: string, invocation: Invocation): void {
  if (argument === "") {
    throw new PulpError("usage", 'Cannot inspect "": the path is empty');
  }
  const { io } = invocation;
  const extensions = extensionRequests(invocation);
  const isMissing = ({ target }: PermissionRequest): boolean =>
    target !== undefined &&
    io.queryPermission({ name: "read", path: target }) !== "granted";
  if (isReadable(argument, io) && !extensions.some(isMissing)) return;
  const named = readRequest(resolvePath(io.cwd, argument));
  const note = isModuleName(argument)
    ? ""
    : "\nIf it is a manifest, its module has to be read, too.\n";
  throw refused(argument, [named, ...extensions], invocation, note);
}

/**
 * Reads what was named. A file counts by its name where that is clear, and
 * else by what is in it.
 *
 * @throws {PulpError} `manifest` or `module` for what can't be read
 * @throws {RefusedError} with the whole line to run instead
 */
export async function openSubject(
  argument: string,
  invocation: Invocation,
): Promise<InspectSubject> {
  const { io } = invocation;
  const path = resolvePath(io.cwd, argument);
  if (await isManifest(path, argument, invocation)) {
    return await openCell(argument, invocation);
  }
  const bytes = await readModuleFile(path);
  const isText = bytes.length > 0 && looksLikeText(bytes) && !isWat(bytes);
  return isText && !isModuleName(argument)
    ? await openCell(argument, invocation)
    : { path, bytes };
}

/** Whether the name alone says that it is a manifest. */
async function isManifest(
  path: string,
  argument: string,
  { io }: Invocation,
): Promise<boolean> {
  // Where only the manifest in a folder may be read, the folder was named.
  if (io.queryPermission({ name: "read", path }) !== "granted") return true;
  if (path.endsWith(".toml")) return true;
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (cause) {
    throw await explained(argument, cause);
  }
}

/** Says in words of this host why something can't be looked at. */
async function explained(argument: string, cause: unknown): Promise<PulpError> {
  const isGone = cause instanceof Deno.errors.NotFound ||
    cause instanceof Deno.errors.NotADirectory;
  const hint = isGone
    ? await hintForAbsent(argument, MANIFEST_NAME, [".toml", ".wasm"])
    : undefined;
  return new PulpError(
    // Some files Deno keeps to itself, whatever may be read.
    cause instanceof Deno.errors.NotCapable ? "permission" : "module",
    `Cannot inspect "${argument}": ${
      isGone ? "there is no such file or folder" : messageOf(cause)
    }`,
    { cause, ...(hint === undefined ? {} : { hint }) },
  );
}

async function openCell(
  argument: string,
  invocation: Invocation,
): Promise<InspectSubject> {
  const { io } = invocation;
  const spec = await readCell(argument, io).catch(async (error) => {
    throw await withModuleHint(argument, error);
  });
  const path = spec.wasmPath;
  if (io.queryPermission({ name: "read", path }) !== "granted") {
    const named = resolvePath(io.cwd, argument);
    const isGranted =
      io.queryPermission({ name: "read", path: named }) === "granted";
    throw refused(argument, [
      readRequest(isGranted ? named : spec.manifestPath),
      readRequest(path),
      ...extensionRequests(invocation),
    ], invocation);
  }
  return { path, bytes: await readModuleOf(spec), spec };
}

/** A folder without a manifest may hold a module all the same: then that is what to name. */
async function withModuleHint(
  argument: string,
  error: unknown,
): Promise<unknown> {
  if (
    !(error instanceof PulpError) ||
    !error.message.includes(`holds no ${MANIFEST_NAME}`)
  ) return error;
  let left = MOST_ENTRIES;
  for await (const { name, isFile } of Deno.readDir(argument)) {
    if (--left < 0) break;
    if (!isFile || !name.endsWith(".wasm")) continue;
    const hint = `name the module itself: ${
      argument.replace(/\/+$/, "")
    }/${name}`;
    return new PulpError(error.code, error.message, { cause: error, hint });
  }
  return error;
}

function extensionRequests({ args, io }: Invocation): PermissionRequest[] {
  return args.list("ext").map((file) => readRequest(resolvePath(io.cwd, file)));
}

function readRequest(target: string): PermissionRequest {
  return { kind: "read", target, reason: "what is inspected" };
}

function refused(
  argument: string,
  requests: readonly PermissionRequest[],
  { argv, io }: Invocation,
  note = "",
): RefusedError {
  const missing = requests.filter(({ target }) =>
    target !== undefined &&
    io.queryPermission({ name: "read", path: target }) !== "granted"
  );
  return new RefusedError(
    `Cannot inspect "${argument}": Deno was not given ${
      leastFlags(missing, io.cwd).join(" ")
    }`,
    `\n${runInstead(requests, argv, io)}${note}`,
  );
}

/** Whether the name says that it is a module, or what people take for one. */
function isModuleName(name: string): boolean {
  return /\.(?:wasm|wat|wast)$/i.test(name);
}
