/**
 * Lines of styled text on the columns of a terminal.
 *
 * @module
 */

import type { Span, Style } from "./ansi.ts";

/** Characters that are drawn at once: one style, no gap wider than a blank. */
export interface Run {
  /** Where it begins, from 0. */
  readonly column: number;
  /** How many columns it takes. */
  readonly columns: number;
  readonly text: string;
  readonly style: Style;
}

/** One row of the terminal, from left to right. */
export type Row = readonly Run[];

/** What stands where a character can't be shown. */
const REPLACEMENT = "\ufffd";
const CONTROL = /\p{Cc}/u;

// Not from @std/cli: its table is missing from the package that npm has.
/** Letters of East Asian scripts, and emoji. */
const WIDE =
  /^(?:[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Bopo}\u3000-\u30ff\uff01-\uff60\uffe0-\uffe6]|\p{RGI_Emoji})/v;
/** Half-width forms of the same scripts. */
const NARROW = /^[\uff61-\uffdc]/;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** The characters of a text as a reader counts them. */
export function charactersOf(text: string): string[] {
  return [...graphemes.segment(text.toWellFormed())].map(({ segment }) =>
    segment
  );
}

/** Columns that a character takes: 1 or 2. */
export function columnsOf(character: string): number {
  return WIDE.test(character) && !NARROW.test(character) ? 2 : 1;
}

/**
 * The rows that a line takes on a terminal of so many columns, at least one.
 * A wide character that does not fit goes to the next row.
 *
 * @throws {RangeError} when not even a wide character fits
 */
export function wrap(line: readonly Span[], columns: number): Row[] {
  if (!(columns >= 2)) throw new RangeError("Cannot wrap: 2 columns at least");
  const rows = [new RowBuilder()];
  for (const { text, style } of line) {
    for (const character of charactersOf(text)) {
      const width = columnsOf(character);
      if (rows.at(-1)!.columns + width > columns) rows.push(new RowBuilder());
      rows.at(-1)!.add(character, width, style);
    }
  }
  return rows.map((row) => row.runs);
}

/** Where the last character of a row ends. */
export function endOf(row: Row): number {
  const last = row.at(-1);
  return last === undefined ? 0 : last.column + last.columns;
}

class RowBuilder {
  readonly runs: { -readonly [Key in keyof Run]: Run[Key] }[] = [];
  columns = 0;

  /** Blanks stand in no run, but for single ones between words. */
  add(character: string, width: number, style: Style): void {
    const column = this.columns;
    this.columns += width;
    if (character === " ") return;
    const text = CONTROL.test(character) ? REPLACEMENT : character;
    const last = this.runs.at(-1);
    const gap = last === undefined ? 0 : column - last.column - last.columns;
    if (last === undefined || last.style !== style || gap > 1) {
      this.runs.push({ column, columns: width, text, style });
      return;
    }
    last.text += " ".repeat(gap) + text;
    last.columns += gap + width;
  }
}
