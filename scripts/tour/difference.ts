/**
 * Where two texts part.
 *
 * @module
 */

/** The first lines that differ, the first text's behind `-`; `undefined` when none do. */
export function firstDifference(
  before: string,
  after: string,
): string | undefined {
  if (before === after) return undefined;
  const [old, now] = [before.split("\n"), after.split("\n")];
  const at = now.findIndex((line, index) => line !== old[index]);
  const line = at < 0 ? now.length : at;
  const shown = (mark: string, text: string | undefined): string =>
    text === undefined ? "" : `\n${mark} ${text}`;
  return `line ${line + 1}:${shown("-", old[line])}${shown("+", now[line])}`;
}
