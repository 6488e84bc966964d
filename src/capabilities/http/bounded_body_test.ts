import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { readBounded } from "./bounded_body.ts";

const KIB = 1024;

/** Pieces of these lengths, each at the start of memory of its own. */
async function* pieces(
  ...sizes: (readonly [length: number, memory: number])[]
): AsyncGenerator<Uint8Array> {
  let next = 0;
  for (const [length, memory] of sizes) {
    const piece = new Uint8Array(memory).subarray(0, length);
    for (let at = 0; at < length; at++) piece[at] = next++;
    yield piece;
  }
}

/** What such pieces are together. */
function whole(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => at);
}

Deno.test("readBounded() puts pieces together, whatever their sizes and their memory", async () => {
  const size = fc.oneof(
    fc.integer({ min: 0, max: 40 }),
    fc.constantFrom(8 * KIB, 16 * KIB, 64 * KIB),
  );
  const piece = fc.tuple(size, fc.constantFrom(0, 0, 1, 300 * KIB))
    .map(([length, more]) => [length, length + more] as const);
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 40 }), async (sizes) => {
      const length = sizes.reduce((sum, [length]) => sum + length, 0);
      const read = await readBounded(pieces(...sizes), length);
      assert(read !== undefined);
      assertEquals(read.length, length);
      assert(read.every((byte, at) => byte === (at & 0xff)));
    }),
    { numRuns: 60 },
  );
});

Deno.test("readBounded() stops at the first byte too many, and where it is told to", async () => {
  let isLeft = 0;
  const source = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield new Uint8Array(3);
    } finally {
      isLeft++;
    }
  };
  assertEquals(await readBounded(source(), 8), undefined);
  const told: number[] = [];
  const read = await readBounded(
    source(),
    100,
    (bytes) => told.push(bytes) < 4,
  );
  assertEquals(read, undefined);
  assertEquals(told, [3, 3, 3, 3]);
  assertEquals(isLeft, 2);
});

Deno.test("readBounded() keeps no large memory for a small piece", async () => {
  // Written to again for each piece: what was kept of it would change.
  const memory = new Uint8Array(64 * KIB);
  const count = 1000;
  const source = async function* (): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < count; i++) {
      memory[0] = i;
      yield memory.subarray(0, 1);
    }
  };
  assertEquals(await readBounded(source(), count), whole(count));
  const [first] = await Array.fromAsync(pieces([100, 64 * KIB]));
  const read = await readBounded(pieces([100, 64 * KIB]), 100);
  assertEquals(read, first);
  assertEquals(read?.buffer.byteLength, 100);
});

Deno.test("readBounded() does not copy a body that comes as one piece", async () => {
  for (const [length, memory] of [[1, 1], [1000, 1000], [60_000, 65_536]]) {
    const piece = new Uint8Array(memory!).subarray(0, length);
    const read = await readBounded(ReadableStream.from([piece]), 65_536);
    assertStrictEquals(read, piece);
  }
});
