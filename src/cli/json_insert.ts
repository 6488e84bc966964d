/**
 * A property inserted into the text of a JSON object with comments. Nothing is
 * removed, and a comment stays with the property that it stands behind.
 *
 * @module
 */

import { type Edit, visit } from "jsonc-parser";

/** A part of a text: from an offset to the one behind it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** An object in a text, braces included, and its last property. */
export interface ObjectSpan extends Span {
  readonly last?: Span;
}

/** How a text is laid out. */
export interface Layout {
  readonly eol: string;
  /** One level of indentation. */
  readonly unit: string;
}

/** What a text uses; two spaces where it does not say. */
export function layoutOf(text: string): Layout {
  return {
    eol: text.includes("\r\n") ? "\r\n" : "\n",
    unit: /^[{[](?:[^\n]*)\r?\n([ \t]+)\S/m.exec(text)?.[1] ?? "  ",
  };
}

/** The indentation of the line that holds an offset. */
export function indentOfLine(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}

/** The edits that put a property behind the last one of an object. */
export function insertProperty(
  text: string,
  object: ObjectSpan,
  key: string,
  value: unknown,
): Edit[] {
  const { last } = object;
  const close = object.end - 1;
  const { at, comma } = endOfLast(text, object);
  const { eol, unit } = layoutOf(text);
  const isOneLine = !text.slice(object.start, close).includes("\n");
  const edits: Edit[] = [];
  if (last !== undefined && comma === undefined) {
    edits.push({ offset: last.end, length: 0, content: "," });
  }
  const tail = comma === undefined ? "" : ",";
  const name = JSON.stringify(key);
  if (isOneLine && last !== undefined) {
    const content = ` ${name}: ${JSON.stringify(value)}${tail}`;
    return [...edits, { offset: at, length: 0, content }];
  }
  const outer = indentOfLine(text, close);
  const inner = last === undefined
    ? outer + unit
    : indentOfLine(text, last.start);
  const body = JSON.stringify(value, undefined, unit).replaceAll(
    "\n",
    eol + inner,
  );
  const content = `${eol}${inner}${name}: ${body}${tail}` +
    (isOneLine ? eol + outer : "");
  return [...edits, { offset: at, length: 0, content }];
}

/**
 * Where the last property is over, with its comma and the comments on its
 * line. In an object without any, where its comments are over.
 */
function endOfLast(
  text: string,
  { start, end, last }: ObjectSpan,
): { readonly at: number; readonly comma?: number } {
  const from = last?.end ?? start + 1;
  const pieces: (Span & { readonly isComma: boolean })[] = [];
  const take = (offset: number, length: number, isComma: boolean): void => {
    if (offset < from || offset >= end - 1) return;
    pieces.push({ start: offset, end: offset + length, isComma });
  };
  visit(text, {
    onComment: (offset, length) => take(offset, length, false),
    onSeparator: (_, offset, length) => take(offset, length, true),
  });
  const comma = pieces.find((piece) => piece.isComma)?.start;
  let at = from;
  for (const piece of pieces) {
    const isOnLine = !text.slice(at, piece.start).includes("\n");
    const isBefore = comma !== undefined && piece.start <= comma;
    if (last === undefined || isOnLine || isBefore) at = piece.end;
    else break;
  }
  return comma === undefined ? { at } : { at, comma };
}
