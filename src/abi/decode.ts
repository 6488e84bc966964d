/**
 * Decodes messages of any shape. Records with known keys are read with
 * `RecordReader`.
 *
 * @module
 */

import { Decoder, ExtData, ExtensionCodec } from "@msgpack/msgpack";
import { PulpError } from "../errors.ts";
import { MessageReader } from "./reader.ts";
import type { RecordReader } from "./record.ts";
import { scanMessage } from "./scan.ts";
import { Timestamp } from "./timestamp.ts";

export { scanMessage } from "./scan.ts";
export { Timestamp } from "./timestamp.ts";

/**
 * The value of one whole message. Integers of 64 bits are bigints, smaller
 * ones and floats numbers; `bin` is a `Uint8Array`; timestamps are
 * {@linkcode Timestamp}; other extensions `ExtData`. Keys of maps become
 * strings.
 *
 * @throws {PulpError} `contract` for anything that `scanMessage` refuses, for
 * text that is not UTF-8, for the key `__proto__`, and for keys that are no
 * scalars.
 */
export function decodeMessage(bytes: Uint8Array): unknown {
  scanMessage(bytes);
  checkText(bytes);
  try {
    return new Decoder({
      useBigInt64: true,
      extensionCodec: timestamps(),
      mapKeyConverter,
      keyDecoder: null,
    }).decode(bytes);
  } catch (cause) {
    if (cause instanceof PulpError) throw cause;
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new PulpError("contract", `Cannot decode a message: ${what}`, {
      cause,
    });
  }
}

/** The library makes something up where text is not UTF-8. */
function checkText(bytes: Uint8Array): void {
  const reader = new MessageReader(bytes);
  while (reader.at < bytes.length) {
    switch (reader.kind()) {
      case "nil":
        reader.skipNil();
        break;
      case "bool":
        reader.readBool();
        break;
      case "int":
        reader.readInt();
        break;
      case "float":
        reader.readFloat();
        break;
      case "bin":
        reader.readBytes();
        break;
      case "ext":
        reader.readExt();
        break;
      case "str":
        reader.readExactText();
        break;
      default:
        // The members follow their header, so no stack is needed.
        reader.readHeader();
    }
  }
}

/** The library's own timestamps are dates, which end at the millisecond. */
function timestamps(): ExtensionCodec {
  const codec = new ExtensionCodec();
  codec.register({
    type: -1,
    encode: () => null,
    decode: (data) => Timestamp.decode(data),
  });
  return codec;
}

function mapKeyConverter(key: unknown): string {
  if (
    key === null || key instanceof Timestamp ||
    ["string", "number", "bigint", "boolean"].includes(typeof key)
  ) {
    return String(key);
  }
  const what = key instanceof ExtData ? "an extension" : "no scalar";
  throw new PulpError(
    "contract",
    `Cannot decode a message: the key of a map is ${what}`,
  );
}

/**
 * A list of anything in a record. Default: empty. Throws `contract` when the
 * value is none.
 */
export function decodeList(record: RecordReader, key: string): unknown[] {
  const bytes = record.raw(key);
  if (bytes === undefined) return [];
  const list = decodeMessage(bytes);
  if (Array.isArray(list)) return list;
  throw new PulpError("contract", `Cannot decode "${key}": it is no list`);
}
