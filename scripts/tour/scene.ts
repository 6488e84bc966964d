/**
 * What is shown of a command: its rows, and those of its output.
 *
 * @module
 */

import { parseAnsi, plain, type Span, type Style } from "./ansi.ts";
import { endOf, type Row, wrap } from "./layout.ts";
import type { CommandRow, Scene } from "./timeline.ts";

/** A command of the tour. */
export interface Step {
  /** What it is about, in a line. Without one, it belongs to the step before. */
  readonly says?: string;
  /** As a shell reads it; it may go on in the next line behind a `\`. */
  readonly command: string;
  /** The exit code that it has to have; default: 0. */
  readonly code?: number;
  /** For a command that stays running: what it has printed when it is up. */
  readonly until?: RegExp;
  /** Whether what was left running is waited for. */
  readonly waits?: true;
  /** The lines that are shown; a mark stands for the others. Default: all. */
  readonly shows?: RegExp;
}

const CAPTION: Style = { dim: true };
const PROMPT: Style = { colour: "green", bold: true };
const COMMAND: Style = { bold: true };
const LEFT_OUT: readonly Span[] = [{ text: "...", style: { dim: true } }];

/** The prompt that waits for the next command. */
export const LAST_PROMPT: Row = wrap([{ text: "$", style: PROMPT }], 2)[0]!;

/** Lays a command out, with what it printed. */
export function sceneOf(step: Step, output: string, columns: number): Scene {
  const lines = shownLines(parseAnsi(output), step.shows);
  return {
    caption: step.says === undefined
      ? []
      : wrap([{ text: `# ${step.says}`, style: CAPTION }], columns),
    command: commandRows(step.command, columns),
    output: lines.flatMap((line) => wrap(line, columns)),
  };
}

/** The lines that match; a mark where others stood, which are not just blank. */
export function shownLines(
  lines: readonly (readonly Span[])[],
  shows: RegExp | undefined,
): (readonly Span[])[] {
  const shown: (readonly Span[])[] = [];
  let hidden: (readonly Span[])[] = [];
  const leaveOut = (): void => {
    const isBlank = hidden.every((line) => plain(line).trim() === "");
    shown.push(...(isBlank ? hidden : [LEFT_OUT]));
    hidden = [];
  };
  for (const line of lines) {
    if (shows?.test(plain(line)) === false) hidden.push(line);
    else {
      leaveOut();
      shown.push(line);
    }
  }
  leaveOut();
  return shown;
}

/** As a shell shows it: with `>` in front of the lines after the first. */
function commandRows(command: string, columns: number): CommandRow[] {
  return command.split("\n").flatMap((line, index) => {
    const prompt = { text: index === 0 ? "$ " : "> ", style: PROMPT };
    const rows = wrap([prompt, { text: line, style: COMMAND }], columns);
    return rows.map((row, at) => ({
      row,
      column: at === 0 ? endOf(row.slice(0, 1)) + 1 : 0,
    }));
  });
}
