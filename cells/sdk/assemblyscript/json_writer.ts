/** JSON text of a value. */

import { ByteWriter } from "./byte_writer";
import { encodeUtf8 } from "./utf8";
import { Kind, Value } from "./value";

const HEX = "0123456789abcdef";

/**
 * JSON as UTF-8. Bytes and extensions have no JSON and become null, as do
 * NaN and the infinities.
 */
export function writeJson(value: Value): Uint8Array {
  const out = new ByteWriter();
  write(value, out);
  return out.finish();
}

function write(value: Value, out: ByteWriter): void {
  switch (value.kind) {
    case Kind.Bool:
      return plain(value.bits != 0 ? "true" : "false", out);
    case Kind.Int:
      return plain(value.bits.toString(), out);
    case Kind.Uint:
      return plain((<u64> value.bits).toString(), out);
    case Kind.Float:
      return plain(
        isFinite(value.float) ? value.float.toString() : "null",
        out,
      );
    case Kind.Str:
      return quoted(value.text, out);
    case Kind.List:
      out.byte(0x5b);
      for (let i = 0; i < value.length; i++) {
        if (i > 0) out.byte(0x2c);
        write(value.at(i), out);
      }
      return out.byte(0x5d);
    case Kind.Map: {
      const keys = value.keys;
      out.byte(0x7b);
      for (let i = 0; i < value.length; i++) {
        if (i > 0) out.byte(0x2c);
        quoted(keys === null ? "" : keys[i], out);
        out.byte(0x3a);
        write(value.at(i), out);
      }
      return out.byte(0x7d);
    }
    default:
      return plain("null", out);
  }
}

function plain(text: string, out: ByteWriter): void {
  const bytes = encodeUtf8(text);
  out.copy(bytes.dataStart, bytes.length);
}

/** What JSON escapes is ASCII, so bytes can be looked at one by one. */
function quoted(text: string, out: ByteWriter): void {
  const bytes = encodeUtf8(text);
  const start = bytes.dataStart;
  let from = 0;
  out.byte(0x22);
  for (let i = 0; i < bytes.length; i++) {
    const byte = load<u8>(start + i);
    if (byte >= 0x20 && byte != 0x22 && byte != 0x5c) continue;
    out.copy(start + from, i - from);
    escaped(byte, out);
    from = i + 1;
  }
  out.copy(start + from, bytes.length - from);
  out.byte(0x22);
}

function escaped(byte: u8, out: ByteWriter): void {
  out.byte(0x5c);
  switch (byte) {
    case 0x22:
    case 0x5c:
      return out.byte(byte);
    case 0x08:
      return out.byte(0x62);
    case 0x09:
      return out.byte(0x74);
    case 0x0a:
      return out.byte(0x6e);
    case 0x0c:
      return out.byte(0x66);
    case 0x0d:
      return out.byte(0x72);
    default:
      plain("u00", out);
      out.byte(<u8> HEX.charCodeAt(byte >> 4));
      out.byte(<u8> HEX.charCodeAt(byte & 15));
  }
}
