/**
 * One manifest while it is read: its tables, its text and its problems.
 *
 * @module
 */

import { parse, TomlError, type TomlTable } from "smol-toml";
import { LIMITS } from "../limits.ts";
import { MANIFEST_NAME } from "./file.ts";
import { type KeyPath, TomlPlaces } from "./locate.ts";
import { ProblemList } from "./problems.ts";
import { quote } from "./quote.ts";
import { MANIFEST_KEYS } from "./schema.ts";
import type { Place } from "./spec.ts";

const HINT_OF_NAME =
  `a manifest ends in .toml; of a folder, ${MANIFEST_NAME} in it is read`;

/** A manifest's TOML, with a list of what is wrong with it. */
export class Document {
  /** The root table; tables have no prototype. */
  readonly root: TomlTable;
  readonly #file: string;
  readonly #text: string;
  readonly #problems: ProblemList;
  /** Without what is in `[config]`, which may be long. */
  readonly #places: TomlPlaces;
  /** With it; made when a problem in `[config]` has to be placed. */
  #allPlaces: TomlPlaces | undefined;
  readonly #itemPlaces = new Map<string, Place>();

  /** Parses TOML. `file` is the manifest's path in messages. Throws `ManifestError`. */
  constructor(text: string, file: string) {
    this.#file = file;
    this.#problems = new ProblemList(file);
    this.#text = text.startsWith("\uFEFF") ? text.slice(1) : text;
    this.root = this.#parse();
    this.#places = new TomlPlaces(this.#text, ["config"]);
  }

  /** Adds a problem with the value at `path`. */
  fault(path: KeyPath, message: string, hint?: string): void {
    this.add(this.#placesFor(path).value(path), message, hint);
  }

  /** Adds a problem with the key at `path`. */
  faultAtKey(path: KeyPath, message: string, hint?: string): void {
    this.add(this.#placesFor(path).key(path), message, hint);
  }

  /** Adds a problem. */
  add(place: Place | undefined, message: string, hint?: string): void {
    this.#problems.add(place, message, hint);
  }

  /** Whether there are so many problems that more would only be counted. */
  get full(): boolean {
    return this.#problems.full;
  }

  /** Throws `ManifestError` when there are problems. */
  throwIfFaulty(): void {
    this.#problems.throwIfAny();
  }

  /** A value as the manifest spells it. */
  source(path: KeyPath): string {
    return this.#placesFor(path).source(path);
  }

  /** Whether the document has a value at `path`. */
  has(path: KeyPath): boolean {
    return this.#placesFor(path).key(path) !== undefined;
  }

  /** Whether a cell's own keys have one of this name. */
  isTopLevelKey(key: string): boolean {
    return Object.hasOwn(MANIFEST_KEYS, key);
  }

  /** Keeps where an item of a list stands. */
  noteItem(key: string, item: string, path: KeyPath): void {
    const place = this.#places.value(path);
    if (place !== undefined) this.#itemPlaces.set(`${key}=${item}`, place);
  }

  /** The places of the given keys and of all items that were noted. */
  placesOf(keys: readonly KeyPath[]): Readonly<Record<string, Place>> {
    const places: Record<string, Place> = {};
    for (const key of keys) {
      const place = this.#places.key(key);
      if (place !== undefined) places[key.join(".")] = place;
    }
    for (const [item, place] of this.#itemPlaces) places[item] = place;
    return places;
  }

  #placesFor(path: KeyPath): TomlPlaces {
    if (path[0] !== "config" || path.length === 1) return this.#places;
    return this.#allPlaces ??= new TomlPlaces(this.#text);
  }

  /** What may be behind any error in a file that is not called like a manifest. */
  #hintOfName(): string | undefined {
    return this.#file.endsWith(".toml") ? undefined : HINT_OF_NAME;
  }

  #parse(): TomlTable {
    try {
      return parse(this.#text, {
        integersAsBigInt: true,
        // Temporal keeps all nine digits of a second, and refuses 30 February.
        useLegacyDate: false,
        maxDepth: LIMITS.manifestDepth,
      });
    } catch (error) {
      if (!(error instanceof TomlError)) throw error;
      const { line, column } = error;
      const rest = this.#text.split("\n", line).at(-1)?.slice(column - 1) ?? "";
      const hint = hintOf(error, rest) ?? this.#hintOfName();
      this.add({ line, column }, reasonOf(error, rest), hint);
      this.#problems.throwIfAny(error);
      throw error;
    }
  }
}

/** What usually is behind an error of syntax. `rest` is the line from there. */
function hintOf({ message }: TomlError, rest: string): string | undefined {
  const word = /invalid value/.test(message) && /^[\p{L}_./~]/u.test(rest);
  const version = /numeric literal/.test(message) && /^[\w.+-]/.test(rest);
  if (word || version) return "text stands in quotes";
  return message.includes("unrecognised escape")
    ? "a path with backslashes stands in single quotes"
    : undefined;
}

/**
 * The first line of smol-toml's message; the lines after it quote the
 * document. `rest` is the line of the document from the error on.
 */
function reasonOf(error: TomlError, rest: string): string {
  const [first = ""] = error.message.split("\n", 1);
  if (first.includes("excessively nested")) {
    return `nested more than ${LIMITS.manifestDepth} deep`;
  }
  if (first.includes("redefine")) {
    const key = /^[^=\]]+/.exec(rest)?.[0].trim() ?? "";
    return `not valid TOML: ${quote(key)} is defined already`;
  }
  const reason = first
    .replace("Invalid TOML document: ", "")
    .replace("Temporal error: ", "invalid date: ");
  return `not valid TOML: ${reason.replace(/\.$/, "")}`;
}
