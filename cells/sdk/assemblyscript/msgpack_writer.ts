/** Writes MessagePack in the widths of the cell contract. */

import { ByteWriter } from "./byte_writer";
import { Kind, Value } from "./value";
import { encodeUtf8 } from "./utf8";

export class MsgpackWriter extends ByteWriter {
  nil(): MsgpackWriter {
    return this.head(0xc0);
  }

  bool(value: bool): MsgpackWriter {
    return this.head(value ? 0xc3 : 0xc2);
  }

  /** An `int64` field: always 9 bytes. */
  int(value: i64): MsgpackWriter {
    return this.long(0xd3, <u64> value);
  }

  /** A `uint64` field: always 9 bytes. */
  uint(value: u64): MsgpackWriter {
    return this.long(0xcf, value);
  }

  /** A `uint32` field. */
  u32(value: u32): MsgpackWriter {
    return this.word(0xce, value);
  }

  /** A `uint16` field. */
  u16(value: u16): MsgpackWriter {
    return this.half(0xcd, value);
  }

  /** A `uint8` field. */
  u8(value: u8): MsgpackWriter {
    this.byte(0xcc);
    return this.head(value);
  }

  float(value: f64): MsgpackWriter {
    return this.long(0xcb, reinterpret<u64>(value));
  }

  str(text: string): MsgpackWriter {
    const bytes = encodeUtf8(text);
    const length = bytes.length;
    if (length < 32) this.byte(0xa0 | <u8> length);
    else if (length < 0x100) {
      this.byte(0xd9);
      this.byte(<u8> length);
    } else if (length < 0x10000) this.half(0xda, <u16> length);
    else this.word(0xdb, length);
    return this.raw(bytes);
  }

  bytes(bytes: Uint8Array): MsgpackWriter {
    const length = bytes.length;
    if (length < 0x100) {
      this.byte(0xc4);
      this.byte(<u8> length);
    } else if (length < 0x10000) this.half(0xc5, <u16> length);
    else this.word(0xc6, length);
    return this.raw(bytes);
  }

  /** Starts an array: `count` values follow. */
  list(count: i32): MsgpackWriter {
    if (count < 16) return this.head(0x90 | <u8> count);
    if (count < 0x10000) return this.half(0xdc, <u16> count);
    return this.word(0xdd, count);
  }

  /** Starts a map: `count` times a key and a value follow. */
  map(count: i32): MsgpackWriter {
    if (count < 16) return this.head(0x80 | <u8> count);
    if (count < 0x10000) return this.half(0xde, <u16> count);
    return this.word(0xdf, count);
  }

  /** Any value. An extension is written as nil. */
  value(value: Value): MsgpackWriter {
    switch (value.kind) {
      case Kind.Bool:
        return this.bool(value.bits != 0);
      case Kind.Int:
        return this.int(value.bits);
      case Kind.Uint:
        return this.uint(<u64> value.bits);
      case Kind.Float:
        return this.float(value.float);
      case Kind.Str:
        return this.str(value.text);
      case Kind.Bytes:
        return this.bytes(value.asBytes());
      case Kind.List: {
        const count = value.length;
        this.list(count);
        for (let i = 0; i < count; i++) this.value(value.at(i));
        return this;
      }
      case Kind.Map: {
        const count = value.length;
        const keys = value.keys;
        this.map(count);
        for (let i = 0; i < count; i++) {
          this.str(keys === null ? "" : keys[i]);
          this.value(value.at(i));
        }
        return this;
      }
      default:
        return this.nil();
    }
  }

  /** Bytes that are MessagePack already. */
  raw(bytes: Uint8Array): MsgpackWriter {
    this.copy(bytes.dataStart, bytes.length);
    return this;
  }

  private head(value: u8): MsgpackWriter {
    this.byte(value);
    return this;
  }

  private half(type: u8, value: u16): MsgpackWriter {
    const at = this.room(3);
    store<u8>(at, type);
    store<u16>(at, bswap<u16>(value), 1);
    return this;
  }

  private word(type: u8, value: u32): MsgpackWriter {
    const at = this.room(5);
    store<u8>(at, type);
    store<u32>(at, bswap<u32>(value), 1);
    return this;
  }

  private long(type: u8, value: u64): MsgpackWriter {
    const at = this.room(9);
    store<u8>(at, type);
    store<u64>(at, bswap<u64>(value), 1);
    return this;
  }
}
