/**
 * The parts of a Markdown document that a test can hold against the program.
 *
 * @module
 */

/** A fenced block. */
export interface Block {
  /** Line of the opening fence, from 1. */
  readonly line: number;
  /** The first word behind the fence; empty when there is none. */
  readonly kind: string;
  /** The other words. */
  readonly words: readonly string[];
  /** `key=value` words. */
  readonly values: Readonly<Record<string, string>>;
  /** The lines between the fences, each with its line break. */
  readonly text: string;
}

/** A link to another place of the project. */
export interface Link {
  readonly line: number;
  readonly path: string;
  readonly anchor: string;
}

/** Every fenced block. Throws when a fence is not closed. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: { line: number; fence: string; info: string } | undefined;
  let text = "";
  for (const [index, line] of markdown.split("\n").entries()) {
    const fence = /^(`{3,})(.*)$/.exec(line);
    if (open === undefined) {
      if (fence === null) continue;
      open = { line: index + 1, fence: fence[1]!, info: fence[2]!.trim() };
      text = "";
    } else if (fence?.[1] === open.fence && fence[2] === "") {
      const [kind = "", ...words] = open.info.split(/\s+/);
      const pairs = words.filter((word) => word.includes("="))
        .map((word) => word.split("=", 2) as [string, string]);
      const values = Object.fromEntries(pairs);
      blocks.push({ line: open.line, kind, words, values, text });
      open = undefined;
    } else text += `${line}\n`;
  }
  if (open !== undefined) throw new Error(`line ${open.line}: an open fence`);
  return blocks;
}

/** The document without its fenced blocks; line numbers stay. */
export function proseOf(markdown: string): string {
  let within = false;
  return markdown.split("\n").map((line) => {
    const fence = line.startsWith("```");
    if (fence) within = !within;
    return fence || within ? "" : line;
  }).join("\n");
}

/** Links to files and headings of the project. */
export function linksOf(markdown: string): Link[] {
  return proseOf(markdown).split("\n").flatMap((text, index) =>
    [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => match[1]!)
      .filter((target) => !/^[a-z]+:/.test(target))
      .map((target) => {
        const [path = "", anchor = ""] = target.split("#", 2);
        return { line: index + 1, path, anchor };
      })
  );
}

/** The headings with their lines, without the marks. */
export function headingsOf(
  markdown: string,
): { readonly line: number; readonly text: string }[] {
  return proseOf(markdown).split("\n").flatMap((text, index) => {
    const match = /^#{1,6} (.+)$/.exec(text);
    return match === null ? [] : [{ line: index + 1, text: match[1]! }];
  });
}

/** The anchor that a heading gets where Markdown is shown. */
export function anchorOf(heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim().replace(/\s/g, "-");
}
