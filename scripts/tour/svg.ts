/**
 * The tour as a picture: a terminal window whose rows appear one by one.
 *
 * Without CSS animations, or where less motion is preferred, all is there from
 * the beginning.
 *
 * @module
 */

import type { Style } from "./ansi.ts";
import { endOf, type Run } from "./layout.ts";
import { styleSheet } from "./style_sheet.ts";
import type { TimedRow, Timeline, Typing } from "./timeline.ts";
import { decimal, element, escapeXml } from "./xml.ts";

/** What stands around the rows. */
export interface Frame {
  /** For who can't see the picture. */
  readonly title: string;
  /** The same, at length. */
  readonly description: string;
  /** The text of the window's bar. */
  readonly caption: string;
  /** Columns of the terminal. */
  readonly columns: number;
}

// In units of the picture, which are pixels where it is not scaled.
const FONT_SIZE = 14;
/** What most monospace fonts have; the others are stretched to it. */
const COLUMN = 0.6 * FONT_SIZE;
const ROW = 18;
/** Where letters stand in a row. */
const BASELINE = 13.5;
const PADDING = 2 * COLUMN;
const BAR = 34;
const RADIUS = 8;
const SCENE_GAP = 10;

/** A row with its place. */
interface PlacedRow extends TimedRow {
  readonly y: number;
}

/** Draws the tour. The same timeline gives the same bytes. */
export function drawTour(
  { rows, totalMs }: Timeline,
  { title, description, caption, columns }: Frame,
): string {
  const places = placed(rows);
  const last = places.at(-1)?.y ?? 0;
  const width = columns * COLUMN + 2 * PADDING;
  const height = BAR + last + ROW + 2 * PADDING;
  const screen = new Screen(columns, totalMs);
  for (const [atMs, group] of Map.groupBy(places, ({ atMs }) => atMs)) {
    screen.add(atMs, group);
  }
  const head = element("title", { id: "title" }, escapeXml(title)) + "\n" +
    element("desc", { id: "description" }, escapeXml(description)) + "\n" +
    element(
      "style",
      {},
      `\n${styleSheet(FONT_SIZE, screen.animations, totalMs)}`,
    );
  const inner = element("svg", {
    x: PADDING,
    y: BAR + PADDING,
    width: width - 2 * PADDING,
    height: last + ROW,
  }, `\n${screen.drawn.join("\n")}\n`);
  const parts = [head, ...drawFrame(width, height, caption), inner];
  // The formatter would move the text.
  return "<!-- deno-fmt-ignore-file -->\n" + element("svg", {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${decimal(width)} ${decimal(height)}`,
    width,
    height,
    role: "img",
    "aria-labelledby": "title description",
  }, `\n${parts.join("\n")}\n`) + "\n";
}

/** The rows, with what makes them appear. */
class Screen {
  readonly drawn: string[] = [];
  readonly animations: string[] = [];
  readonly #columns: number;
  readonly #totalMs: number;

  constructor(columns: number, totalMs: number) {
    this.#columns = columns;
    this.#totalMs = totalMs;
  }

  /** Rows that appear at the same time. */
  add(atMs: number, rows: readonly PlacedRow[]): void {
    const name = `row${this.drawn.length}`;
    if (atMs > 0) {
      const at = this.#percent(atMs);
      this.animations.push(
        `@keyframes ${name}{0%{opacity:0}${at},to{opacity:1}}`,
      );
    }
    const content = rows.map((row, index) => {
      const text = row.row.map((run) => drawRun(run, row.y)).join("");
      const { typing } = row;
      if (row.isLast) return text + drawCursor(endOf(row.row) + 1, row.y);
      if (typing === undefined) return text;
      return text + this.#typed(`${name}-${index}`, typing, row.y);
    });
    const style = `animation-name:${name}`;
    this.drawn.push(element("g", { class: "row", style }, content.join("")));
  }

  /** Covers what is not typed yet; the cursor is the left edge. */
  #typed(name: string, typing: Typing, y: number): string {
    const { fromMs, untilMs, goneMs, column, columns } = typing;
    const [from, until, gone] = [fromMs, untilMs, goneMs]
      .map((ms) => this.#percent(ms));
    const moved = `transform:translateX(${decimal(columns * COLUMN)}px)`;
    this.animations.push(
      `@keyframes ${name}{0%,${from}{transform:none;` +
        `animation-timing-function:steps(${columns})}` +
        `${until}{${moved};opacity:1}${gone},to{${moved};opacity:0}}`,
    );
    const x = column * COLUMN;
    const width = this.#columns * COLUMN;
    const ground = { class: "ground", x, y, width, height: ROW };
    return element(
      "g",
      { class: "typed", style: `animation-name:${name}` },
      element("rect", ground) + drawCursor(column, y),
    );
  }

  #percent(ms: number): string {
    return `${decimal(100 * ms / this.#totalMs)}%`;
  }
}

function placed(rows: readonly TimedRow[]): PlacedRow[] {
  let y = 0;
  return rows.map((row, index) => {
    if (index > 0) y += ROW + (row.isFirst ? SCENE_GAP : 0);
    return { ...row, y };
  });
}

function drawRun({ column, columns, text, style }: Run, y: number): string {
  const names = classesOf(style);
  return element("text", {
    ...(names === "" ? {} : { class: names }),
    x: column * COLUMN,
    y: y + BASELINE,
    textLength: columns * COLUMN,
  }, escapeXml(text));
}

function classesOf({ colour, bold, dim }: Style): string {
  return [colour, bold && "bold", dim && "dim"]
    .filter((name) => name !== undefined).join(" ");
}

function drawCursor(column: number, y: number): string {
  const x = column * COLUMN;
  return element("rect", {
    class: "cursor",
    x,
    y: y + 1,
    width: COLUMN,
    height: ROW - 2,
  });
}

/** The window: its ground, the bar with buttons, and the text in the bar. */
function drawFrame(width: number, height: number, caption: string): string[] {
  const middle = BAR / 2;
  const buttons = [20, 40, 60].map((cx) =>
    element("circle", { class: "button", cx, cy: middle, r: 6 })
  );
  return [
    element("rect", {
      class: "window",
      x: 0.5,
      y: 0.5,
      width: width - 1,
      height: height - 1,
      rx: RADIUS,
    }),
    element("path", { class: "bar", d: barPath(width) }),
    buttons.join(""),
    element("text", {
      class: "dim",
      x: width / 2,
      y: middle + 5,
      "text-anchor": "middle",
    }, escapeXml(caption)),
  ];
}

/** Round where the window is. */
function barPath(width: number): string {
  const across = decimal(width - 1 - 2 * RADIUS);
  const round = `a${RADIUS} ${RADIUS} 0 0 1 ${RADIUS}`;
  return `M.5 ${BAR}V${RADIUS + 0.5}${round} ${-RADIUS}h${across}` +
    `${round} ${RADIUS}V${BAR}Z`;
}
