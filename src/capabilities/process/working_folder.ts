/**
 * The folder in which a program starts.
 *
 * @module
 */

import { PulpError } from "../../errors.ts";
import { isAbsolutePath, resolvePath } from "../../manifest/paths.ts";

/**
 * The real path of `dir` within the cell's folder, which is made when it isn't
 * there. "" and "." are that folder itself. Links are followed and may not
 * leave it.
 *
 * @throws {PulpError} `permission` for a folder elsewhere, `host` for one that isn't there
 */
export function workingFolder(root: string, dir: string): string {
  const cannot = (what: string, cause?: unknown): PulpError =>
    new PulpError(
      cause === undefined ? "permission" : "host",
      `Cannot start a program in "${dir}": ${what}`,
      { cause },
    );
  if (dir.includes("\0")) throw cannot("it is no path");
  if (isAbsolutePath(dir, true)) {
    throw cannot("a folder is named relative to the cell's own");
  }
  if (dir.split(/[\\/]/).includes("..")) {
    throw cannot('".." would leave the cell\'s folder');
  }
  let base: string;
  let real: string;
  try {
    Deno.mkdirSync(root, { recursive: true, mode: 0o755 });
    base = Deno.realPathSync(root);
    real = Deno.realPathSync(resolvePath(root, dir));
    if (!Deno.statSync(real).isDirectory) throw new Error("not a folder");
  } catch (cause) {
    throw cannot(
      cause instanceof Deno.errors.NotCapable
        ? "Deno does not let the cell's folder be read and written"
        : "it is no folder that is there",
      cause,
    );
  }
  if (real !== base && !real.startsWith(`${base}${SEPARATOR}`)) {
    throw cannot("it is a link that leaves the cell's folder");
  }
  return real;
}

const SEPARATOR = Deno.build.os === "windows" ? "\\" : "/";
