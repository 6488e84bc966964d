import { assertEquals } from "@std/assert";
import { utf8Of } from "./utf8.ts";

const encoder = new TextEncoder();

Deno.test("utf8Of() gives text to the byte, a mark at its start included", () => {
  for (const text of ["", "plain", "Grüße 🌍", "\0", "\ufeffmarked"]) {
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
