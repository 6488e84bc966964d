import { assertEquals, assertNotStrictEquals } from "@std/assert";
import fc from "fast-check";
import { bytesOfName, putBytes, Slab, textOf } from "./short.ts";

/** Around the lengths at which things are done otherwise. */
const LENGTHS = [0, 1, 64, 65, 2048, 2049];

Deno.test("textOf() does what TextDecoder does, with any bytes and any range", () => {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.oneof(
          fc.string({ maxLength: 80 }),
          fc.string({ unit: "binary", maxLength: 80 }),
        ).map((text) => new TextEncoder().encode(text)),
        fc.uint8Array({ maxLength: 90 }),
      ),
      fc.nat(10),
      (bytes, start) => {
        const at = Math.min(start, bytes.length);
        const length = bytes.length - at;
        const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
        shared.set(bytes);
        assertEquals(
          textOf(shared, at, length),
          decoder.decode(bytes.slice(at)),
        );
      },
    ),
  );
});

Deno.test("bytesOfName() does what TextEncoder does, however many names there are", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 80 }), (name) => {
      for (let times = 0; times < 2; times++) {
        assertEquals(bytesOfName(name), new TextEncoder().encode(name));
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("putBytes() writes the range and nothing beside it", () => {
  for (const length of LENGTHS) {
    const from = Uint8Array.from({ length: length + 5 }, (_, i) => i % 251 + 1);
    const into = new Uint8Array(length + 20);
    putBytes(into, 10, from, 3, length);
    assertEquals(into.slice(10, 10 + length), from.slice(3, 3 + length));
    assertEquals(into.slice(0, 10), new Uint8Array(10));
    assertEquals(into.slice(10 + length), new Uint8Array(10));
  }
});

Deno.test("what a slab gave is never overwritten", () => {
  const slab = new Slab();
  const copies: { copy: Uint8Array; fill: number }[] = [];
  for (let round = 0; round < 100; round++) {
    for (const length of LENGTHS) {
      const fill = copies.length & 0xff;
      const shared = new Uint8Array(new SharedArrayBuffer(length + 1));
      shared.fill(fill);
      copies.push({ copy: slab.copy(shared, 1, length), fill });
      assertNotStrictEquals(copies.at(-1)?.copy.buffer, shared.buffer);
    }
  }
  for (const { copy, fill } of copies) {
    assertEquals(copy.every((byte) => byte === fill), true);
  }
});
