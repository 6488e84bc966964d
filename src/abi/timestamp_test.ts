import { decode, encode } from "@msgpack/msgpack";
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PulpError } from "../errors.ts";
import { decodeMessage } from "./decode.ts";
import { Timestamp } from "./timestamp.ts";
import { MsgpackWriter } from "./writer.ts";

Deno.test("Timestamp round-trips every second and nanosecond", () => {
  fc.assert(fc.property(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.integer({ min: 0, max: 999_999_999 }),
    (seconds, nanos) => {
      const bytes = new MsgpackWriter().timestamp(seconds, nanos).finish();
      assertEquals(decodeMessage(bytes), new Timestamp(seconds, nanos));
    },
  ));
});

Deno.test("Timestamp encodes like the reference library", () => {
  fc.assert(
    fc.property(
      fc.date({ noInvalidDate: true, min: new Date(-1e14) }),
      (date) => {
        const ms = date.getTime();
        const seconds = Math.floor(ms / 1000);
        const bytes = new Timestamp(
          BigInt(seconds),
          (ms - seconds * 1000) * 1e6,
        ).encode();
        assertEquals(bytes, encode(date));
        assertEquals(decode(bytes), date);
      },
    ),
  );
});

Deno.test("Timestamp prints RFC 3339 with the digits that are needed", () => {
  const text = (seconds: bigint, nanos?: number): string =>
    new Timestamp(seconds, nanos).toString();
  assertEquals(text(0n), "1970-01-01T00:00:00Z");
  assertEquals(
    text(1_700_000_000n, 120_000_000),
    "2023-11-14T22:13:20.12Z",
  );
  assertEquals(text(-1n, 1), "1969-12-31T23:59:59.000000001Z");
  assertEquals(text(-62_167_219_200n), "0000-01-01T00:00:00Z");
  assertEquals(text(253_402_300_800n), "10000-01-01T00:00:00Z");
  assertEquals(text(2n ** 63n - 1n), "292277026596-12-04T15:30:07Z");
});

Deno.test("Timestamp agrees with Date where Date reaches", () => {
  fc.assert(fc.property(
    fc.date({
      noInvalidDate: true,
      min: new Date("0000-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59Z"),
    }),
    (date) => {
      const seconds = BigInt(Math.floor(date.getTime() / 1000));
      const printed = new Timestamp(seconds).toString();
      assertEquals(printed.slice(0, 19), date.toISOString().slice(0, 19));
    },
  ));
});

Deno.test("Timestamp refuses other lengths and a billion nanoseconds", () => {
  assertThrows(() => Timestamp.decode(new Uint8Array(5)), PulpError, "5 bytes");
  const bytes = Uint8Array.of(0xd7, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);
  assertThrows(() => decodeMessage(bytes), PulpError, "out of range");
});
