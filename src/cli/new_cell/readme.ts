/**
 * The README of a new cell.
 *
 * @module
 */

import { examplesOf } from "./capability_examples.ts";
import type { LanguageTemplate } from "./language.ts";

/** What the README is about. */
export interface ReadmeFields {
  readonly name: string;
  readonly capabilities: readonly string[];
  readonly language: LanguageTemplate;
}

/** The text of `README.md`: what is where, and the commands. */
export function readmeText(
  { name, capabilities, language }: ReadmeFields,
): string {
  const needs = language.needs === undefined ? "" : ` and ${language.needs}`;
  const shows = examplesOf(capabilities).flatMap((it) => it.shows);
  return [
    `# ${name}`,
    "",
    `A cell in ${language.title}. It takes Deno${needs}.`,
    "",
    `- \`${language.source}\` says what it does.`,
    "- `pulp.cell.toml` says what it may do.",
    "- `cell_test.ts` calls it from outside.",
    "- `deno.json` has the commands:",
    "",
    "```sh",
    ...columns([
      ["deno task build", "makes cell.wasm"],
      ["deno task test", "builds it, and runs cell_test.ts"],
      [`deno task call greet '{"name":"Ada"}'`, "calls a function"],
      ["deno task start", "builds it, and hosts it until Ctrl-C"],
      [
        "deno task start --watch",
        "the same, and takes what is built meanwhile",
      ],
      ["deno task pulp ps", "asks the host that runs how the cell is"],
      ["deno task pulp check .", "holds the module against the manifest"],
    ]),
    "```",
    ...(shows.length === 0 ? [] : [
      "",
      "An example of each capability is in it. What has an address is there while",
      "`deno task start` runs:",
      "",
      ...shows.map(([command, does]) => `- \`${command}\` ${does}`),
    ]),
    "",
    "While `deno task start --watch` runs, `deno task build` in another terminal puts",
    "the new module in the place of the old one.",
    "",
    "The task `pulp` has the flags of Deno that the cell needs. When the manifest",
    "asks for more, `deno task start` prints the line with what is missing.",
    "",
  ].join("\n");
}

/** Commands with what they do behind them. */
function columns(
  rows: readonly (readonly [string, string])[],
): readonly string[] {
  const width = Math.max(...rows.map(([command]) => command.length));
  return rows.map(([command, does]) => `${command.padEnd(width)}  # ${does}`);
}
