/**
 * Reads MessagePack. Nothing is believed: a length or a count is compared
 * with the bytes that are there before anything is allocated. A read that
 * does not fit sets `failed` and yields the zero value.
 */

import { Kind, Value } from "./value";

const DEEPEST: i32 = 64;
// A value takes about 64 bytes of memory, and one byte on the wire.
const MOST_VALUES: i32 = 1 << 18;

export class MsgpackReader {
  failed: bool = false;

  /** Reads `length` bytes at an address; the bytes must outlive the reader. */
  constructor(private at: usize, length: usize) {
    this.end = at + length;
  }

  private end: usize;
  private values: i32 = 0;

  /** A reader over an array. */
  static of(bytes: Uint8Array): MsgpackReader {
    return new MsgpackReader(bytes.dataStart, bytes.length);
  }

  /** Whether everything was read, and rightly. */
  get done(): bool {
    return !this.failed && this.at == this.end;
  }

  /** Any integer form that fits a signed 64-bit integer; nil is 0. */
  int(): i64 {
    const value = this.integer();
    if (this.unsigned && value < 0) return this.fail();
    return value;
  }

  /** Any integer form from 0 to 2^64-1; nil is 0. */
  uint(): u64 {
    const value = this.integer();
    if (!this.unsigned && value < 0) return <u64> this.fail();
    return <u64> value;
  }

  /** True or false; nil is false. */
  bool(): bool {
    const type = this.byte();
    if (type != 0xc2 && type != 0xc3 && type != 0xc0) this.fail();
    return type == 0xc3;
  }

  /** A string or bytes as text; nil is "". */
  str(): string {
    const length = this.blob();
    return String.UTF8.decodeUnsafe(this.take(length), length);
  }

  /** Bytes or a string, copied; nil is none. */
  bytes(): Uint8Array {
    const length = this.blob();
    const from = this.take(length);
    const bytes = new Uint8Array(length);
    memory.copy(bytes.dataStart, from, length);
    return bytes;
  }

  /** Count of an array; nil is 0. */
  list(): i32 {
    const type = this.byte();
    if ((type & 0xf0) == 0x90) return this.count(type & 0x0f, 1);
    if (type == 0xdc) return this.count(this.big16(), 1);
    if (type == 0xdd) return this.count(this.big32(), 1);
    if (type != 0xc0) this.fail();
    return 0;
  }

  /** Count of the entries of a map; nil is 0. */
  map(): i32 {
    const type = this.byte();
    if ((type & 0xf0) == 0x80) return this.count(type & 0x0f, 2);
    if (type == 0xde) return this.count(this.big16(), 2);
    if (type == 0xdf) return this.count(this.big32(), 2);
    if (type != 0xc0) this.fail();
    return 0;
  }

  /** Passes over one value and returns a reader for it alone, or `null`. */
  sub(): MsgpackReader | null {
    const from = this.at;
    this.skip();
    return this.failed ? null : new MsgpackReader(from, this.at - from);
  }

  /** Passes over one value. */
  skip(): void {
    let left: u64 = 1;
    for (; left > 0 && !this.failed; left--) {
      const type = this.peek();
      if ((type & 0xf0) == 0x90 || type == 0xdc || type == 0xdd) {
        left += this.list();
      } else if ((type & 0xf0) == 0x80 || type == 0xde || type == 0xdf) {
        left += <u64> this.map() * 2;
      } else if ((type & 0xe0) == 0xa0 || (type >= 0xd9 && type <= 0xdb)) {
        this.take(this.blob());
      } else if (type >= 0xc4 && type <= 0xc6) {
        this.take(this.blob());
      } else if (type == 0xca) {
        this.take(5);
      } else if (type == 0xcb) {
        this.take(9);
      } else if (type == 0xc2 || type == 0xc3) {
        this.take(1);
      } else if (
        type >= 0xc7 && type <= 0xd8 && (type <= 0xc9 || type >= 0xd4)
      ) {
        this.extension();
      } else {
        this.integer();
      }
    }
  }

  /** One value of any type. */
  value(depth: i32 = 0): Value {
    const type = this.peek();
    if (depth > DEEPEST || ++this.values > MOST_VALUES) {
      this.fail();
      return new Value();
    }
    if (type == 0xc0) {
      this.byte();
      return new Value();
    }
    if (type == 0xc2 || type == 0xc3) return Value.bool(this.bool());
    if (type < 0x80 || type >= 0xe0 || (type >= 0xcc && type <= 0xd3)) {
      const bits = this.integer();
      return this.unsigned ? Value.uint(<u64> bits) : Value.int(bits);
    }
    if ((type & 0xe0) == 0xa0 || (type >= 0xd9 && type <= 0xdb)) {
      return Value.str(this.str());
    }
    if (type >= 0xc4 && type <= 0xc6) return Value.bytes(this.bytes());
    if (type == 0xca) {
      this.byte();
      return Value.float(<f64> reinterpret<f32>(this.big32()));
    }
    if (type == 0xcb) {
      this.byte();
      return Value.float(reinterpret<f64>(this.big64()));
    }
    if ((type & 0xf0) == 0x90 || type == 0xdc || type == 0xdd) {
      const list = Value.list();
      for (let n = this.list(); n > 0 && !this.failed; n--) {
        list.push(this.value(depth + 1));
      }
      return list;
    }
    if ((type & 0xf0) == 0x80 || type == 0xde || type == 0xdf) {
      const map = Value.map();
      for (let n = this.map(); n > 0 && !this.failed; n--) {
        const key = this.str();
        map.set(key, this.value(depth + 1));
      }
      return map;
    }
    return this.extension();
  }

  private extension(): Value {
    const type = this.byte();
    let length: i32 = 0;
    if (type >= 0xd4 && type <= 0xd8) length = 1 << (type - 0xd4);
    else if (type == 0xc7) length = this.byte();
    else if (type == 0xc8) length = this.big16();
    else if (type == 0xc9) length = this.bounded(this.big32());
    else this.fail();
    const made = new Value(Kind.Ext);
    made.bits = <i64> <i8> this.byte();
    const bytes = new Uint8Array(this.bounded(length));
    memory.copy(bytes.dataStart, this.take(bytes.length), bytes.length);
    made.bytes = bytes;
    return made;
  }

  /** Whether the integer that was just read is from 2^63 up, so its sign bit is no sign. */
  private unsigned: bool = false;

  private integer(): i64 {
    this.unsigned = false;
    const type = this.byte();
    if (type < 0x80) return type;
    if (type >= 0xe0) return <i64> <i8> type;
    switch (type) {
      case 0xc0:
        return 0;
      case 0xcc:
        return this.byte();
      case 0xcd:
        return this.big16();
      case 0xce:
        return this.big32();
      case 0xcf: {
        const value = <i64> this.big64();
        this.unsigned = value < 0;
        return value;
      }
      case 0xd0:
        return <i64> <i8> this.byte();
      case 0xd1:
        return <i64> <i16> this.big16();
      case 0xd2:
        return <i64> <i32> this.big32();
      case 0xd3:
        return <i64> this.big64();
      default:
        return this.fail();
    }
  }

  /** Reads the head of a string or of bytes, and returns the length. */
  private blob(): i32 {
    const type = this.byte();
    if ((type & 0xe0) == 0xa0) return this.bounded(type & 0x1f);
    if (type == 0xd9 || type == 0xc4) return this.bounded(this.byte());
    if (type == 0xda || type == 0xc5) return this.bounded(this.big16());
    if (type == 0xdb || type == 0xc6) return this.bounded(this.big32());
    if (type != 0xc0) this.fail();
    return 0;
  }

  /** A count, when that many values of `each` bytes at least can be there. */
  private count(declared: u32, each: u32): i32 {
    if (<u64> declared * each > <u64> (this.end - this.at)) {
      return <i32> this.fail();
    }
    return declared;
  }

  /** A length, when that many bytes are there. */
  private bounded(declared: u32): i32 {
    if (declared > <u32> (this.end - this.at)) return <i32> this.fail();
    return declared;
  }

  private peek(): u32 {
    return this.at < this.end ? load<u8>(this.at) : 0xc1;
  }

  private byte(): u32 {
    return load<u8>(this.take(1));
  }

  private big16(): u32 {
    return bswap<u16>(load<u16>(this.take(2)));
  }

  private big32(): u32 {
    return bswap<u32>(load<u32>(this.take(4)));
  }

  private big64(): u64 {
    return bswap<u64>(load<u64>(this.take(8)));
  }

  /** The address of the next `count` bytes; of eight zero bytes when they are not there. */
  private take(count: u32): usize {
    if (this.failed || count > <u32> (this.end - this.at)) {
      this.fail();
      return nothing;
    }
    const from = this.at;
    this.at += count;
    return from;
  }

  private fail(): i64 {
    this.failed = true;
    this.at = this.end;
    return 0;
  }
}

const nothing: usize = memory.data(8, 8);

/** Decodes one whole message; `null` when it is malformed or has bytes to spare. */
export function decode(ptr: usize, length: usize): Value | null {
  const reader = new MsgpackReader(ptr, length);
  const value = reader.value();
  return reader.done ? value : null;
}
