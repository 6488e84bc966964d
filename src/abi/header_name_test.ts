import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { canonicalHeader } from "./header_name.ts";

Deno.test("canonicalHeader() capitalises each part and nothing else", () => {
  const cases = {
    "content-type": "Content-Type",
    "X-REQUEST-ID": "X-Request-Id",
    "etag": "Etag",
    "www-authenticate": "Www-Authenticate",
    "x--y": "X--Y",
    "-x": "-X",
    "x-1a-b_c": "X-1a-B_c",
    "a b": "a b",
    "x-\u00fc": "x-\u00fc",
    "": "",
  };
  for (const [name, canonical] of Object.entries(cases)) {
    assertEquals(canonicalHeader(name), canonical);
  }
});

Deno.test("canonicalHeader() leaves canonical names as they are", () => {
  fc.assert(fc.property(fc.string(), (name) => {
    const canonical = canonicalHeader(name);
    assertEquals(canonicalHeader(canonical), canonical);
    assertEquals(canonical.toLowerCase(), name.toLowerCase());
  }));
});
