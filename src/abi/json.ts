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
 * 0 = one line. Keys that are not text become their JSON text.
 *
 * @throws {PulpError} `contract` when the message is not sound, or holds text
 * that is not UTF-8.
 */
export function messageToJson(bytes: Uint8Array, indent = 0): string {
  scanMessage(bytes);
  return jsonText(new MessageReader(bytes), " ".repeat(indent), "\n");
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

/** `line` is the line feed with the indentation of the value's own level. */
function jsonText(reader: MessageReader, step: string, line: string): string {
  switch (reader.kind()) {
    case "nil":
      reader.skipNil();
      return "null";
    case "bool":
      return String(reader.readBool());
    case "int":
      return String(reader.readInt());
    case "float":
      return floatText(reader.readFloat());
    case "str":
      return quoted(reader.readExactText());
    case "bin":
      return tagged("$bytes", reader.readBytes().toBase64(), step, line);
    case "ext": {
      const ext = reader.readExt();
      if (ext instanceof Timestamp) return JSON.stringify(ext.toString());
      return `{"$ext":[${ext.type},"${ext.data.toBase64()}"]}`;
    }
    case "array": {
      const items: string[] = [];
      for (let left = reader.readHeader(); left > 0; left--) {
        items.push(jsonText(reader, step, line + step));
      }
      return enclose("[", items, "]", step, line);
    }
    case "map": {
      const items: string[] = [];
      const colon = step === "" ? ":" : ": ";
      for (let left = reader.readHeader(); left > 0; left--) {
        const key = keyText(reader);
        items.push(key + colon + jsonText(reader, step, line + step));
      }
      return enclose("{", items, "}", step, line);
    }
  }
}

/** Any value can be a key of MessagePack; in JSON only text can. */
function keyText(reader: MessageReader): string {
  const text = jsonText(reader, "", "\n");
  return text.startsWith('"') ? text : quoted(text);
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

function tagged(
  tag: string,
  value: string,
  step: string,
  line: string,
): string {
  const colon = step === "" ? ":" : ": ";
  return enclose("{", [`"${tag}"${colon}"${value}"`], "}", step, line);
}

function enclose(
  open: string,
  items: readonly string[],
  close: string,
  step: string,
  line: string,
): string {
  if (items.length === 0) return open + close;
  if (step === "") return open + items.join(",") + close;
  return open + line + step + items.join(`,${line}${step}`) + line + close;
}
