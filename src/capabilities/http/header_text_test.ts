import { assertEquals } from "@std/assert";
import { fromByteString, toByteString } from "./header_text.ts";

Deno.test("header text goes to bytes and back, however long it is", () => {
  for (const text of ["", "plain", "grüße", "é".repeat(200_000)]) {
    const bytes = toByteString(text);
    assertEquals(bytes.length, new TextEncoder().encode(text).length);
    assertEquals(fromByteString(bytes), text);
  }
});
