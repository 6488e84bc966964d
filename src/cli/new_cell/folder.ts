/**
 * The folder of a new cell: nothing in it is overwritten, and what could not
 * be finished is taken away again.
 *
 * @module
 */

import { messageOf, PulpError } from "../../errors.ts";
import { lookAt } from "../../look_at.ts";
import { folderOf, resolvePath } from "../../manifest/paths.ts";
import type { ProjectFile } from "./project.ts";

/** How many things a message names that stand in a folder. */
const NAMED = 3;

/** A folder, and how messages call it. */
export interface Target {
  /** Absolute. */
  readonly path: string;
  readonly shown: string;
}

/**
 * Throws unless a cell can be made here: nothing is there, or a folder with
 * nothing in it.
 *
 * @throws {PulpError} `usage` that says what is there, `host` when it can't be looked at
 */
export async function requireFree(target: Target): Promise<void> {
  let info: Deno.FileInfo;
  try {
    info = await Deno.stat(target.path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw failure(target, error);
    if (lookAt(target.path) !== undefined) {
      throw refused(target, "it is a link that leads nowhere");
    }
    return;
  }
  if (!info.isDirectory) throw refused(target, "it is there, and no folder");
  const names = await namesIn(target);
  if (names.length === 0) return;
  const shown = names.slice(0, NAMED).map((name) => `"${name}"`).join(", ");
  const more = names.length > NAMED ? " and more" : "";
  throw refused(target, `the folder holds ${shown}${more}`);
}

/**
 * Makes the files in the folder, and the folder if it is not there.
 *
 * @param goOn asked before each file: whether to go on
 * @returns whether all were made; if not, none of them is left
 * @throws {PulpError} when one can't be made; none is left then, either
 */
export async function makeFiles(
  target: Target,
  files: readonly ProjectFile[],
  goOn: () => boolean = () => true,
): Promise<boolean> {
  const made: string[] = [];
  try {
    await makeFolder(target, made);
    for (const { path, text } of files) {
      if (!goOn()) {
        await undo(made);
        return false;
      }
      await makeFile(resolvePath(target.path, path), text, made);
    }
  } catch (error) {
    await undo(made);
    throw failure(target, error);
  }
  return true;
}

/** A folder that is there was looked at; who puts something in meanwhile is met below. */
async function makeFolder(target: Target, made: string[]): Promise<void> {
  try {
    await Deno.mkdir(target.path);
    made.push(target.path);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    await requireFree(target);
  }
}

async function makeFile(
  path: string,
  text: string,
  made: string[],
): Promise<void> {
  const folder = folderOf(path);
  if (!made.includes(folder) && lookAt(folder) === undefined) {
    await Deno.mkdir(folder);
    made.push(folder);
  }
  using file = await Deno.open(path, { createNew: true, write: true });
  made.push(path);
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(await file.write(rest));
}

/** From the last to the first. A folder stays when somebody else put something in. */
async function undo(made: readonly string[]): Promise<void> {
  for (const path of made.toReversed()) {
    // What can't be removed is no reason to leave the rest.
    await Deno.remove(path).catch(() => {});
  }
}

/** Some of the names in a folder, sorted: one more than a message names. */
async function namesIn(target: Target): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(target.path)) {
      names.push(name);
      if (names.length > NAMED) break;
    }
  } catch (error) {
    throw failure(target, error);
  }
  return names.sort();
}

function refused({ shown }: Target, why: string): PulpError {
  return new PulpError("usage", `Cannot make a cell in "${shown}": ${why}`, {
    hint: "nothing is overwritten: name a folder that is new or empty",
  });
}

/** Says in words of this host what went wrong below it. */
function failure({ path, shown }: Target, error: unknown): unknown {
  if (error instanceof PulpError) return error;
  const cannot = `Cannot make a cell in "${shown}"`;
  const options = { cause: error };
  if (error instanceof Deno.errors.AlreadyExists) {
    return new PulpError(
      "usage",
      `${cannot}: something else is being made there`,
      options,
    );
  }
  if (
    error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.NotADirectory
  ) {
    const why = `"${folderOf(path)}" is no folder`;
    return new PulpError("usage", `${cannot}: ${why}`, {
      ...options,
      hint: "make it first, or name another one",
    });
  }
  const why = error instanceof Deno.errors.PermissionDenied
    ? "the operating system denies it"
    : messageOf(error);
  return new PulpError("host", `${cannot}: ${why}`, options);
}
