/**
 * Where the keys and values of a TOML document are.
 *
 * smol-toml tells positions of syntax errors only. The parsers that keep all
 * positions build a tree of every token, which costs more than all the rest
 * of a cold start and a gigabyte for a hostile megabyte. This scanner takes
 * text that is known to be valid TOML, so all it has to do is find its way.
 *
 * @module
 */

import { parse } from "smol-toml";
import type { Place } from "./spec.ts";

/** A way to a value: keys, and indices of arrays. */
export type KeyPath = readonly (string | number)[];

/** One key or item of the document. All numbers are offsets into the text. */
interface Node {
  keyAt: number;
  from: number;
  to: number;
  children: Map<string | number, Node> | undefined;
  /** Made by `[[key]]`: a later `[key.x]` means its last item. */
  tables: boolean;
  /** What is below this node is passed over and not kept. */
  closed: boolean;
}

/** An array or an inline table that is open while its items are read. */
interface Open {
  readonly node: Node;
  readonly end: number;
  items: number;
}

const TAB = 9, LF = 10, CR = 13, SPACE = 32;
const QUOTE = 34, HASH = 35, APOSTROPHE = 39, COMMA = 44, DOT = 46;
const EQUALS = 61, BRACKET = 91, BACKSLASH = 92, BRACKET_END = 93;
const BRACE = 123, BRACE_END = 125;

/** The positions in one document. Unknown paths have no place. */
export class TomlPlaces {
  readonly #text: string;
  readonly #root = makeNode(0);
  #at = 0;
  #lineStarts: number[] | undefined;

  /**
   * Scans `text`, which must be valid TOML. Of the top-level keys in `closed`
   * only the keys themselves are kept.
   */
  constructor(text: string, closed: readonly string[] = []) {
    this.#text = text;
    for (const key of closed) {
      const node = makeNode(-1);
      node.closed = true;
      (this.#root.children ??= new Map()).set(key, node);
    }
    this.#document();
  }

  /** Where the last key of `path` is written first; an item's own start. */
  key(path: KeyPath): Place | undefined {
    const node = this.#find(path);
    return node === undefined || node.keyAt < 0
      ? undefined
      : this.place(node.keyAt);
  }

  /** Where a value starts. A table that has a header only is where its key is. */
  value(path: KeyPath): Place | undefined {
    const node = this.#find(path);
    if (node === undefined || node.keyAt < 0) return undefined;
    return this.place(node.from < 0 ? node.keyAt : node.from);
  }

  /** A value as it is written; nothing for a table that has a header. */
  source(path: KeyPath): string {
    const node = this.#find(path);
    return node === undefined || node.from < 0
      ? ""
      : this.#text.slice(node.from, node.to);
  }

  /** Line and column of an offset into the text. */
  place(offset: number): Place {
    const starts = this.#lineStarts ??= lineStartsOf(this.#text);
    let low = 0, high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  }

  #find(path: KeyPath): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const key of path) node = node?.children?.get(key);
    return node;
  }

  #document(): void {
    let table = this.#root;
    for (;;) {
      this.#skipVoid();
      const c = this.#code();
      if (Number.isNaN(c)) return;
      if (c === BRACKET) table = this.#header();
      else this.#pair(table);
    }
  }

  /** `[a.b]` or `[[a.b]]`. */
  #header(): Node {
    const list = this.#text.charCodeAt(this.#at + 1) === BRACKET;
    this.#at += list ? 2 : 1;
    const node = this.#keys(this.#root, BRACKET_END);
    this.#at += list ? 1 : 0;
    if (!list) return lastItem(node);
    node.tables = true;
    return child(node, node.children?.size ?? 0, node.keyAt);
  }

  /** `a.b = value`. */
  #pair(table: Node): void {
    this.#value(this.#keys(table, EQUALS));
  }

  /** Reads a dotted key up to and with `end`, and goes down along it. */
  #keys(from: Node, end: number): Node {
    let node = from;
    for (;;) {
      this.#skipSpace();
      const at = this.#at;
      const key = this.#key();
      node = child(lastItem(node), key, at);
      this.#skipSpace();
      const c = this.#code();
      // Past the end of a text that was no TOML after all.
      if (Number.isNaN(c)) return node;
      this.#at++;
      if (c === end) return node;
    }
  }

  #key(): string {
    const start = this.#at;
    const c = this.#code();
    if (c === QUOTE || c === APOSTROPHE) {
      this.#skipString();
      const raw = this.#text.slice(start, this.#at);
      return c === QUOTE && raw.includes("\\")
        ? String(parse(`key = ${raw}`)["key"])
        : raw.slice(1, -1);
    }
    while (this.#at < this.#text.length && !endsKey(this.#code())) this.#at++;
    return this.#text.slice(start, this.#at);
  }

  /** One value with all that is in it. A stack of its own: nesting is the document's choice. */
  #value(node: Node): void {
    const stack: Open[] = [];
    let next: Node | undefined = node;
    while (this.#at < this.#text.length) {
      if (next !== undefined) {
        this.#skipSpace();
        this.#begin(next, stack);
        next = undefined;
      }
      const top = stack.at(-1);
      if (top === undefined) return;
      this.#skipVoid();
      const c = this.#code();
      if (c === top.end) {
        top.node.to = ++this.#at;
        stack.pop();
      } else if (c === COMMA) this.#at++;
      else if (top.end === BRACE_END) next = this.#keys(top.node, EQUALS);
      else next = child(top.node, top.items++, this.#at);
    }
  }

  /** Reads a scalar, or opens an array or an inline table. */
  #begin(node: Node, stack: Open[]): void {
    node.from = this.#at;
    const c = this.#code();
    if (c === BRACKET || c === BRACE) {
      this.#at++;
      const end = c === BRACKET ? BRACKET_END : BRACE_END;
      stack.push({ node, end, items: 0 });
    } else if (c === QUOTE || c === APOSTROPHE) {
      this.#skipString();
      node.to = this.#at;
    } else {
      do this.#at++; while (
        this.#at < this.#text.length && !endsScalar(this.#code())
      );
      // A date may have a blank within, so blanks are taken off at the end.
      node.to = node.from +
        this.#text.slice(node.from, this.#at).trimEnd().length;
    }
  }

  #skipString(): void {
    const text = this.#text;
    const quote = this.#code();
    const mark = text.charAt(this.#at);
    if (!text.startsWith(mark.repeat(3), this.#at)) {
      this.#at++;
      while (this.#at < text.length && this.#code() !== quote) {
        this.#at += quote === QUOTE && this.#code() === BACKSLASH ? 2 : 1;
      }
      this.#at++;
      return;
    }
    this.#at += 3;
    while (
      this.#at < text.length && !text.startsWith(mark.repeat(3), this.#at)
    ) {
      this.#at += quote === QUOTE && this.#code() === BACKSLASH ? 2 : 1;
    }
    this.#at += 3;
    // Up to two quotes more belong to the text before the closing ones.
    for (let i = 0; i < 2 && this.#code() === quote; i++) this.#at++;
  }

  #skipSpace(): void {
    for (let c = this.#code(); c === SPACE || c === TAB; c = this.#code()) {
      this.#at++;
    }
  }

  /** Blanks, line ends and comments. */
  #skipVoid(): void {
    for (;;) {
      const c = this.#code();
      if (c === SPACE || c === TAB || c === LF || c === CR) this.#at++;
      else if (c === HASH) {
        const end = this.#text.indexOf("\n", this.#at);
        this.#at = end < 0 ? this.#text.length : end;
      } else return;
    }
  }

  #code(): number {
    return this.#text.charCodeAt(this.#at);
  }
}

function makeNode(keyAt: number): Node {
  return {
    keyAt,
    from: -1,
    to: -1,
    children: undefined,
    tables: false,
    closed: false,
  };
}

function child(node: Node, key: string | number, at: number): Node {
  if (node.closed) return node;
  const children = node.children ??= new Map<string | number, Node>();
  let found = children.get(key);
  if (found === undefined) {
    found = makeNode(at);
    children.set(key, found);
  } else if (found.keyAt < 0) found.keyAt = at;
  return found;
}

/** The table that a header means when its key names a list of tables. */
function lastItem(node: Node): Node {
  if (!node.tables || node.closed) return node;
  return node.children?.get(node.children.size - 1) ?? node;
}

function endsKey(c: number): boolean {
  return c === DOT || c === EQUALS || c === BRACKET_END || c === SPACE ||
    c === TAB;
}

function endsScalar(c: number): boolean {
  return c === COMMA || c === BRACKET_END || c === BRACE_END || c === HASH ||
    c === LF || c === CR;
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
    starts.push(at + 1);
  }
  return starts;
}
