/**
 * The command line of an executable that holds its cells.
 *
 * @module
 */

import { EXIT } from "../errors.ts";
import { asksForHelp, parseCommandArgs, type ParsedArgs } from "./args.ts";
import { CONTROL_DEFAULT } from "./control_path.ts";
import {
  type EmbeddedCommand,
  embeddedCommands,
  executableTexts,
  notInside,
} from "./embedded_commands.ts";
import { decodeSet, type EmbeddedSet } from "./embedded_set.ts";
import { commandHelp, programHelp } from "./help.ts";
import type { CliIo } from "./io.ts";
import { escapeUnprintable } from "./record_text.ts";
import {
  exitCodeWritten,
  reportError,
  type Reporting,
  reportingOf,
} from "./report.ts";

/**
 * Runs an executable and resolves to the exit code. The first argument is the
 * set, which was put there when the executable was made; the others are the
 * user's. Nothing is thrown.
 *
 * @param base the module that an executable begins with
 */
export async function runExecutable(
  [text = "", ...argv]: readonly string[],
  io: CliIo,
  base: string,
): Promise<number> {
  let embedded: EmbeddedSet;
  try {
    embedded = decodeSet(text, base);
  } catch (error) {
    return reportError(error, io);
  }
  return await runEmbedded(argv, embedded, { ...io, embedded });
}

/** The same for a set that was read. `io` has it, too. */
export async function runEmbedded(
  argv: readonly string[],
  set: EmbeddedSet,
  io: CliIo,
): Promise<number> {
  let reporting: Reporting = {};
  try {
    const commands = embeddedCommands(set);
    const [word = "run", ...rest] = withCommand(argv);
    if (VERSION_OPTIONS.includes(word) && !asksForHelp(rest)) {
      io.stdout.write(await versions(set, rest, io));
      return EXIT.ok;
    }
    const command = commands.find((it) => it.name === word);
    if (asksForHelp([word, ...rest]) || word === "help") {
      const about = word === "help" ? rest[0] : command?.name;
      io.stdout.write(helpAbout(set, commands, about));
      return EXIT.ok;
    }
    if (command === undefined) throw await refused(set, word, rest, commands);
    const args = parseCommandArgs(command, rest);
    reporting = reportingOf(args);
    const given = args.withOperands(command.given(args.operands));
    const { run } = await command.load();
    const line = word === "doctor" ? argv : madeAnew(set, args, word);
    const exitCode = await run({ args: given, argv: line, io });
    return exitCodeWritten(exitCode, io, reporting);
  } catch (error) {
    return reportError(error, io, reporting);
  }
}

const VERSION_OPTIONS: readonly string[] = ["--version", "-V"];

/** Options that stand alone are those of `run`. */
function withCommand(argv: readonly string[]): readonly string[] {
  const [first = "run"] = argv;
  const isOwn = VERSION_OPTIONS.includes(first) || asksForHelp([first]);
  return first.startsWith("-") && !isOwn ? ["run", ...argv] : argv;
}

function helpAbout(
  set: EmbeddedSet,
  commands: readonly EmbeddedCommand[],
  name: string | undefined,
): string {
  if (name === undefined) return programHelp(commands, executableTexts(set));
  const command = commands.find((it) => it.name === name);
  if (command === undefined) throw notInside(set, name, commands);
  return commandHelp(command);
}

/** The cells, then the program, a line each; with `--json` one object. */
async function versions(
  { cells }: EmbeddedSet,
  rest: readonly string[],
  io: CliIo,
): Promise<string> {
  const { versionText } = await import("./version_text.ts");
  const text = versionText(rest, io);
  if (!rest.includes("--json")) {
    // A version is whatever a manifest says.
    return cells.map(({ name, version }) =>
      `${name} ${escapeUnprintable(version)}\n`
    ).join("") + text;
  }
  const versions = cells.map(({ name, version }) => ({ name, version }));
  return `${JSON.stringify({ ...JSON.parse(text), cells: versions })}\n`;
}

async function refused(
  set: EmbeddedSet,
  word: string,
  [cell = ""]: readonly string[],
  commands: readonly EmbeddedCommand[],
): Promise<Error> {
  if (word !== "reload") return notInside(set, word, commands);
  const { cannotReload } = await import("./control_server.ts");
  return cannotReload(cell);
}

/** Options whose values are permissions; what stands for them may be several. */
const PERMITTING: Readonly<Record<string, "one" | "many">> = {
  "listen": "many",
  "storage-root": "many",
  "tls-cert": "one",
  "tls-key": "one",
  "ctl": "one",
};

/** The command line that makes an executable which may do what `args` asks for, too. */
function madeAnew(
  { made }: EmbeddedSet,
  args: ParsedArgs,
  command: string,
): string[] {
  const names = new Set([
    ...Object.keys(made.options),
    ...Object.keys(PERMITTING),
  ]);
  const options = [...names].flatMap((name) => {
    const before = made.options[name] ?? [];
    const asked = PERMITTING[name] === undefined ? [] : args.list(name);
    const values = PERMITTING[name] === "one" && asked.length > 0
      ? asked
      : [...before, ...asked.filter((value) => !before.includes(value))];
    return values.map((value) => `--${name}=${value}`);
  });
  const isClient = command === "ps" || command === "stop";
  const ctl = isClient && args.text("ctl") === undefined
    ? [`--ctl=${CONTROL_DEFAULT}`]
    : [];
  return [
    "compile",
    ...options,
    ...ctl,
    `--output=${made.output}`,
    "--force",
    ...made.manifests,
  ];
}
