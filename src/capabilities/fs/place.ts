/**
 * From a path to what it names, link by link, without leaving the cell's
 * folder.
 *
 * @module
 */

import { LIMITS } from "../../limits.ts";
import { lookAt } from "../../look_at.ts";
import { failed, refused } from "./failure.ts";

/** A folder as it was when a path led through it. */
export interface Stamp {
  readonly path: string;
  readonly dev: number;
  readonly ino: number | null;
  /** Unix milliseconds; any change of an entry changes it. */
  readonly changedMs: number;
}

/** What a path names, or where it would be. */
export interface Place {
  /** Below the cell's folder, without links and `..`. Empty = the folder itself. */
  readonly parts: readonly string[];
  /** The same, absolute. */
  readonly path: string;
  /** What is there: never a link that was to be followed. Absent = nothing. */
  readonly info: Deno.FileInfo | undefined;
  /** How many of the last `parts` are not there. */
  readonly missing: number;
  /** The folders that a link of which could have led elsewhere; not the one that holds the place. */
  readonly above: readonly Stamp[];
  /** The folder that holds the place; absent for the cell's folder itself. */
  readonly holder: Stamp | undefined;
}

/**
 * Follows `parts` from the folder `root`, which is absolute. A link at the
 * end is followed unless `follow` is false; it may not leave either way.
 *
 * @throws {FsFailure} 5 when a link leaves the folder, 4 when links lead in a
 * circle or through a file, and what the system says.
 */
export function findPlace(
  root: string,
  parts: readonly string[],
  follow = true,
): Place {
  const shown = parts.join("/");
  const todo = parts.toReversed();
  const seen = new Map<string, Stamp>();
  const names: string[] = [];
  let links = 0;
  let info: Deno.FileInfo | undefined = Deno.lstatSync(root);
  let missing = 0;
  for (let part = todo.pop(); part !== undefined; part = todo.pop()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      // Every name so far is a real folder, so this is its parent.
      if (names.pop() === undefined) throw leaves(shown);
      info = Deno.lstatSync(join(root, names));
      continue;
    }
    if (!info.isDirectory) {
      throw failed(`Cannot use "${shown}": "${names.join("/")}" is no folder`);
    }
    const folder = join(root, names);
    seen.set(folder, stampOf(folder, info));
    const path = join(root, [...names, part]);
    const found = lookAt(path);
    if (found === undefined) {
      names.push(part, ...todo.toReversed());
      if (names.includes("..")) {
        throw failed(`Cannot use "${shown}": a link in it leads nowhere`);
      }
      missing = todo.length + 1;
      info = undefined;
      break;
    }
    if (!found.isSymlink || (!follow && todo.length === 0)) {
      names.push(part);
      info = found;
      continue;
    }
    if (++links > LIMITS.fsLinks) {
      throw failed(
        `Cannot use "${shown}": it leads through more than ${LIMITS.fsLinks} links`,
      );
    }
    const target = within(root, Deno.readLinkSync(path));
    if (target === undefined) throw leaves(shown);
    if (target.fromRoot) {
      names.length = 0;
      info = Deno.lstatSync(root);
    }
    todo.push(...target.parts.toReversed());
  }
  const path = join(root, names);
  const holder = names.length === 0
    ? undefined
    : seen.get(join(root, names.slice(0, names.length - Math.max(missing, 1))));
  return {
    parts: names,
    path,
    info,
    missing,
    above: [...seen.values()].filter((stamp) => stamp !== holder),
    holder,
  };
}

/** The folder again, as it is now; `undefined` when it isn't one any more. */
export function stampAgain(path: string): Stamp | undefined {
  const info = lookAt(path);
  return info?.isDirectory ? stampOf(path, info) : undefined;
}

/** Whether two looks saw the same file. Systems without inodes can't tell, and say yes. */
export function isSame(
  a: { readonly dev: number; readonly ino: number | null },
  b: { readonly dev: number; readonly ino: number | null },
): boolean {
  return a.ino === null || b.ino === null ||
    (a.dev === b.dev && a.ino === b.ino);
}

/** `parts` below an absolute folder. */
export function join(root: string, parts: readonly string[]): string {
  return [root, ...parts].join(SEPARATOR);
}

const SEPARATOR = Deno.build.os === "windows" ? "\\" : "/";

function stampOf(path: string, info: Deno.FileInfo): Stamp {
  const { dev, ino, mtime } = info;
  return { path, dev, ino, changedMs: mtime?.getTime() ?? 0 };
}

function leaves(shown: string): Error {
  return refused(shown, "a link in it leaves the cell's folder");
}

/** The segments of a link's target; `undefined` when it is absolute and elsewhere. */
function within(
  root: string,
  target: string,
):
  | { readonly parts: readonly string[]; readonly fromRoot: boolean }
  | undefined {
  const separators = SEPARATOR === "/" ? "/" : /[\\/]/;
  if (!/^(?:[\\/]|[A-Za-z]:)/.test(target)) {
    return { parts: target.split(separators), fromRoot: false };
  }
  for (const start of [root, Deno.realPathSync(root)]) {
    if (target === start) return { parts: [], fromRoot: true };
    if (target.startsWith(start + SEPARATOR)) {
      const rest = target.slice(start.length + 1);
      return { parts: rest.split(separators), fromRoot: true };
    }
  }
  return undefined;
}
