import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PulpError } from "../../errors.ts";
import { LIMITS } from "../../limits.ts";
import { type ByteSource, encodeFrame, readFrame } from "./frame.ts";

/** A source that gives `bytes` in pieces of the given sizes, and keeps the largest room it was offered. */
class Pieces implements ByteSource {
  mostOffered = 0;
  #rest: Uint8Array;
  readonly #sizes: readonly number[];
  #reads = 0;

  constructor(bytes: Uint8Array, sizes: readonly number[] = [Infinity]) {
    this.#rest = bytes;
    this.#sizes = sizes;
  }

  read(into: Uint8Array): Promise<number | null> {
    this.mostOffered = Math.max(this.mostOffered, into.length);
    if (this.#rest.length === 0) return Promise.resolve(null);
    const size = this.#sizes[this.#reads++ % this.#sizes.length] ?? 1;
    const piece = this.#rest.subarray(0, Math.min(size, into.length));
    into.set(piece);
    this.#rest = this.#rest.subarray(piece.length);
    return Promise.resolve(piece.length);
  }
}

const header = (length: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, length, true);
  return bytes;
};

Deno.test("encodeFrame() puts a little-endian length before the message", () => {
  assertEquals(
    encodeFrame(Uint8Array.of(1, 2, 3)),
    Uint8Array.of(3, 0, 0, 0, 1, 2, 3),
  );
});

Deno.test("readFrame() reads what encodeFrame() made, in whatever pieces it comes", async () => {
  await fc.assert(fc.asyncProperty(
    fc.uint8Array({ minLength: 1, maxLength: 20_000 }),
    fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 5 }),
    async (message, sizes) => {
      const source = new Pieces(encodeFrame(message), sizes);
      assertEquals(await readFrame(source), message);
    },
  ));
});

Deno.test("readFrame() takes a message of the largest length", async () => {
  const message = new Uint8Array(LIMITS.controlFrameBytes).fill(7);
  assertEquals(await readFrame(new Pieces(encodeFrame(message))), message);
});

Deno.test("frames of no bytes, or of too many, are refused at both ends", async () => {
  for (const length of [0, LIMITS.controlFrameBytes + 1, 0xffff_ffff]) {
    const error = await assertRejects(
      () => readFrame(new Pieces(header(length))),
      PulpError,
    );
    assertEquals(error.code, "contract");
  }
  assertThrows(() => encodeFrame(new Uint8Array(0)), PulpError);
  assertThrows(
    () => encodeFrame(new Uint8Array(LIMITS.controlFrameBytes + 1)),
    PulpError,
  );
});

Deno.test("readFrame() takes no memory on the word of a length", async () => {
  const source = new Pieces(
    new Uint8Array([...header(LIMITS.controlFrameBytes), 1, 2, 3]),
  );
  const error = await assertRejects(() => readFrame(source), PulpError);
  assertEquals(
    error.message,
    "Cannot read a frame: it ends after 3 of 1048576 bytes",
  );
  assertEquals(source.mostOffered <= 4096, true);
});

Deno.test("readFrame() says so when a frame ends early", async () => {
  const frame = encodeFrame(new Uint8Array(100));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 103 }), async (length) => {
      const error = await assertRejects(
        () => readFrame(new Pieces(frame.subarray(0, length))),
        PulpError,
      );
      assertEquals(error.code, "contract");
    }),
  );
});
