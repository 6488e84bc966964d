/**
 * `completions`: what completes command lines in a shell.
 *
 * @module
 */

import { EXIT } from "../../errors.ts";
import type { Invocation } from "../command.ts";
import { COMMANDS } from "../commands.ts";
import { bashScript } from "../completions/bash.ts";
import { fishScript } from "../completions/fish.ts";
import { completionTable } from "../completions/table.ts";
import { zshScript } from "../completions/zsh.ts";

/** By the names that the command takes. */
const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** Runs the command. */
export function run({ args, io }: Invocation): Promise<number> {
  const shell = args.operands[0] as keyof typeof SCRIPTS;
  io.stdout.write(SCRIPTS[shell](completionTable(COMMANDS)));
  return Promise.resolve(EXIT.ok);
}
