/**
 * When each row of the tour appears.
 *
 * @module
 */

import { endOf, type Row } from "./layout.ts";

/** A row of a command. */
export interface CommandRow {
  readonly row: Row;
  /** The first column that is typed: behind the prompt, if there is one. */
  readonly column: number;
}

/** A command with what it printed, laid out. */
export interface Scene {
  /** What stands above the command; no rows when it goes on from the scene before. */
  readonly caption: readonly Row[];
  readonly command: readonly CommandRow[];
  readonly output: readonly Row[];
}

/** Typing of one row; milliseconds from the beginning. */
export interface Typing {
  readonly fromMs: number;
  readonly untilMs: number;
  /** When the cursor leaves the row. */
  readonly goneMs: number;
  /** The first column that is typed. */
  readonly column: number;
  /** How many are typed. */
  readonly columns: number;
}

/** A row and when it is shown; milliseconds from the beginning. */
export interface TimedRow {
  readonly row: Row;
  readonly atMs: number;
  /** Whether something new begins, with some room above it. */
  readonly isFirst: boolean;
  /** The cursor waits behind the last row. */
  readonly isLast: boolean;
  readonly typing?: Typing;
}

/** All of the tour. It begins anew after `totalMs`. */
export interface Timeline {
  readonly rows: readonly TimedRow[];
  readonly totalMs: number;
}

const BEFORE_TYPING_MS = 700;
const COLUMN_MS = 32;
/** Long commands are typed faster. */
const TYPING_MOST_MS = 1_800;
const BEFORE_ENTER_MS = 250;
/** The cursor leaves a row that is full. */
const NEXT_ROW_MS = 30;
const BEFORE_OUTPUT_MS = 300;
const BETWEEN_LINES_MS = 70;
const READING_MS = 1_100;
const READING_ROW_MS = 220;
const READING_MOST_MS = 3_000;
/** How long everything stays at the end. */
const END_MS = 7_000;

/** Plays scenes one after the other; `prompt` is the last row. */
export function timelineOf(
  scenes: readonly Scene[],
  prompt: Row,
): Timeline {
  const rows: TimedRow[] = [];
  let now = 0;
  for (const scene of scenes) now = play(scene, now, rows);
  rows.push({ row: prompt, atMs: now, isFirst: true, isLast: true });
  return { rows, totalMs: now + END_MS };
}

/** Adds the rows of a scene that begins at `start`; when the next one begins. */
function play(scene: Scene, start: number, rows: TimedRow[]): number {
  const first = rows.length;
  const add = (row: Row, atMs: number, typing?: Typing): void => {
    rows.push({
      row,
      atMs,
      isFirst: rows.length === first && scene.caption.length > 0,
      isLast: false,
      ...(typing === undefined ? {} : { typing }),
    });
  };
  for (const row of scene.caption) add(row, start);
  const typings = typingOf(scene.command, start + BEFORE_TYPING_MS);
  for (const [index, { row }] of scene.command.entries()) {
    add(row, index === 0 ? start : typings[index]!.fromMs, typings[index]);
  }
  const enter = typings.at(-1)?.goneMs ?? start;
  const lines = enter + BEFORE_OUTPUT_MS;
  for (const [index, row] of scene.output.entries()) {
    add(row, lines + index * BETWEEN_LINES_MS);
  }
  const { length } = scene.output;
  const reading = READING_MS + length * READING_ROW_MS;
  return lines + length * BETWEEN_LINES_MS + Math.min(reading, READING_MOST_MS);
}

function typingOf(command: readonly CommandRow[], start: number): Typing[] {
  const typed = command.map(({ row, column }) => ({
    column,
    columns: endOf(row) - column,
  }));
  const total = typed.reduce((sum, { columns }) => sum + columns, 0);
  const columnMs = Math.min(COLUMN_MS, TYPING_MOST_MS / total);
  let now = start;
  return typed.map(({ column, columns }, index) => {
    const fromMs = now;
    now += columns * columnMs;
    const isLast = index === typed.length - 1;
    const goneMs = now + (isLast ? BEFORE_ENTER_MS : NEXT_ROW_MS);
    return { fromMs, untilMs: now, goneMs, column, columns };
  });
}
