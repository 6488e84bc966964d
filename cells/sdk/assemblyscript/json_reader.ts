/** Reads JSON text (RFC 8259), all of it and nothing else. */

import { isUtf8 } from "./utf8";
import { Kind, Value } from "./value";

const DEEPEST: i32 = 64;
const MOST_VALUES: i32 = 1 << 18;
const END: i32 = -1;
// Beyond every float, and far from the ends of an i32.
const EXPONENT_MOST: i32 = 100_000_000;

/** The value of a text; `null` when it is not JSON, is not UTF-8, or nests deeper than 64. */
export function readJson(bytes: Uint8Array): Value | null {
  if (!isUtf8(bytes.dataStart, bytes.length)) return null;
  const reader = new JsonReader(bytes.dataStart, bytes.length);
  const value = reader.value(0);
  reader.space();
  return reader.failed || reader.next() != END ? null : value;
}

class JsonReader {
  failed: bool = false;
  private end: usize;
  private values: i32 = 0;

  constructor(private at: usize, length: usize) {
    this.end = at + length;
  }

  /** The byte at hand, or -1. */
  next(): i32 {
    return this.at < this.end ? load<u8>(this.at) : END;
  }

  space(): void {
    for (
      let c = this.next();
      c == 0x20 || c == 0x0a || c == 0x0d || c == 0x09;
    ) {
      this.at++;
      c = this.next();
    }
  }

  value(depth: i32): Value {
    this.space();
    if (depth > DEEPEST || ++this.values > MOST_VALUES) return this.fail();
    const c = this.next();
    if (c == 0x7b) return this.object(depth);
    if (c == 0x5b) return this.list(depth);
    if (c == 0x22) return Value.str(this.string());
    if (c == 0x74) return this.word("true", Value.bool(true));
    if (c == 0x66) return this.word("false", Value.bool(false));
    if (c == 0x6e) return this.word("null", Value.nil());
    return this.number();
  }

  private object(depth: i32): Value {
    const map = Value.map();
    this.at++;
    this.space();
    if (this.passed(0x7d)) return map;
    while (!this.failed) {
      this.space();
      if (this.next() != 0x22) return this.fail();
      const key = this.string();
      this.space();
      if (!this.passed(0x3a)) return this.fail();
      map.set(key, this.value(depth + 1));
      this.space();
      if (this.passed(0x7d)) return map;
      if (!this.passed(0x2c)) return this.fail();
    }
    return map;
  }

  private list(depth: i32): Value {
    const list = Value.list();
    this.at++;
    this.space();
    if (this.passed(0x5d)) return list;
    while (!this.failed) {
      list.push(this.value(depth + 1));
      this.space();
      if (this.passed(0x5d)) return list;
      if (!this.passed(0x2c)) return this.fail();
    }
    return list;
  }

  /** A string, from its opening quote on. */
  private string(): string {
    const from = ++this.at;
    let escapes = false;
    while (true) {
      const c = this.next();
      if (c < 0x20) {
        this.fail();
        return "";
      }
      if (c == 0x22) break;
      if (c == 0x5c) {
        escapes = true;
        this.at++;
      }
      this.at++;
    }
    const to = this.at++;
    return escapes
      ? this.unescaped(from, to)
      : String.UTF8.decodeUnsafe(from, to - from);
  }

  /** The text between two addresses, of which each escape is one UTF-16 unit. */
  private unescaped(from: usize, to: usize): string {
    const after = this.at;
    const units = new StaticArray<u16>(<i32> (to - from));
    let count = 0;
    this.at = from;
    while (this.at < to) {
      const start = this.at;
      while (this.at < to && load<u8>(this.at) != 0x5c) this.at++;
      const text = this.since(start);
      for (let i = 0; i < text.length; i++) {
        units[count++] = <u16> text.charCodeAt(i);
      }
      if (this.at == to) break;
      this.at++;
      const unit = this.escape();
      if (unit < 0) {
        this.fail();
        return "";
      }
      units[count++] = <u16> unit;
    }
    this.at = after;
    return String.UTF16.decodeUnsafe(changetype<usize>(units), count << 1);
  }

  private since(from: usize): string {
    return String.UTF8.decodeUnsafe(from, this.at - from);
  }

  /** The UTF-16 unit of an escape, from behind its backslash on; -1 when it is none. */
  private escape(): i32 {
    const c = this.next();
    this.at++;
    switch (c) {
      case 0x22:
      case 0x2f:
      case 0x5c:
        return c;
      case 0x62:
        return 0x08;
      case 0x66:
        return 0x0c;
      case 0x6e:
        return 0x0a;
      case 0x72:
        return 0x0d;
      case 0x74:
        return 0x09;
      case 0x75:
        return this.hex4();
      default:
        return -1;
    }
  }

  private hex4(): i32 {
    let unit = 0;
    for (let i = 0; i < 4; i++) {
      const c = this.next();
      this.at++;
      let digit = -1;
      if (c >= 0x30 && c <= 0x39) digit = c - 0x30;
      else if (c >= 0x41 && c <= 0x46) digit = c - 0x37;
      else if (c >= 0x61 && c <= 0x66) digit = c - 0x57;
      if (digit < 0) return -1;
      unit = unit << 4 | digit;
    }
    return unit;
  }

  private number(): Value {
    const negative = this.passed(0x2d);
    const zero = this.next() == 0x30;
    this.significand = 0;
    this.taken = 0;
    this.exponent = 0;
    const whole = this.digits(false);
    if (whole == 0 || (zero && whole > 1)) return this.fail();
    let integral = true;
    if (this.passed(0x2e)) {
      integral = false;
      if (this.digits(true) == 0) return this.fail();
    }
    if (this.next() == 0x65 || this.next() == 0x45) {
      integral = false;
      this.at++;
      const small = this.passed(0x2d);
      if (!small) this.passed(0x2b);
      let power = 0;
      const from = this.at;
      for (let c = this.next(); c >= 0x30 && c <= 0x39; c = this.next()) {
        power = min(power * 10 + (c - 0x30), EXPONENT_MOST);
        this.at++;
      }
      if (this.at == from) return this.fail();
      this.exponent += small ? -power : power;
    }
    const most = <u64> i64.MAX_VALUE + <u64> negative;
    if (integral && this.exponent == 0 && this.significand <= most) {
      const value = <i64> this.significand;
      return Value.int(negative ? -value : value);
    }
    const value = scaled(<f64> this.significand, this.exponent);
    return Value.float(negative ? -value : value);
  }

  /** Up to 19 digits of the number at hand, which always fit. */
  private significand: u64 = 0;
  private taken: i32 = 0;
  /** The power of ten that the significand has to be multiplied with. */
  private exponent: i32 = 0;

  /** Takes digits into the number at hand, and returns how many there were. */
  private digits(fraction: bool): i32 {
    let count = 0;
    for (let c = this.next(); c >= 0x30 && c <= 0x39; c = this.next()) {
      this.at++;
      count++;
      if (this.taken < 19) {
        this.significand = this.significand * 10 + (c - 0x30);
        if (this.significand != 0) this.taken++;
        if (fraction) this.exponent--;
      } else if (!fraction) this.exponent++;
    }
    return count;
  }

  private word(word: string, value: Value): Value {
    for (let i = 0; i < word.length; i++) {
      if (!this.passed(word.charCodeAt(i))) return this.fail();
    }
    return value;
  }

  /** Passes over one byte when it is the one at hand. */
  private passed(byte: i32): bool {
    if (this.next() != byte) return false;
    this.at++;
    return true;
  }

  private fail(): Value {
    this.failed = true;
    this.at = this.end;
    return new Value(Kind.Nil);
  }
}

/**
 * `value` times a power of ten. The runtime's own parseFloat is off by powers
 * of ten around 1e40; this is exact up to 15 digits and 22 zeros, and a few
 * units in the last place beyond. 1e22 is the largest exact power.
 */
function scaled(value: f64, exponent: i32): f64 {
  if (value == 0) return 0;
  let left = exponent;
  let result = value;
  while (left > 22 && isFinite(result)) {
    result *= 1e22;
    left -= 22;
  }
  while (left < -22 && result != 0) {
    result /= 1e22;
    left += 22;
  }
  let power: f64 = 1;
  for (let i = abs(left); i > 0 && i <= 22; i--) power *= 10;
  return left > 0 ? result * power : result / power;
}
