import { encode, ExtData } from "@msgpack/msgpack";
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PulpError } from "../errors.ts";
import { decodeMessage } from "./decode.ts";
import { MsgpackWriter } from "./writer.ts";

Deno.test("decodeMessage() keeps 64 bits exact and small forms small", () => {
  const bytes = new MsgpackWriter().array(6)
    .i64(5).u64(5).u64(2n ** 64n - 1n).i64(-(2n ** 63n)).u32(5).f64(1.5)
    .finish();
  assertEquals(decodeMessage(bytes), [
    5n,
    5n,
    2n ** 64n - 1n,
    -(2n ** 63n),
    5,
    1.5,
  ]);
});

Deno.test("decodeMessage() turns scalar keys into strings", () => {
  const writer = new MsgpackWriter().map(4);
  writer.i64(-1).str("a").bool(true).str("b").nil().str("c").u8(9).str("d");
  assertEquals(decodeMessage(writer.finish()), {
    "-1": "a",
    true: "b",
    null: "c",
    "9": "d",
  });
});

Deno.test("decodeMessage() refuses keys that are no scalars", () => {
  for (
    const key of [[], {}, new Uint8Array(1), new ExtData(3, Uint8Array.of(1))]
  ) {
    const bytes = Uint8Array.of(0x81, ...encode(key), 0xc0);
    assertThrows(() => decodeMessage(bytes), PulpError, "the key of a map");
  }
});

Deno.test("decodeMessage() lets no key reach a prototype", () => {
  const bytes = new MsgpackWriter().map(1).str("__proto__").map(1)
    .str("polluted").bool(true).finish();
  const error = assertThrows(() => decodeMessage(bytes), PulpError);
  assertEquals(error.code, "contract");
  assertEquals(({} as Record<string, unknown>)["polluted"], undefined);
});

Deno.test("decodeMessage() takes the last of a repeated key", () => {
  const bytes = new MsgpackWriter().map(2).str("a").u8(1).str("a").u8(2);
  assertEquals(decodeMessage(bytes.finish()), { a: 2 });
});

Deno.test("decodeMessage() refuses text that is not UTF-8", () => {
  const value = Uint8Array.of(0xa2, 0xff, 0xfe);
  const long = new MsgpackWriter().str("x".repeat(300)).finish();
  long[200] = 0xff;
  const key = Uint8Array.of(0x81, 0xa1, 0x80, 0x01);
  for (const bytes of [value, long, key]) {
    assertThrows(() => decodeMessage(bytes), PulpError, "UTF-8");
  }
});

Deno.test("decodeMessage() throws nothing but PulpError on random bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 48 }), (bytes) => {
      try {
        decodeMessage(bytes);
      } catch (error) {
        assert(error instanceof PulpError, String(error));
        assertEquals(error.code, "contract");
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("decodeMessage() refuses nesting and lengths that lie", () => {
  assertThrows(
    () => decodeMessage(new Uint8Array(100_000).fill(0x91)),
    PulpError,
    "nests deeper",
  );
  assertThrows(
    () => decodeMessage(Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff)),
    PulpError,
    "more members than there are bytes",
  );
});
