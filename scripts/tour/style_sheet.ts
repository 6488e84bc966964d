/**
 * The styles of the tour's picture: two themes, and motion where it is wanted.
 *
 * @module
 */

import type { Colour } from "./ansi.ts";
import { decimal } from "./xml.ts";

/** The colours of a window. */
interface Theme extends Readonly<Record<Colour, string>> {
  readonly text: string;
  readonly dim: string;
  readonly ground: string;
  readonly bar: string;
  readonly line: string;
}

const LIGHT: Theme = {
  text: "#1f2328",
  dim: "#59636e",
  ground: "#ffffff",
  bar: "#f6f8fa",
  line: "#d1d9e0",
  black: "#1f2328",
  red: "#cf222e",
  green: "#1a7f37",
  yellow: "#9a6700",
  blue: "#0969da",
  magenta: "#8250df",
  cyan: "#1b7c83",
  white: "#59636e",
};

const DARK: Theme = {
  text: "#e6edf3",
  dim: "#8d96a0",
  ground: "#0d1117",
  bar: "#161b22",
  line: "#30363d",
  black: "#8d96a0",
  red: "#ff7b72",
  green: "#3fb950",
  yellow: "#d29922",
  blue: "#58a6ff",
  magenta: "#bc8cff",
  cyan: "#39c5cf",
  white: "#e6edf3",
};

const FONTS = [
  "ui-monospace",
  "SFMono-Regular",
  "Menlo",
  "Consolas",
  "'Liberation Mono'",
  "'DejaVu Sans Mono'",
  "monospace",
].join(",");

/**
 * The style sheet. A class is a colour's name, `bold` or `dim`; `row` appears,
 * `typed` covers what is not typed yet. `animations` are the keyframes of both.
 */
export function styleSheet(
  fontSize: number,
  animations: readonly string[],
  totalMs: number,
): string {
  const seconds = `${decimal(totalMs / 1000)}s`;
  return [
    `text{font:${fontSize}px ${FONTS};white-space:pre}`,
    ".bold{font-weight:600}",
    ...themed(LIGHT),
    ".typed{display:none}",
    "@media (prefers-color-scheme:dark){",
    ...themed(DARK),
    "}",
    "@media (prefers-reduced-motion:no-preference){",
    `.row,.typed{animation:${seconds} step-end infinite}`,
    ".typed{display:inline}",
    "}",
    ...animations,
  ].map((line) => `${line}\n`).join("");
}

function themed(theme: Theme): string[] {
  const { text, dim, ground, bar, line, ...colours } = theme;
  return [
    `text{fill:${text}}`,
    ...Object.entries(colours).map(([name, value]) =>
      `.${name}{fill:${value}}`
    ),
    `.dim{fill:${dim}}`,
    `.ground{fill:${ground}}`,
    `.window{fill:${ground};stroke:${line}}`,
    `.bar{fill:${bar};stroke:${line}}`,
    `.button{fill:${line}}`,
    `.cursor{fill:${dim}}`,
  ];
}
