/**
 * JSON to MessagePack and back, for people at a command line. Nothing is
 * rounded: integers keep 64 bits, floats stay floats, bytes have a form.
 *
 * | JSON | MessagePack |
 * |---|---|
 * | number without `.` and exponent | `int64`; above 2^63-1 `uint64` |
 * | any other number | `float64` |
 * | `{"$bytes": "<base64>"}` | `bin` |
 * | `{"$float": "NaN"}`, `"Infinity"`, `"-Infinity"` | `float64` |
 * | RFC 3339 string (one way) | timestamp |
 * | `{"$ext": [type, "<base64>"]}` (one way) | any other extension |
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { type JsonObject, type JsonValue, parseJson } from "./json_parse.ts";
import { MessageReader } from "./reader.ts";
import { scanMessage } from "./scan.ts";
import { Timestamp } from "./timestamp.ts";
import { MsgpackWriter } from "./writer.ts";

/**
 * Encodes a JSON text as one message.
 *
 * @throws {PulpError} `usage`: with line and column when the text is not JSON;
 * with the value for an integer beyond 64 bits, or a `$bytes` or `$float` that
 * is malformed.
 */
export function jsonToMessage(text: string): Uint8Array<ArrayBuffer> {
  const writer = new MsgpackWriter(64 + text.length);
  writeJson(writer, parseJson(text));
  return writer.finish();
}

/**
 * The JSON text of one whole message. `indent` spaces for each level; default
 * 0 = one line. Keys that are not text become their JSON text; a list or a map
 * in the key of such a key stands there without quotes of its own.
 *
 * @throws {PulpError} `contract` when the message is not sound, holds text
 * that is not UTF-8, or takes more than `LIMITS.jsonTextChars` characters.
 */
export function messageToJson(bytes: Uint8Array, indent = 0): string {
  scanMessage(bytes);
  return new JsonText(bytes).whole(" ".repeat(indent));
}

function writeJson(writer: MsgpackWriter, value: JsonValue): void {
  if (value === null) writer.nil();
  else if (typeof value === "boolean") writer.bool(value);
  else if (typeof value === "number") writer.f64(value);
  else if (typeof value === "string") writer.str(value);
  else if (typeof value === "bigint") writeInteger(writer, value);
  else if (isObject(value)) writeObject(writer, value);
  else {
    writer.array(value.length);
    for (const member of value) writeJson(writer, member);
  }
}

function writeInteger(writer: MsgpackWriter, value: bigint): void {
  if (BigInt.asIntN(64, value) === value) writer.i64(value);
  else if (BigInt.asUintN(64, value) === value) writer.u64(value);
  else {
    throw new PulpError(
      "usage",
      `Cannot encode the number "${value}": it does not fit 64 bits`,
      { hint: "Write it with a decimal point to send a float" },
    );
  }
}

function isObject(
  value: readonly JsonValue[] | JsonObject,
): value is JsonObject {
  return value instanceof Map;
}

function writeObject(writer: MsgpackWriter, object: JsonObject): void {
  if (object.size === 1) {
    const bytes = object.get("$bytes");
    if (bytes !== undefined) {
      writer.bin(base64(bytes));
      return;
    }
    const float = object.get("$float");
    if (float !== undefined) {
      writer.f64(specialFloat(float));
      return;
    }
  }
  writer.map(object.size);
  for (const [key, value] of object) writeJson(writer.str(key), value);
}

function base64(value: JsonValue): Uint8Array {
  if (typeof value === "string") {
    try {
      return Uint8Array.fromBase64(value);
    } catch {
      // Reported below, like a value that is no string.
    }
  }
  const shown = typeof value === "string" ? value : kindOf(value);
  throw new PulpError(
    "usage",
    `Cannot read "$bytes" of "${shorten(shown)}": it is not base64`,
  );
}

function specialFloat(value: JsonValue): number {
  if (value === "NaN") return NaN;
  if (value === "Infinity") return Infinity;
  if (value === "-Infinity") return -Infinity;
  const shown = typeof value === "string" ? value : kindOf(value);
  throw new PulpError(
    "usage",
    `Cannot read "$float" of "${
      shorten(shown)
    }": it is none of "NaN", "Infinity" and "-Infinity"`,
  );
}

function kindOf(value: JsonValue): string {
  if (value === null) return "null";
  if (typeof value === "bigint") return "number";
  return Array.isArray(value) ? "array" : typeof value;
}

function shorten(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 37)}...`;
}

/** How values are laid out, and where they stand. */
interface Layout {
  /** What each level is indented by; nothing = all in one line. */
  readonly step: string;
  /** The line feed with the indentation of the value's own level. */
  readonly line: string;
  /** Whether they are part of a key. */
  readonly inKey: boolean;
}

/** Within a key all stands in one line. */
const IN_KEY: Layout = { step: "", line: "\n", inKey: true };

/** The text of one message while it is made: the making ends when it gets too long. */
class JsonText {
  readonly #reader: MessageReader;
  #parts: string[] = [];
  #left: number = LIMITS.jsonTextChars;

  /** Starts at the first value of a message that `scanMessage` accepted. */
  constructor(bytes: Uint8Array) {
    this.#reader = new MessageReader(bytes);
  }

  /** The text of the whole message. */
  whole(step: string): string {
    this.#value({ step, line: "\n", inKey: false });
    return this.#parts.join("");
  }

  #value(layout: Layout): void {
    const reader = this.#reader;
    switch (reader.kind()) {
      case "nil":
        reader.skipNil();
        return this.#add("null");
      case "bool":
        return this.#add(String(reader.readBool()));
      case "int":
        return this.#add(String(reader.readInt()));
      case "float":
        return this.#add(floatText(reader.readFloat()));
      case "str":
        return this.#quoted(reader.readExactText());
      case "bin":
        return this.#bytes(reader.readBytes(), layout);
      case "ext":
        return this.#ext(reader.readExt());
      case "array":
        return this.#members("[", reader.readHeader(), "]", layout, (inner) => {
          this.#value(inner);
        });
      case "map":
        return this.#members("{", reader.readHeader(), "}", layout, (inner) => {
          this.#key(inner);
          this.#add(colonOf(inner));
          this.#value(inner);
        });
    }
  }

  /**
   * Any value can be a key of MessagePack; in JSON only text can. Quotes are
   * put around a key once: around a key in a key they would double what is in
   * it for each level.
   */
  #key({ inKey }: Layout): void {
    const kind = this.#reader.kind();
    const isBare = inKey && (kind === "array" || kind === "map");
    if (kind === "str" || isBare) return this.#value(IN_KEY);
    const before = this.#parts;
    const left = this.#left;
    this.#parts = [];
    this.#value(IN_KEY);
    const key = this.#parts.join("");
    this.#parts = before;
    this.#left = left;
    if (key.startsWith('"')) this.#add(key);
    else this.#quoted(key);
  }

  #bytes(bytes: Uint8Array, layout: Layout): void {
    // Looked at first, as the text of it is made in one piece.
    this.#need(bytes.length);
    this.#members("{", 1, "}", layout, (inner) => {
      this.#add(`"$bytes"${colonOf(inner)}"`);
      this.#add(bytes.toBase64());
      this.#add('"');
    });
  }

  #ext(ext: ReturnType<MessageReader["readExt"]>): void {
    if (ext instanceof Timestamp) {
      return this.#add(JSON.stringify(ext.toString()));
    }
    this.#need(ext.data.length);
    this.#add(`{"$ext":[${ext.type},"${ext.data.toBase64()}"]}`);
  }

  #members(
    open: string,
    count: number,
    close: string,
    layout: Layout,
    member: (inner: Layout) => void,
  ): void {
    const isLaidOut = layout.step !== "";
    const inner = isLaidOut
      ? { ...layout, line: layout.line + layout.step }
      : layout;
    this.#add(open);
    for (let index = 0; index < count; index++) {
      if (index > 0) this.#add(",");
      if (isLaidOut) this.#add(inner.line);
      member(inner);
    }
    if (isLaidOut && count > 0) this.#add(layout.line);
    this.#add(close);
  }

  #quoted(text: string): void {
    this.#need(text.length);
    this.#add(quoted(text));
  }

  #add(part: string): void {
    this.#need(part.length);
    this.#left -= part.length;
    this.#parts.push(part);
  }

  /** Throws unless there is room for so many characters. */
  #need(chars: number): void {
    if (chars <= this.#left) return;
    throw new PulpError(
      "contract",
      `Cannot write a message as JSON: it takes more than ${LIMITS.jsonTextChars} characters`,
    );
  }
}

function colonOf({ step }: Layout): string {
  return step === "" ? ":" : ": ";
}

// Controls of JSON are escaped anyway; a terminal also obeys those of C1, and
// what a reader sees may be turned round by marks of direction.
const UNSEEN = /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** A text of a guest, in which nothing drives a terminal. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    UNSEEN,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** An integral float keeps its point, so that it stays one on the way back. */
function floatText(value: number): string {
  if (!Number.isFinite(value)) return `{"$float":"${value}"}`;
  if (Object.is(value, -0)) return "-0.0";
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
