import { assertEquals, assertThrows } from "@std/assert";
import { PulpError } from "../errors.ts";
import { decodeSseEmit } from "./sse.ts";
import { MsgpackWriter } from "./writer.ts";

Deno.test("decodeSseEmit() leaves out what is empty", () => {
  const bytes = new MsgpackWriter().map(4)
    .str("path").str("/feed")
    .str("id").str("")
    .str("event").nil()
    .str("data").str("x").finish();
  assertEquals(decodeSseEmit(bytes), { path: "/feed", data: "x" });
});

Deno.test("decodeSseEmit() reads all fields, data also from bytes", () => {
  const bytes = new MsgpackWriter().map(4)
    .str("data").bin(new TextEncoder().encode("é"))
    .str("event").str("note")
    .str("id").str("9")
    .str("path").str("/feed").finish();
  assertEquals(decodeSseEmit(bytes), {
    path: "/feed",
    id: "9",
    event: "note",
    data: "é",
  });
});

Deno.test("decodeSseEmit() refuses wrong types by key", () => {
  const bytes = new MsgpackWriter().map(1).str("id").u8(1).finish();
  assertThrows(() => decodeSseEmit(bytes), PulpError, "id");
});
