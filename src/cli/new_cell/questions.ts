/**
 * What `new` asks a person who gave no flags.
 *
 * @module
 */

import { messageOf, PulpError } from "../../errors.ts";
import { LIMITS } from "../../limits.ts";
import { didYouMean } from "../../nearest.ts";
import { LANGUAGE_HINTS } from "../authoring_commands.ts";
import type { CliIo } from "../io.ts";
import { escapeUnprintable } from "../record_text.ts";
import {
  CAPABILITIES,
  EXAMPLES,
  parseCapabilities,
} from "./capability_examples.ts";
import { checkedName, nearName } from "./cell_name.ts";
import { isLanguage, type LanguageName, LANGUAGES } from "./language.ts";

/** What somebody wants a cell to be. */
export interface Answers {
  readonly name: string;
  readonly language: LanguageName;
  readonly capabilities: readonly string[];
}

/**
 * Asks on standard error, and reads lines from standard input. What can't be
 * used is said, and asked for again.
 *
 * @param folder name of the folder, which is what the cell is called unless told otherwise
 * @throws {PulpError} `usage` when standard input ends before
 */
export async function askAnswers(
  folder: string,
  io: Pick<CliIo, "stderr" | "stdin">,
): Promise<Answers> {
  const name = await ask(io, "Name", nearName(folder), checkedName);
  const language = await choose(
    io,
    Object.entries(LANGUAGES).map(([name, { title, needs }]) => [
      name,
      needs === undefined ? title : `${title}, with ${needs}`,
    ]),
    "Language",
    "assemblyscript",
    knownLanguage,
  );
  const capabilities = await choose(
    io,
    CAPABILITIES.map((name) => [name, EXAMPLES[name]?.summary ?? ""]),
    "Capabilities, with commas between",
    "none",
    (text) => text === "none" ? [] : parseCapabilities([text]),
  );
  return { name, language, capabilities };
}

/** Asks for words of a list, which is shown again to who types a number for one. */
async function choose<T>(
  io: Pick<CliIo, "stderr" | "stdin">,
  list: readonly (readonly [word: string, text: string])[],
  question: string,
  usual: string,
  read: (text: string) => T,
): Promise<T> {
  const shown = columns(list);
  io.stderr.write(shown);
  return await ask(io, question, usual, (text) => {
    if (!/^[\d\s,]+$/.test(text)) return read(text);
    throw new PulpError(
      "usage",
      `Cannot choose by number: type the word\n${shown.trimEnd()}`,
    );
  });
}

/** Asks until `read` takes the answer; an empty line is the one in brackets. */
async function ask<T>(
  { stderr, stdin }: Pick<CliIo, "stderr" | "stdin">,
  question: string,
  usual: string,
  read: (text: string) => T,
): Promise<T> {
  for (;;) {
    stderr.write(`${question} [${usual}]: `);
    const line = await stdin.readLine(LIMITS.typedLineBytes);
    if (line === undefined) {
      stderr.write("\n");
      throw new PulpError("usage", "Cannot go on: standard input has ended", {
        hint: "nothing was made",
      });
    }
    try {
      return read(line.trim() === "" ? usual : line.trim());
    } catch (error) {
      if (!(error instanceof PulpError)) throw error;
      const said = messageOf(error).split("\n").map(escapeUnprintable);
      stderr.write(`${said.join("\n")}\n`);
    }
  }
}

function knownLanguage(text: string): LanguageName {
  const word = text.toLowerCase();
  if (isLanguage(word)) return word;
  const hint = Object.hasOwn(LANGUAGE_HINTS, word)
    ? `: ${LANGUAGE_HINTS[word]}`
    : didYouMean(word, Object.keys(LANGUAGES));
  throw new PulpError("usage", `Unknown language "${text}"${hint}`);
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}\n`)
    .join("");
}
