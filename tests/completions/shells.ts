/**
 * What the shells offer with the completions that the program printed.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import { runProcess } from "../support/pulp.ts";
import { shellQuote } from "../../src/cli/shell.ts";

/**
 * Asks a shell what it offers behind each of `lines`, with the completions in
 * the file `script`, in the folder `cwd`. Descriptions are left out.
 */
export type Ask = (
  lines: readonly string[],
  script: string,
  cwd: string,
) => Promise<Map<string, string[]>>;

const FOLDER = fromFileUrl(new URL("./", import.meta.url));

/** Why a shell can't be asked here, or `undefined`. */
export async function shellProblem(shell: string): Promise<string | undefined> {
  try {
    const { success } = await new Deno.Command(shell, {
      // Within zsh, only a terminal of its own can be asked.
      args: ["-c", shell === "zsh" ? "zmodload zsh/zpty" : "exit"],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    return success ? undefined : `${shell} does not start`;
  } catch {
    return `${shell} is not installed`;
  }
}

/** By calling the function of the script the way in which bash does. */
const bash: Ask = async (lines, script, cwd) => {
  const asked = lines.map((line) => {
    const words = bashWords(line);
    return `COMP_WORDS=(${words.map(shellQuote).join(" ")})
COMP_CWORD=${words.length - 1}
_pulp
printf '%s' ${shellQuote(line)}; printf '\\t%s' "\${COMPREPLY[@]}"; echo`;
  });
  const text = `set -u\nsource ${shellQuote(script)}\n${asked.join("\n")}`;
  return await offers("bash", ["--norc", "-c", text], cwd);
};

/** At a terminal, because zsh completes nowhere else. */
const zsh: Ask = async (lines, script, cwd) => {
  const [asked, answers] = [`${script}.lines`, `${script}.answers`];
  await Deno.writeTextFile(asked, lines.join("\n"));
  await runProcess("zsh", [
    "-f",
    `${FOLDER}capture.zsh`,
    script,
    asked,
    answers,
  ], { cwd, env: { TERM: "dumb" } });
  return offered(await Deno.readTextFile(answers));
};

const fish: Ask = async (lines, script, cwd) => {
  const asked = lines.map((line) => {
    const quoted = shellQuote(line);
    return `printf %s ${quoted}; printf '\\t%s' (complete -C ${quoted} | string replace -r '\\t.*' ''); echo`;
  });
  const text = `source ${shellQuote(script)}\n${asked.join("\n")}`;
  return await offers("fish", ["--no-config", "-c", text], cwd);
};

/** By the names that the command takes. */
export const SHELLS: Readonly<Record<string, Ask>> = { bash, zsh, fish };

async function offers(
  shell: string,
  args: readonly string[],
  cwd: string,
): Promise<Map<string, string[]>> {
  const home = `${cwd}-home`;
  const env = { HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home };
  const { code, out, err } = await runProcess(shell, args, { cwd, env });
  if (code !== 0 || err !== "") {
    throw new Error(`${shell} ended with ${code}:\n${err}`);
  }
  return offered(out);
}

function offered(text: string): Map<string, string[]> {
  return new Map(
    text.replace(/\n$/, "").split("\n").map((row) => {
      const [line = "", ...words] = row.split("\t");
      return [line, [...new Set(words.filter((word) => word !== ""))]];
    }),
  );
}

/** The words of a line as bash counts them: "=" and ":" stand alone. */
function bashWords(line: string): string[] {
  return line.split(" ").flatMap((word) => {
    const parts = word.split(/([=:])/).filter((part) => part !== "");
    return parts.length === 0 ? [""] : parts;
  });
}
