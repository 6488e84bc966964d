import { encode, ExtData } from "@msgpack/msgpack";
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { scanFirst, scanMessage } from "./scan.ts";

function refused(bytes: Uint8Array, what: string): void {
  const error = assertThrows(() => scanMessage(bytes), PulpError, what);
  assertEquals(error.code, "contract");
}

Deno.test("scanMessage() accepts whatever an encoder yields", () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: "medium" },
      fc.constantFrom(null, true, false),
      fc.double(),
      fc.integer(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.uint8Array({ maxLength: 300 }),
      fc.date({ noInvalidDate: true }),
      fc.tuple(fc.integer({ min: 0, max: 127 }), fc.uint8Array())
        .map(([type, data]) => new ExtData(type, data)),
      fc.array(tie("any")),
      fc.dictionary(fc.string(), tie("any")),
    ),
  })).any;
  fc.assert(fc.property(value, (value) => {
    const bytes = encode(value, { useBigInt64: true });
    scanMessage(bytes);
    // Whatever is cut off or added is noticed.
    refused(bytes.subarray(0, bytes.length - 1), "byte");
    refused(Uint8Array.of(...bytes, 0), "bytes follow its end");
  }));
});

Deno.test("scanMessage() throws nothing but PulpError on random bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        scanMessage(bytes);
      } catch (error) {
        assert(error instanceof PulpError, String(error));
        assertEquals(error.code, "contract");
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("scanMessage() refuses an empty message and the byte 0xc1", () => {
  refused(new Uint8Array(0), "it ends early (byte 0)");
  refused(Uint8Array.of(0x92, 0x01, 0xc1), "0xc1 is no value (byte 2)");
});

Deno.test("scanMessage() refuses 100,000 levels at once", () => {
  for (const head of [0x91, 0x81]) {
    refused(new Uint8Array(100_000).fill(head), "nests deeper than 128");
  }
  const wide = new Uint8Array(100_000 * 5);
  for (let i = 0; i < wide.length; i += 5) wide.set([0xdd, 0, 0, 0, 1], i);
  refused(wide, "nests deeper than 128");
});

Deno.test("scanMessage() takes nesting up to the limit and not one level more", () => {
  const nested = (levels: number): Uint8Array => {
    const bytes = new Uint8Array(levels).fill(0x91);
    bytes[levels - 1] = 0x90;
    return bytes;
  };
  scanMessage(nested(LIMITS.msgpackDepth));
  refused(nested(LIMITS.msgpackDepth + 1), "nests deeper");
});

Deno.test("scanMessage() refuses lengths of 4 GiB without allocating", () => {
  for (const head of [0xc6, 0xc9, 0xdb, 0xdd, 0xdf]) {
    refused(
      Uint8Array.of(head, 0xff, 0xff, 0xff, 0xff, 0, 0, 0),
      "it declares more",
    );
  }
  for (const head of [0xc5, 0xc8, 0xda, 0xdc, 0xde]) {
    refused(Uint8Array.of(head, 0xff, 0xff, 0, 0), "it declares more");
  }
});

Deno.test("scanMessage() bounds the number of values", () => {
  const nils = (count: number): Uint8Array => {
    const bytes = new Uint8Array(5 + count).fill(0xc0);
    bytes[0] = 0xdd;
    new DataView(bytes.buffer).setUint32(1, count);
    return bytes;
  };
  scanMessage(nils(LIMITS.msgpackValues - 1));
  refused(nils(LIMITS.msgpackValues), "more than 1000000 values");
});

Deno.test("scanFirst() gives the length of the value, and the offsets of the outermost members", () => {
  const offsets: number[] = [];
  const value = encode({ a: [1, [2]], bc: {}, d: "x" });
  assertEquals(scanFirst(value, offsets), value.length);
  assertEquals(offsets, [1, 3, 7, 10, 11, 13]);
  const followed = new Uint8Array([...value, 0xc1]);
  assertEquals(scanFirst(followed), value.length);
  refused(followed, "bytes follow its end");
});
