/**
 * `help`: the help of a command, or of the program.
 *
 * @module
 */

import { EXIT } from "../../errors.ts";
import type { Invocation } from "../command.ts";
import { COMMANDS } from "../commands.ts";
import { commandHelp, programHelp } from "../help.ts";
import { unknownCommand } from "../unknown_command.ts";

/** Runs the command. */
export function run({ args, io }: Invocation): Promise<number> {
  const [name] = args.operands;
  const command = COMMANDS.find((it) => it.name === name);
  if (name !== undefined && command === undefined) {
    return Promise.reject(unknownCommand(name, COMMANDS));
  }
  io.stdout.write(
    command === undefined ? programHelp(COMMANDS) : commandHelp(command),
  );
  return Promise.resolve(EXIT.ok);
}
