/** One value of MessagePack or JSON, whatever its type. */

export enum Kind {
  Nil,
  Bool,
  Int,
  /** Only for what does not fit a signed 64-bit integer. */
  Uint,
  Float,
  Str,
  Bytes,
  List,
  Map,
  /** A MessagePack extension; a timestamp is type -1. */
  Ext,
}

export class Value {
  /** Bool, Int, Uint and the type of an Ext. */
  bits: i64 = 0;
  float: f64 = 0;
  text: string = "";
  bytes: Uint8Array | null = null;
  /** Elements of a List, values of a Map. */
  items: Value[] | null = null;
  keys: string[] | null = null;

  constructor(public kind: Kind = Kind.Nil) {}

  static nil(): Value {
    return new Value();
  }

  static bool(value: bool): Value {
    const made = new Value(Kind.Bool);
    made.bits = <i64> value;
    return made;
  }

  static int(value: i64): Value {
    const made = new Value(Kind.Int);
    made.bits = value;
    return made;
  }

  static uint(value: u64): Value {
    const made = new Value(value > <u64> i64.MAX_VALUE ? Kind.Uint : Kind.Int);
    made.bits = <i64> value;
    return made;
  }

  static float(value: f64): Value {
    const made = new Value(Kind.Float);
    made.float = value;
    return made;
  }

  static str(value: string): Value {
    const made = new Value(Kind.Str);
    made.text = value;
    return made;
  }

  static bytes(value: Uint8Array): Value {
    const made = new Value(Kind.Bytes);
    made.bytes = value;
    return made;
  }

  static list(): Value {
    const made = new Value(Kind.List);
    made.items = new Array<Value>();
    return made;
  }

  static map(): Value {
    const made = new Value(Kind.Map);
    made.items = new Array<Value>();
    made.keys = new Array<string>();
    return made;
  }

  /** Number of elements or entries. */
  get length(): i32 {
    const items = this.items;
    return items === null ? 0 : items.length;
  }

  /** Element or entry value at `index`; nil beyond the end. */
  at(index: i32): Value {
    const items = this.items;
    return items === null || <u32> index >= <u32> items.length
      ? new Value()
      : items[index];
  }

  /** Appends to a list. */
  push(value: Value): Value {
    const items = this.items;
    if (items !== null) items.push(value);
    return this;
  }

  /** Appends an entry to a map. Of two with the same key, `get` finds the later. */
  set(key: string, value: Value): Value {
    const keys = this.keys;
    const items = this.items;
    if (keys !== null && items !== null) {
      keys.push(key);
      items.push(value);
    }
    return this;
  }

  /** The value of a key; nil when it is absent or this is no map. */
  get(key: string): Value {
    const keys = this.keys;
    if (keys !== null) {
      for (let i = keys.length - 1; i >= 0; i--) {
        if (keys[i] == key) return this.at(i);
      }
    }
    return new Value();
  }

  get isNil(): bool {
    return this.kind == Kind.Nil;
  }

  get isStr(): bool {
    return this.kind == Kind.Str;
  }

  get isMap(): bool {
    return this.kind == Kind.Map;
  }

  /** Whether this is a number without a fraction that fits 64 bits, signed. */
  get isInt(): bool {
    return this.kind == Kind.Int;
  }

  /** The text of a string; `fallback` for anything else. */
  asStr(fallback: string = ""): string {
    return this.kind == Kind.Str ? this.text : fallback;
  }

  /** An integer; `fallback` for anything else. */
  asInt(fallback: i64 = 0): i64 {
    return this.kind == Kind.Int ? this.bits : fallback;
  }

  /** A bool; `fallback` for anything else. */
  asBool(fallback: bool = false): bool {
    return this.kind == Kind.Bool ? this.bits != 0 : fallback;
  }

  /** A number as float; `fallback` for anything else. */
  asFloat(fallback: f64 = 0): f64 {
    if (this.kind == Kind.Float) return this.float;
    if (this.kind == Kind.Int) return <f64> this.bits;
    if (this.kind == Kind.Uint) return <f64> <u64> this.bits;
    return fallback;
  }

  /** Bytes, or a string as UTF-8; none for anything else. */
  asBytes(): Uint8Array {
    const bytes = this.bytes;
    if (this.kind == Kind.Bytes && bytes !== null) return bytes;
    if (this.kind == Kind.Str) {
      return Uint8Array.wrap(
        String.UTF8.encode(this.text, false, String.UTF8.ErrorMode.REPLACE),
      );
    }
    return new Uint8Array(0);
  }
}
