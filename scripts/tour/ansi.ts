/**
 * What a program writes to a terminal, as lines of styled text.
 *
 * @module
 */

/** The colours that a terminal has by name. */
const COLOURS = [
  "black",
  "red",
  "green",
  "yellow",
  "blue",
  "magenta",
  "cyan",
  "white",
] as const;

/** One of {@linkcode COLOURS}. */
export type Colour = typeof COLOURS[number];

/** How characters look; what is not there is as usual. */
export interface Style {
  readonly colour?: Colour;
  readonly bold?: true;
  readonly dim?: true;
}

/** Characters of one style. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** A line that is written anew over what stood there, as progress is. */
const WRITTEN_ANEW = "\r\x1b[K";

// deno-lint-ignore no-control-regex -- escape sequences begin with one
const ESCAPE = /\x1b\[([\d;]*)m|\x1b/g;

/**
 * The lines of an output. A style holds until it is changed, as on a terminal.
 *
 * @throws {Error} at an escape sequence that is not about a known style
 */
export function parseAnsi(output: string): Span[][] {
  const text = output.replace(/\n$/, "");
  if (text === "") return [];
  let style: Style = {};
  return text.split("\n").map((line) => {
    const spans: Span[] = [];
    const shown = line.split(WRITTEN_ANEW).at(-1) ?? "";
    const add = (part: string): void => {
      if (part !== "") spans.push({ text: part, style });
    };
    let from = 0;
    for (const match of shown.matchAll(ESCAPE)) {
      add(shown.slice(from, match.index));
      style = styleAfter(style, match[1], shown.slice(match.index));
      from = match.index + match[0].length;
    }
    add(shown.slice(from));
    return spans;
  });
}

/** The text of a line, without its style. */
export function plain(line: readonly Span[]): string {
  return line.map(({ text }) => text).join("");
}

function styleAfter(
  style: Style,
  codes: string | undefined,
  at: string,
): Style {
  if (codes === undefined) throw unknown(at);
  return codes.split(";").map(Number).reduce((before, code) => {
    const after = styled(before, code);
    if (after === undefined) throw unknown(at);
    return after;
  }, style);
}

/** Bright colours are drawn as the others are. */
function styled(style: Style, code: number): Style | undefined {
  if (code === 0) return {};
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 22 || code === 39) {
    const { colour, ...weight } = style;
    if (code === 39) return weight;
    return colour === undefined ? {} : { colour };
  }
  const colour = COLOURS[code - (code >= 90 ? 90 : 30)];
  return colour === undefined ? undefined : { ...style, colour };
}

function unknown(at: string): Error {
  return new Error(
    `Cannot draw ${JSON.stringify(at.slice(0, 12))}: it is no style`,
  );
}
