import { encode } from "@msgpack/msgpack";
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PulpError } from "../errors.ts";
import { decodeList } from "./decode.ts";
import { RecordReader } from "./record.ts";
import { MsgpackWriter } from "./writer.ts";

function refused(read: () => unknown, what: string): void {
  const error = assertThrows(read, PulpError, what);
  assertEquals(error.code, "contract");
}

/** The record `{k: <value>}` with the value as raw MessagePack. */
function record(...value: number[]): RecordReader {
  return RecordReader.parse(Uint8Array.of(0x81, 0xa1, 0x6b, ...value));
}

Deno.test("RecordReader reads absent and nil keys as zero values", () => {
  const nil = record(0xc0);
  const empty = RecordReader.parse(Uint8Array.of(0x80));
  const none = RecordReader.parse(Uint8Array.of(0xc0));
  for (const reader of [nil, empty, none]) {
    assertEquals(reader.has("k"), false);
    assertEquals(reader.str("k"), "");
    assertEquals(reader.str("k", "GET"), "GET");
    assertEquals(reader.bytes("k"), new Uint8Array(0));
    assertEquals(reader.u64("k"), 0n);
    assertEquals(reader.u32("k"), 0);
    assertEquals(reader.u16("k"), 0);
    assertEquals(reader.i64("k"), 0n);
    assertEquals(reader.bool("k"), false);
    assertEquals(Object.keys(reader.strMap("k")), []);
    assertEquals(reader.strList("k"), []);
    assertEquals(decodeList(reader, "k"), []);
  }
});

Deno.test("RecordReader takes an integer in every form that holds it", () => {
  const forms = [
    [0x07],
    [0xcc, 7],
    [0xcd, 0, 7],
    [0xce, 0, 0, 0, 7],
    [0xcf, 0, 0, 0, 0, 0, 0, 0, 7],
    [0xd0, 7],
    [0xd1, 0, 7],
    [0xd2, 0, 0, 0, 7],
    [0xd3, 0, 0, 0, 0, 0, 0, 0, 7],
  ];
  for (const form of forms) {
    const reader = record(...form);
    assertEquals(reader.u64("k"), 7n);
    assertEquals(reader.u32("k"), 7);
    assertEquals(reader.u16("k"), 7);
    assertEquals(reader.i64("k"), 7n);
  }
  for (
    const form of [
      [0xff],
      [0xd0, 0xff],
      [0xd1, 0xff, 0xff],
      [0xd2, 0xff, 0xff, 0xff, 0xff],
      [0xd3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ]
  ) {
    assertEquals(record(...form).i64("k"), -1n);
    refused(() => record(...form).u64("k"), '"k": -1 is not within 0 and');
    refused(() => record(...form).u32("k"), '"k"');
  }
});

Deno.test("RecordReader keeps every 64-bit integer exact", () => {
  fc.assert(fc.property(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    (unsigned, signed) => {
      const reader = RecordReader.parse(
        new MsgpackWriter().map(2).str("u").u64(unsigned).str("i").i64(signed)
          .finish(),
      );
      assertEquals(reader.u64("u"), unsigned);
      assertEquals(reader.i64("i"), signed);
    },
  ));
});

Deno.test("RecordReader refuses integers beyond the field, and floats", () => {
  const wide = record(0xce, 0, 1, 0, 0);
  refused(() => wide.u16("k"), '"k": 65536 is not within 0 and 65535');
  const big = record(0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
  refused(() => big.u32("k"), '"k"');
  refused(() => big.i64("k"), '"k"');
  const float = record(0xcb, 0x40, 0x14, 0, 0, 0, 0, 0, 0);
  refused(() => float.u64("k"), '"k": it is a float, not an integer');
});

Deno.test("RecordReader takes bytes from bin and str as they are", () => {
  const bytes = Uint8Array.of(0xff, 0x00, 0x80);
  assertEquals(record(0xc4, 3, ...bytes).bytes("k"), bytes);
  assertEquals(record(0xa3, ...bytes).bytes("k"), bytes);
  assertEquals(record(0xc4, 0).bytes("k"), new Uint8Array(0));
  refused(() => record(0x01).bytes("k"), '"k": it is an integer, not bytes');
});

Deno.test("RecordReader reads text, a byte order mark and broken UTF-8 included", () => {
  assertEquals(record(0xa3, 0xef, 0xbb, 0xbf).str("k"), "\ufeff");
  assertEquals(record(0xa2, 0x61, 0xff).str("k"), "a\ufffd");
  assertEquals(record(0xc4, 1, 0x61).str("k"), "a");
  refused(() => record(0x90).str("k"), '"k": it is an array, not text');
});

Deno.test("RecordReader gives maps that have no prototype", () => {
  const reader = RecordReader.parse(
    new MsgpackWriter().map(1).str("k").map(3)
      .str("__proto__").str("x").str("a").nil().str("toString").str("y")
      .finish(),
  );
  const map = reader.strMap("k");
  assertEquals(Object.getPrototypeOf(map), null);
  assertEquals(Object.entries(map), [
    ["__proto__", "x"],
    ["a", ""],
    ["toString", "y"],
  ]);
  refused(() => record(0x81, 0xa1, 0x61, 0x01).strMap("k"), '"k"');
  refused(() => record(0x81, 0x01, 0xa1, 0x61).strMap("k"), '"k"');
  refused(() => record(0x91, 0xc0).strMap("k"), '"k": it is an array');
});

Deno.test("RecordReader reads lists of text and of anything", () => {
  const reader = RecordReader.parse(
    encode({ a: ["x", null, "y"], b: [1, [2], { c: "d" }], z: 1 }),
  );
  assertEquals(reader.strList("a"), ["x", "", "y"]);
  assertEquals(decodeList(reader, "b"), [1, [2], { c: "d" }]);
  refused(() => reader.strList("b"), '"b"');
  refused(() => decodeList(reader, "z"), '"z"');
});

Deno.test("RecordReader finds keys in every form, the last one of several", () => {
  const key = "\u006b".repeat(40);
  const reader = RecordReader.parse(
    new MsgpackWriter().map(5)
      .i64(1).nil()
      .raw(Uint8Array.of(0xd9, 1, 0x61)).u8(1)
      .bin(Uint8Array.of(0x62)).u8(2)
      .str("a").u8(3)
      .str(key).u8(4).finish(),
  );
  assertEquals(reader.u32("a"), 3);
  assertEquals(reader.u32("b"), 2);
  assertEquals(reader.u32(key), 4);
  assertEquals(reader.has("c"), false);
});

Deno.test("RecordReader.parse() refuses what is not a sound map", () => {
  refused(() => RecordReader.parse(new Uint8Array(0)), "ends early");
  refused(() => RecordReader.parse(Uint8Array.of(0x90)), "an array, not a map");
  refused(() => RecordReader.parse(Uint8Array.of(0x81, 0xa1)), "more members");
  refused(
    () => RecordReader.parse(new Uint8Array(100_000).fill(0x81)),
    "nests deeper",
  );
});

Deno.test("RecordReader throws nothing but PulpError on random bytes", () => {
  const reads: ((reader: RecordReader) => unknown)[] = [
    (r) => r.str("k"),
    (r) => r.bytes("k"),
    (r) => r.u64("k"),
    (r) => r.i64("k"),
    (r) => r.strMap("k"),
    (r) => r.strList("k"),
    (r) => decodeList(r, "k"),
  ];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
      for (const read of reads) {
        try {
          read(record(...bytes));
        } catch (error) {
          assert(error instanceof PulpError, String(error));
        }
      }
    }),
    { numRuns: 1000 },
  );
});
