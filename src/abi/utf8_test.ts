import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { utf8Of } from "./utf8.ts";

const encoder = new TextEncoder();

Deno.test("utf8Of() gives text to the byte, a mark at its start included", () => {
  for (
    const text of ["", "plain", "Grüße 🌍", "\0", "\ufeffmarked", "a\ufffdb"]
  ) {
    assertEquals(utf8Of(encoder.encode(text)), text);
  }
});

Deno.test("utf8Of() repairs nothing, and goes on behind what it refused", () => {
  for (
    const bytes of [
      [0xff],
      [0x61, 0xc3],
      [0xc0, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
    ]
  ) {
    assertEquals(utf8Of(new Uint8Array(bytes)), undefined);
    assertEquals(utf8Of(encoder.encode("fine")), "fine");
  }
});

Deno.test("utf8Of() takes just what a strict decoder takes, short and long", () => {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 4 }),
    fc.string({ unit: "binary", maxLength: 4 }).map((t) => encoder.encode(t)),
    fc.constant(encoder.encode("\ufffd")),
    fc.constant(new Uint8Array(4096)),
  );
  fc.assert(fc.property(fc.array(piece, { maxLength: 4 }), (pieces) => {
    const bytes = new Uint8Array(pieces.flatMap((piece) => [...piece]));
    let expected: string | undefined;
    try {
      expected = strict.decode(bytes);
    } catch {
      // It is not UTF-8.
    }
    assertEquals(utf8Of(bytes), expected);
  }));
});
