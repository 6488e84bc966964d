import { decode, encode } from "@msgpack/msgpack";
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PulpError } from "../errors.ts";
import { scanMessage } from "./scan.ts";
import { MsgpackWriter } from "./writer.ts";

const OPTIONS = { useBigInt64: true };

function hex(write: (writer: MsgpackWriter) => void): string {
  const writer = new MsgpackWriter();
  write(writer);
  return writer.finish().toHex();
}

Deno.test("MsgpackWriter writes each integer in the width of its field", () => {
  assertEquals(hex((w) => w.u8(7)), "cc07");
  assertEquals(hex((w) => w.u16(0x0102)), "cd0102");
  assertEquals(hex((w) => w.u32(0xfffefdfc)), "cefffefdfc");
  assertEquals(hex((w) => w.u64(7)), "cf0000000000000007");
  assertEquals(hex((w) => w.u64(2 ** 53 - 1)), "cf001fffffffffffff");
  assertEquals(hex((w) => w.u64(2n ** 64n - 1n)), "cfffffffffffffffff");
  assertEquals(hex((w) => w.i64(7)), "d30000000000000007");
  assertEquals(hex((w) => w.i64(-1n)), "d3ffffffffffffffff");
  assertEquals(hex((w) => w.i64(-(2n ** 63n))), "d38000000000000000");
  assertEquals(hex((w) => w.f64(1)), "cb3ff0000000000000");
});

Deno.test("MsgpackWriter refuses integers that the field cannot hold", () => {
  const writes: ((writer: MsgpackWriter) => void)[] = [
    (w) => w.u8(256),
    (w) => w.u8(-1),
    (w) => w.u16(0x1_0000),
    (w) => w.u32(2 ** 32),
    (w) => w.u32(1.5),
    (w) => w.u32(NaN),
    (w) => w.u64(-1n),
    (w) => w.u64(2n ** 64n),
    (w) => w.u64(2 ** 53),
    (w) => w.i64(2n ** 63n),
    (w) => w.i64(-(2n ** 63n) - 1n),
    (w) => w.i64(2 ** 53),
    (w) => w.array(-1),
  ];
  for (const write of writes) {
    const error = assertThrows(() => hex(write), PulpError, "Cannot encode");
    assertEquals(error.code, "contract");
  }
});

Deno.test("MsgpackWriter writes empty bytes as bin, not as nil", () => {
  assertEquals(hex((w) => w.bin(new Uint8Array(0))), "c400");
});

Deno.test("MsgpackWriter writes text as exact UTF-8 with the shortest header", () => {
  fc.assert(fc.property(
    fc.string({ unit: "binary", maxLength: 400 }),
    (text) => {
      const bytes = new MsgpackWriter(16).str(text).finish();
      assertEquals(bytes, encode(text));
    },
  ));
  for (const length of [31, 32, 48, 49, 85, 255, 256, 65535, 65536]) {
    for (const unit of ["a", "\u00e9", "\u20ac", "\u{1f600}"]) {
      const text = unit.repeat(length / unit.length);
      assertEquals(new MsgpackWriter().str(text).finish(), encode(text));
    }
  }
});

Deno.test("MsgpackWriter replaces a lone surrogate by U+FFFD", () => {
  for (const text of ["\ud800", `${"a".repeat(60)}\udc00`]) {
    assertEquals(
      decode(new MsgpackWriter().str(text).finish()),
      text.toWellFormed(),
    );
  }
});

Deno.test("MsgpackWriter round-trips through another library's decoder", () => {
  const leaf = fc.oneof(
    fc.constantFrom(null, true, false),
    fc.double({ noDefaultInfinity: false }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.string({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }),
  );
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: "small" },
      leaf,
      fc.array(tie("any"), { maxLength: 40 }),
      fc.dictionary(
        fc.string().filter((key) => key !== "__proto__"),
        tie("any"),
        { maxKeys: 40, noNullPrototype: true },
      ),
    ),
  })).any;
  const write = (writer: MsgpackWriter, value: unknown): void => {
    if (value === null) writer.nil();
    else if (typeof value === "boolean") writer.bool(value);
    else if (typeof value === "number") writer.f64(value);
    else if (typeof value === "bigint") writer.i64(value);
    else if (typeof value === "string") writer.str(value);
    else if (value instanceof Uint8Array) writer.bin(value);
    else if (Array.isArray(value)) {
      writer.array(value.length);
      for (const member of value) write(writer, member);
    } else {
      const entries = Object.entries(value as Record<string, unknown>);
      writer.map(entries.length);
      for (const [key, member] of entries) write(writer.str(key), member);
    }
  };
  fc.assert(fc.property(value, (value) => {
    const writer = new MsgpackWriter(16);
    write(writer, value);
    const bytes = writer.finish();
    scanMessage(bytes);
    assertEquals(decode(bytes, OPTIONS), value);
  }));
});

Deno.test("MsgpackWriter picks the container's and the bytes' form by their length", () => {
  for (const length of [0, 15, 16, 255, 256, 65535, 65536]) {
    const array = new MsgpackWriter(16).array(length);
    const map = new MsgpackWriter(16).map(length);
    for (let i = 0; i < length; i++) {
      array.nil();
      map.str(`${i}`).nil();
    }
    assertEquals(
      array.finish(),
      encode(new Array(length).fill(null)),
    );
    assertEquals(
      Object.keys(decode(map.finish()) as Record<string, unknown>).length,
      length,
    );
    const bytes = new Uint8Array(length).fill(7);
    assertEquals(new MsgpackWriter(16).bin(bytes).finish(), encode(bytes));
  }
});

Deno.test("MsgpackWriter keeps finished messages while it writes the next ones", () => {
  const writer = new MsgpackWriter(32);
  const messages = Array.from(
    { length: 20 },
    (_, i) => writer.array(2).u32(i).str("x".repeat(i)).finish(),
  );
  messages.forEach((message, i) => {
    assertEquals(decode(message), [i, "x".repeat(i)]);
  });
});

Deno.test("a writer that is kept drops a message that was never finished", () => {
  const writer = new MsgpackWriter(64);
  const first = writer.map(1).str("a").u8(1).finish();
  writer.array(3).str("half of one");
  const second = writer.restart().map(1).str("b").u8(2).finish();
  assertEquals(first, Uint8Array.of(0x81, 0xa1, 0x61, 0xcc, 1));
  assertEquals(second, Uint8Array.of(0x81, 0xa1, 0x62, 0xcc, 2));
});
