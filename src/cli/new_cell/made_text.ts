/**
 * What was made, and what to do with it.
 *
 * @module
 */

import { resolvePath } from "../../manifest/paths.ts";
import { escapeUnprintable } from "../record_text.ts";
import { shellQuote, shownPath } from "../shell.ts";
import type { CellWish, ProjectFile } from "./project.ts";

/** The text on standard output. Paths below `cwd` are relative to it. */
export function madeText(
  { folder, name, language }: CellWish,
  files: readonly ProjectFile[],
  cwd: string,
): string {
  const entries = new Set(files.map(({ path }) => {
    const [first = "", ...rest] = path.split("/");
    const shown = shownPath(resolvePath(folder, first), cwd);
    return escapeUnprintable(shown) + (rest.length > 0 ? "/" : "");
  }));
  const steps = [
    ...(folder === cwd ? [] : [`cd ${shellQuote(shownPath(folder, cwd))}`]),
    "deno task test",
    "deno task start",
  ];
  const needs = language.needs === undefined
    ? ""
    : ` It takes ${language.needs}.`;
  return [
    `Made the cell "${name}" in ${language.title}.${needs}`,
    "",
    ...[...entries].map((entry) => `  ${entry}`),
    "",
    "Go on with:",
    "",
    ...steps.map((step) => `  ${step}`),
    "",
  ].join("\n");
}
