/**
 * Reads JSON without losing what JavaScript's numbers lose: integers stay
 * exact and apart from floats, keys keep their order, repeats are refused.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";

/** A JSON value: a number without `.` and exponent is a bigint, any other a number. */
export type JsonValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | readonly JsonValue[]
  | JsonObject;

/** The members of an object, in their order. */
export type JsonObject = ReadonlyMap<string, JsonValue>;

/**
 * Parses one JSON text of RFC 8259. Nesting is bounded by
 * `LIMITS.msgpackDepth`.
 *
 * @throws {PulpError} `usage`, with line and column, for anything that is not
 * JSON, a repeated key, half a surrogate pair, or a float beyond 64 bits.
 */
export function parseJson(text: string): JsonValue {
  const parser = new Parser(text);
  const value = parser.value(0);
  parser.end();
  return value;
}

const WORDS = [["null", null], ["true", true], ["false", false]] as const;

/** One pass over a text. Recursion is as deep as the bound on nesting. */
class Parser {
  readonly #text: string;
  readonly #numbers = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
  readonly #spaces = /[ \t\n\r]*/y;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): JsonValue {
    this.#space();
    const first = this.#text[this.#at];
    if (first === "{" || first === "[") {
      if (depth >= LIMITS.msgpackDepth) {
        throw this.#error(`it nests deeper than ${LIMITS.msgpackDepth}`);
      }
      return first === "{" ? this.#object(depth + 1) : this.#array(depth + 1);
    }
    if (first === '"') return this.#string();
    for (const [word, value] of WORDS) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    return this.#number();
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) {
      throw this.#error(`${this.#found()} follows its end`);
    }
  }

  #object(depth: number): JsonObject {
    const members = new Map<string, JsonValue>();
    this.#at++;
    this.#space();
    if (this.#take("}")) return members;
    do {
      this.#space();
      const start = this.#at;
      if (this.#text[start] !== '"') {
        throw this.#error(`${this.#found()} where a key in quotes must stand`);
      }
      const key = this.#string();
      if (members.has(key)) {
        throw this.#error(`the key ${JSON.stringify(key)} is repeated`, start);
      }
      this.#space();
      if (!this.#take(":")) {
        throw this.#error(`${this.#found()} where ":" must stand`);
      }
      members.set(key, this.value(depth));
      this.#space();
    } while (this.#take(","));
    if (this.#take("}")) return members;
    throw this.#error(`${this.#found()} where "," or "}" must stand`);
  }

  #array(depth: number): JsonValue[] {
    const values: JsonValue[] = [];
    this.#at++;
    this.#space();
    if (this.#take("]")) return values;
    do {
      values.push(this.value(depth));
      this.#space();
    } while (this.#take(","));
    if (this.#take("]")) return values;
    throw this.#error(`${this.#found()} where "," or "]" must stand`);
  }

  #string(): string {
    const start = this.#at;
    let at = start + 1;
    for (; at < this.#text.length; at++) {
      const unit = this.#text.charCodeAt(at);
      if (unit === 0x22) break;
      if (unit === 0x5c) at++;
      else if (unit < 0x20) {
        throw this.#error("a string holds a raw control character", at);
      }
    }
    if (at >= this.#text.length) {
      throw this.#error("a string does not end", start);
    }
    this.#at = at + 1;
    let value: string;
    try {
      value = JSON.parse(this.#text.slice(start, this.#at));
    } catch {
      throw this.#error("a string holds a wrong escape", start);
    }
    if (!value.isWellFormed()) {
      throw this.#error("a string holds half of a surrogate pair", start);
    }
    return value;
  }

  #number(): bigint | number {
    this.#numbers.lastIndex = this.#at;
    const match = this.#numbers.exec(this.#text);
    if (match === null) {
      throw this.#error(`${this.#found()} where a value must stand`);
    }
    const [source, fraction, exponent] = match;
    const start = this.#at;
    this.#at += source.length;
    if (fraction === undefined && exponent === undefined) {
      // 64 bits have at most 20 digits; a bigint of a megabyte would take minutes.
      if (source.length <= 21) return BigInt(source);
      throw this.#error(`${short(source)} does not fit 64 bits`, start);
    }
    const value = Number(source);
    if (Number.isFinite(value)) return value;
    throw this.#error(`${short(source)} is beyond a 64-bit float`, start);
  }

  #space(): void {
    this.#spaces.lastIndex = this.#at;
    this.#spaces.exec(this.#text);
    this.#at = this.#spaces.lastIndex;
  }

  #take(mark: string): boolean {
    if (this.#text[this.#at] !== mark) return false;
    this.#at++;
    return true;
  }

  #found(): string {
    const point = this.#text.codePointAt(this.#at);
    return point === undefined
      ? "it ends"
      : JSON.stringify(String.fromCodePoint(point));
  }

  #error(what: string, at = this.#at): PulpError {
    const before = this.#text.slice(0, at);
    const line = before.split("\n").length;
    const column = at - before.lastIndexOf("\n");
    return new PulpError(
      "usage",
      `Cannot read the JSON: ${what} (line ${line}, column ${column})`,
    );
  }
}

function short(number: string): string {
  return number.length <= 40 ? number : `${number.slice(0, 37)}...`;
}
