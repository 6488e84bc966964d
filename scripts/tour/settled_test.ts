import { assertEquals } from "@std/assert";
import { settled } from "./settled.ts";

Deno.test("settled() gives every run the same times and counts", () => {
  assertEquals(
    settled(
      "\x1b[2m14:18:40.755\x1b[0m probe \x1b[2mlast_call=\x1b[0m1242\n" +
        '{"created_at":"2027-01-02T03:04:05.678Z"}\n',
    ),
    "\x1b[2m11:40:00.000\x1b[0m probe \x1b[2mlast_call=\x1b[0m512\n" +
      '{"created_at":"2026-11-22T11:40:00.000Z"}\n',
  );
});

Deno.test("settled() leaves out what only some runs print", () => {
  const line = "\x1b[2m14:18:40.755\x1b[0m notes: step heartbeat call=0\n";
  assertEquals(settled(`a\n${line}b\n`), "a\nb\n");
  const fetched = "\x1b[0m\x1b[32mDownload\x1b[0m https://example.com/a.tgz\n";
  assertEquals(settled(`${fetched}Download it\n`), "Download it\n");
});

Deno.test("settled() leaves addresses and other numbers alone", () => {
  const text = "addr=127.0.0.1:8080 26166 bytes 1:02:03.444\n";
  assertEquals(settled(text), text);
});
