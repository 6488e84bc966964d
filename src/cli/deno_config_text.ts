/**
 * A permission set put into the text of a deno.json, of which every other
 * byte stays as it is.
 *
 * @module
 */

import {
  applyEdits,
  type Edit,
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
  visit,
} from "jsonc-parser";
import { PulpError } from "../errors.ts";
import type { PermissionSet } from "./hosting_flags.ts";
import { indentOfLine, insertProperty, layoutOf } from "./json_insert.ts";

/** What to do with the text of one file. */
export interface ConfigChange {
  /** How the file is called in messages. */
  readonly path: string;
  /** The name of the set. */
  readonly name: string;
  readonly set: PermissionSet;
  /** Whether another set of that name is replaced. */
  readonly force: boolean;
}

const KEY = "permissions";

/**
 * The text with the set in it; the very same text when the set is there
 * already, in whatever order. An empty text becomes a whole object.
 *
 * @throws {PulpError} `usage` when the text is not what Deno takes for a
 * deno.json, or has another set of that name and `force` is not set
 */
export function withPermissionSet(text: string, change: ConfigChange): string {
  try {
    return changed(text, change);
  } catch (cause) {
    // The parser calls itself for each level, and a file may be made for that.
    if (!(cause instanceof RangeError)) throw cause;
    throw unusable(change.path, "it is nested too deep", cause);
  }
}

function changed(
  text: string,
  { path, name, set, force }: ConfigChange,
): string {
  const root = parse(text, path);
  if (root === undefined) {
    const eol = layoutOf(text).eol;
    const body = JSON.stringify({ [KEY]: { [name]: set } }, undefined, 2);
    const gap = text === "" || text.endsWith("\n") ? "" : eol;
    return `${text}${gap}${body.replaceAll("\n", eol)}${eol}`;
  }
  const sets = propertyOf(root, KEY, path);
  if (sets === undefined) {
    return applyEdits(text, insert(text, root, KEY, { [name]: set }));
  }
  if (sets.type !== "object") {
    throw unusable(path, `its "${KEY}" is not an object`);
  }
  const old = propertyOf(sets, name, path);
  if (old === undefined) {
    return applyEdits(text, insert(text, sets, name, set));
  }
  if (normal(getNodeValue(old)) === normal(set)) return text;
  if (!force) {
    throw new PulpError(
      "usage",
      `Cannot write permission set "${name}" to "${path}": it has another one of that name`,
      { hint: "--force replaces it; --name=<name> keeps both" },
    );
  }
  return applyEdits(text, [replacement(text, old, set)]);
}

function parse(text: string, path: string): Node | undefined {
  if (text.startsWith("\ufeff")) {
    throw unusable(
      path,
      "it begins with a byte order mark, which Deno refuses",
    );
  }
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  if (root === undefined && isBlank(text)) return undefined;
  const [error] = errors;
  if (error !== undefined) {
    const before = text.slice(0, error.offset).split("\n");
    const place = `${before.length}:${(before.at(-1) ?? "").length + 1}`;
    const what = printParseErrorCode(error.error).replaceAll(
      /(?<=[a-z])[A-Z]/g,
      (letter) => ` ${letter.toLowerCase()}`,
    );
    throw unusable(
      path,
      `it is not JSON with comments, line ${place}: ${what}`,
    );
  }
  if (root?.type !== "object") throw unusable(path, "it is not an object");
  return root;
}

/** Whether there is nothing but space and comments. */
function isBlank(text: string): boolean {
  let blank = true;
  const end = (): void => {
    blank = false;
  };
  visit(text, {
    onObjectBegin: end,
    onArrayBegin: end,
    onLiteralValue: end,
    onSeparator: end,
    onError: (code) => {
      // An empty text is one in which a value is expected and nothing is wrong.
      if (printParseErrorCode(code) !== "ValueExpected") blank = false;
    },
  });
  return blank;
}

/** The value of a key. Of two with one name Deno takes the last, people the first. */
function propertyOf(object: Node, key: string, path: string): Node | undefined {
  const found = (object.children ?? []).filter((property) =>
    property.children?.[0]?.value === key
  );
  if (found.length > 1) throw unusable(path, `it has "${key}" twice`);
  return findNodeAtLocation(object, [key]);
}

function insert(
  text: string,
  object: Node,
  key: string,
  value: unknown,
): Edit[] {
  const { offset, length, children = [] } = object;
  const last = children.at(-1);
  return insertProperty(
    text,
    {
      start: offset,
      end: offset + length,
      ...(last === undefined ? {} : {
        last: { start: last.offset, end: last.offset + last.length },
      }),
    },
    key,
    value,
  );
}

function replacement(
  text: string,
  { offset, length }: Node,
  value: unknown,
): Edit {
  const { eol, unit } = layoutOf(text);
  const content = JSON.stringify(value, undefined, unit)
    .replaceAll("\n", eol + indentOfLine(text, offset));
  return { offset, length, content };
}

/** The same text for the same permissions, in whatever order they stand. */
function normal(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map(normal).toSorted().join(",")}]`;
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([key, item]) =>
      `${JSON.stringify(key)}:${normal(item)}`
    );
    return `{${entries.toSorted().join(",")}}`;
  }
  return JSON.stringify(value) ?? "";
}

function unusable(path: string, why: string, cause?: unknown): PulpError {
  return new PulpError(
    "usage",
    `Cannot write permissions to "${path}": ${why}`,
    cause === undefined ? {} : { cause },
  );
}
