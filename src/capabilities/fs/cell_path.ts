/**
 * The paths that a cell may write down. Nothing here looks at a disk.
 *
 * @module
 */

import { LIMITS } from "../../limits.ts";
import { failed, type FsFailure, refused } from "./failure.ts";

/** The folder of files that are being written or removed. Cells neither see nor reach it. */
export const STAGING = ".pulp-tmp";

/** Names that Windows gives to devices in every folder, whatever the extension. */
const DEVICE =
  /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\.|$)/i;

/**
 * The segments of a path below the cell's folder; none for the folder itself.
 * `windows` is what the host is, unless given.
 *
 * Refused on every system is what is a way out on any: a leading slash or
 * backslash, a drive, and `..` between slashes or backslashes.
 *
 * @throws {FsFailure} 5 when no operation takes the path, 4 when it is too
 * long or too deep.
 */
export function parseCellPath(
  path: string,
  windows: boolean = Deno.build.os === "windows",
): readonly string[] {
  if (path === "") throw refused(path, "it is empty");
  if (path.includes("\0")) throw refused(path, "it has a NUL in it");
  if (/^(?:[\\/]|[A-Za-z]:[\\/])/.test(path)) {
    throw refused(path, "it is absolute");
  }
  if (path.split(/[\\/]/).includes("..")) {
    throw refused(path, '".." is not allowed');
  }
  const parts = path.split(windows ? /[\\/]/ : "/").filter((part) =>
    part !== "" && part !== "."
  );
  if (windows) parts.forEach((part) => checkWindowsName(path, part));
  if (parts[0]?.toLowerCase() === STAGING) {
    throw refused(path, "the name is the host's");
  }
  if (parts.length > LIMITS.fsDepth) throw tooDeep(path);
  return parts;
}

/** More folders than an operation goes through. */
export function tooDeep(path: string): FsFailure {
  return failed(
    `Cannot use "${path}": it is deeper than ${LIMITS.fsDepth} folders`,
  );
}

/** Names that Windows reads as something else: devices, streams, and other spellings of a name. */
function checkWindowsName(path: string, name: string): void {
  if (DEVICE.test(name)) throw refused(path, `"${name}" is a device`);
  if (/[:*?"<>|]/.test(name) || /[. ]$/.test(name)) {
    throw refused(path, `"${name}" is no name of a file`);
  }
}
