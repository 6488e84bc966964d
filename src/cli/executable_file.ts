/**
 * Where an executable is written.
 *
 * @module
 */

import { messageOf, PulpError } from "../errors.ts";

/** How executables begin: ELF, PE, and Mach-O for one and for several processors. */
const BEGINNINGS: readonly string[] = [
  "7f454c46",
  "4d5a",
  "cffaedfe",
  "cafebabe",
];

/**
 * Where to write an executable that is to be at `path`: there, or beside it
 * where one is already, because Deno removes what is there before it knows
 * whether it can compile.
 *
 * @param force whether to write over an executable that is there
 * @throws {PulpError} `usage` when something is there that stays
 */
export async function placeFor(path: string, force: boolean): Promise<string> {
  try {
    const { isFile, isDirectory } = await Deno.stat(path);
    if (isDirectory) throw refused(path, "it is a folder");
    if (!isFile) throw refused(path, "it is no file");
    if (!force) {
      throw refused(path, "there is such a file", "--force overwrites it");
    }
    if (!isExecutable(await beginning(path))) {
      throw refused(
        path,
        "there is a file that is no executable",
        "remove it, or choose another name",
      );
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return path;
    if (error instanceof PulpError) throw error;
    throw refused(path, messageOf(error));
  }
  const [, stem = path, ending = ""] = /^(.*?)(\.exe)?$/is.exec(path) ?? [];
  const mark = crypto.getRandomValues(new Uint8Array(4)).toHex();
  return `${stem}.${mark}${ending}`;
}

function isExecutable(bytes: Uint8Array): boolean {
  const hex = bytes.toHex();
  return BEGINNINGS.some((beginning) => hex.startsWith(beginning));
}

async function beginning(path: string): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const bytes = new Uint8Array(4);
  const read = await file.read(bytes);
  return bytes.subarray(0, read ?? 0);
}

function refused(path: string, why: string, hint?: string): PulpError {
  return new PulpError(
    "usage",
    `Cannot write "${path}": ${why}`,
    hint === undefined ? {} : { hint },
  );
}
