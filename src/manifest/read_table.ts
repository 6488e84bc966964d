/**
 * A TOML table against its schema: the values by key, typed.
 *
 * @module
 */

import type { TomlTable, TomlValue } from "smol-toml";
import { LIMITS } from "../limits.ts";
import { didYouMean } from "../nearest.ts";
import type { KeyPath } from "./locate.ts";
import { excerpt, quote } from "./quote.ts";
import type { Document } from "./document.ts";
import {
  type KeySchema,
  type KeyType,
  type TableSchema,
  TYPE_NAMES,
} from "./schema.ts";

interface TypedValues {
  readonly string: string;
  readonly integer: number;
  readonly boolean: boolean;
  readonly strings: readonly string[];
  readonly table: TomlTable;
}

type ValueOf<S extends KeySchema> = S extends
  { readonly oneOf: readonly (infer V)[] } ? V : TypedValues[S["type"]];

/** Keys that may be absent and have no default. */
type Optional<T extends TableSchema> = {
  [K in keyof T]: T[K] extends { readonly default: unknown } ? never
    : T[K] extends { readonly required: true } ? never
    : K;
}[keyof T];

/** What {@linkcode readTable} makes of a table with the schema `T`. */
export type TableValues<T extends TableSchema> =
  & { readonly [K in Exclude<keyof T, Optional<T>>]: ValueOf<T[K]> }
  & { readonly [K in Optional<T>]?: ValueOf<T[K]> };

/**
 * Reads `table`, which stands at `path` in the document, by its schema.
 * Whatever is wrong is added to the document's problems; a result with
 * problems is not to be used.
 */
export function readTable<T extends TableSchema>(
  document: Document,
  table: TomlTable,
  schema: T,
  path: KeyPath = [],
): TableValues<T> {
  const values: Record<string, unknown> = {};
  for (const key of Object.keys(table)) {
    if (Object.hasOwn(schema, key)) continue;
    unknownKey(document, key, schema, path);
  }
  for (const [key, entry] of Object.entries<KeySchema>(schema)) {
    const value = table[key];
    const at = [...path, key];
    if (value !== undefined) {
      const read = readValue(document, value, entry, at);
      if (read !== undefined) values[key] = read;
    } else if (entry.default !== undefined) values[key] = entry.default;
    else if (entry.required) missing(document, key);
  }
  // Each key was read by its own entry of the schema.
  return values as TableValues<T>;
}

function readValue(
  document: Document,
  value: TomlValue,
  schema: KeySchema,
  at: KeyPath,
): TypedValues[KeyType] | undefined {
  const key = at.join(".");
  switch (schema.type) {
    case "string":
      if (typeof value === "string") {
        return readText(document, value, schema, at, key);
      }
      break;
    case "integer":
      if (typeof value === "bigint") {
        return readInteger(document, value, schema, at, key);
      }
      break;
    case "boolean":
      if (typeof value === "boolean") return value;
      break;
    case "strings":
      if (Array.isArray(value)) {
        return readList(document, value, schema, at, key);
      }
      break;
    case "table":
      if (isTable(value)) return value;
  }
  document.fault(
    at,
    `${key} must be ${TYPE_NAMES[schema.type]}: received ${
      describe(document, value, at)
    }`,
    typeHint(document, value, schema.type, at),
  );
  return undefined;
}

/** Trims a string and holds it against its rule. */
function readText(
  document: Document,
  raw: string,
  schema: KeySchema,
  at: KeyPath,
  key: string,
): string | undefined {
  const trimmed = raw.trim();
  const text = schema.lowerCase ? trimmed.toLowerCase() : trimmed;
  if (text === "") {
    document.fault(at, `${key} must not be blank`);
    return undefined;
  }
  if (/\p{Cc}/u.test(text)) {
    document.fault(
      at,
      `${key} must not hold control characters: received ${quote(text)}`,
    );
    return undefined;
  }
  if (schema.oneOf !== undefined && !schema.oneOf.includes(text)) {
    document.fault(
      at,
      `${key} must be ${choice(schema.oneOf)}: received ${quote(text)}${
        didYouMean(text, schema.oneOf)
      }`,
    );
    return undefined;
  }
  const fault = schema.fault?.(text);
  if (fault === undefined) return text;
  document.fault(at, `${key} can't be ${quote(trimmed)}: ${fault}`);
  return undefined;
}

function readInteger(
  document: Document,
  value: bigint,
  { min = 0, max = Number.MAX_SAFE_INTEGER }: KeySchema,
  at: KeyPath,
  key: string,
): number | undefined {
  if (value >= min && value <= max) return Number(value);
  document.fault(
    at,
    `${key} must be ${
      max === Number.MAX_SAFE_INTEGER
        ? `${min} or more`
        : `from ${min} to ${max}`
    }: received ${excerpt(value.toString())}`,
  );
  return undefined;
}

function readList(
  document: Document,
  value: readonly TomlValue[],
  schema: KeySchema,
  at: KeyPath,
  key: string,
): readonly string[] | undefined {
  const most = LIMITS.manifestListItems;
  if (value.length > most) {
    document.fault(
      at,
      `${key} must have at most ${most} items: received ${value.length}`,
      "take out what the cell does without, or make several cells of it",
    );
    return undefined;
  }
  const kept = new Set<string>();
  for (const [index, item] of value.entries()) {
    const place = [...at, index];
    if (typeof item !== "string") {
      document.fault(
        place,
        `${key} must hold strings only: received ${
          describe(document, item, place)
        }`,
      );
      continue;
    }
    // As the published host has it, which knows no permissions.
    if (at.length === 1 && item.trim() === "") continue;
    const text = readText(document, item, schema, place, key);
    if (text === undefined || kept.has(text)) continue;
    kept.add(text);
    document.noteItem(key, text, place);
  }
  return [...kept];
}

function unknownKey(
  document: Document,
  key: string,
  schema: TableSchema,
  path: KeyPath,
): void {
  // A hostile megabyte has 200,000 keys, and the near miss of each takes time.
  if (document.full) return document.add(undefined, "unknown key");
  const known = Object.keys(schema);
  const hint = document.isTopLevelKey(key) && path.length > 0
    ? `${key} is a key of the cell: it stands before the first [table]`
    : path.length > 0
    ? `${path.join(".")} takes ${known.join(", ")}`
    : undefined;
  document.faultAtKey(
    [...path, key],
    `unknown key ${quote([...path, key].join("."))}${didYouMean(key, known)}`,
    hint,
  );
}

/** A key that a `[table]` above it swallowed is the usual reason. */
function missing(document: Document, key: string): void {
  const swallowed = ["config", "permissions"].find((table) =>
    document.has([table, key])
  );
  document.add(
    undefined,
    `${key} is missing`,
    swallowed === undefined
      ? `add ${key} = "..."`
      : `${key} stands in [${swallowed}]: a key of the cell stands before the first [table]`,
  );
}

function describe(
  document: Document,
  value: TomlValue,
  at: KeyPath,
): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return "a list";
  if (isTable(value)) return "a table";
  const kind = typeof value === "bigint"
    ? "the integer"
    : typeof value === "number"
    ? "the float"
    : "the date";
  return `${kind} ${excerpt(document.source(at))}`;
}

function typeHint(
  document: Document,
  value: TomlValue,
  type: KeyType,
  at: KeyPath,
): string | undefined {
  const name = at.at(-1);
  const source = excerpt(document.source(at));
  switch (type) {
    case "strings":
      return typeof value === "string"
        ? `write ${name} = [${quote(value)}]`
        : undefined;
    case "string":
      return typeof value === "number" || typeof value === "bigint"
        ? `write ${name} = "${source}"`
        : undefined;
    case "integer":
      return typeof value === "number" && Number.isSafeInteger(value)
        ? `write ${name} = ${value}`
        : undefined;
    case "boolean":
      return value === "true" || value === "false"
        ? `write ${name} = ${value}`
        : undefined;
    case "table":
      return undefined;
  }
}

function isTable(value: TomlValue): value is TomlTable {
  // smol-toml makes tables without a prototype, and dates of a class.
  return typeof value === "object" && Object.getPrototypeOf(value) === null;
}

function choice(values: readonly string[]): string {
  const quoted = values.map((value) => `"${value}"`);
  return `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}
