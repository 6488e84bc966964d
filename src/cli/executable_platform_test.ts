import { assertEquals } from "@std/assert";
import { TARGETS } from "./authoring_commands.ts";
import { HEADER_BYTES, platformOf } from "./executable_platform.ts";

/** Bytes of a file by where they stand. */
function header(parts: Readonly<Record<number, string>>): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  for (const [at, hex] of Object.entries(parts)) {
    bytes.set(Uint8Array.fromHex(hex), Number(at));
  }
  return bytes;
}

const PLATFORMS: Readonly<Record<string, Uint8Array>> = {
  "x86_64-unknown-linux-gnu": header({ 0: "7f454c46", 18: "3e00" }),
  "aarch64-unknown-linux-gnu": header({ 0: "7f454c46", 18: "b700" }),
  "x86_64-pc-windows-msvc": header({
    0: "4d5a",
    0x3c: "f8000000",
    0xf8: "504500006486",
  }),
  "aarch64-pc-windows-msvc": header({
    0: "4d5a",
    0x3c: "80000000",
    0x80: "5045000064aa",
  }),
  "x86_64-apple-darwin": header({ 0: "cffaedfe07000001" }),
  "aarch64-apple-darwin": header({ 0: "cffaedfe0c000001" }),
};

Deno.test("platformOf() knows each platform that Deno compiles for", () => {
  assertEquals(Object.keys(PLATFORMS), [...TARGETS]);
  for (const [platform, bytes] of Object.entries(PLATFORMS)) {
    assertEquals(platformOf(bytes), platform);
  }
});

Deno.test("platformOf() knows the Deno that runs", async () => {
  using file = await Deno.open(Deno.execPath());
  const bytes = new Uint8Array(HEADER_BYTES);
  await file.read(bytes);
  assertEquals(platformOf(bytes), Deno.build.target);
});

Deno.test("platformOf() says nothing of what it does not know", () => {
  for (
    const bytes of [
      new Uint8Array(),
      new Uint8Array(HEADER_BYTES),
      new TextEncoder().encode("#!/bin/sh\n"),
      Uint8Array.fromHex("7f454c46"),
      header({ 0: "7f454c46", 18: "f300" }),
      header({ 0: "4d5a", 0x3c: "ffffffff" }),
      header({ 0: "4d5a", 0x3c: "80000000" }),
    ]
  ) assertEquals(platformOf(bytes), undefined);
});
