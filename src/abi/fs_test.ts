import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PulpError } from "../errors.ts";
import { decodeMessage } from "./decode.ts";
import {
  decodeFsMode,
  decodeFsPath,
  decodeFsRename,
  decodeFsTemp,
  decodeFsWriteOptions,
  encodeFsEntries,
  encodeFsPath,
  encodeFsStat,
  goFileMode,
} from "./fs.ts";
import { MsgpackWriter } from "./writer.ts";

const message = (build: (writer: MsgpackWriter) => MsgpackWriter): Uint8Array =>
  build(new MsgpackWriter()).finish();

Deno.test("storage.fs records read absent fields as zero values", () => {
  const nothing = message((w) => w.map(0));
  assertEquals(decodeFsPath(nothing), "");
  assertEquals(decodeFsMode(nothing), { path: "", mode: 0 });
  assertEquals(decodeFsRename(nothing), { old: "", new: "" });
  assertEquals(decodeFsTemp(nothing), { dir: "", pattern: "" });
  assertEquals(decodeFsWriteOptions(nothing), 0);
  assertEquals(decodeFsWriteOptions(new Uint8Array()), 0);
  assertEquals(decodeFsPath(message((w) => w.nil())), "");
});

Deno.test("storage.fs records take any integer form of a mode", () => {
  const forms: ((w: MsgpackWriter) => MsgpackWriter)[] = [
    (w) => w.u16(0o644),
    (w) => w.u32(0o644),
    (w) => w.u64(0o644),
    (w) => w.i64(0o644),
  ];
  for (const form of forms) {
    const bytes = message((w) => form(w.map(1).str("mode")));
    assertEquals(decodeFsWriteOptions(bytes), 0o644);
  }
});

Deno.test("storage.fs records throw contract for what is no record of theirs", () => {
  const wrong = [
    message((w) => w.str("path")),
    message((w) => w.map(1).str("path").u8(1)),
    message((w) => w.map(1).str("path").array(0)),
    message((w) => w.map(1).str("path").bin(new Uint8Array([0x61, 0xff]))),
    new Uint8Array([0x81]),
    new Uint8Array([0x90, 0x80]),
    new Uint8Array(),
  ];
  for (const bytes of wrong) {
    const error = assertThrows(() => decodeFsPath(bytes), PulpError);
    assertEquals(error.code, "contract");
  }
  for (const mode of [-1n, 2n ** 32n]) {
    const bytes = message((w) => w.map(1).str("mode").i64(mode));
    assertThrows(() => decodeFsMode(bytes), PulpError);
  }
});

Deno.test("storage.fs records carry every path as it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string(), (old, other) => {
      const bytes = message((w) =>
        w.map(2).str("new").str(other).str("old").str(old)
      );
      assertEquals(decodeFsRename(bytes), { old, new: other });
      assertEquals(decodeMessage(encodeFsPath(old)), { path: old });
    }),
  );
});

Deno.test("encodeFsEntries() writes an empty folder as an array", () => {
  assertEquals(encodeFsEntries([]), new Uint8Array([0x90]));
  const entries = [{ name: "a", isDir: true }, { name: "b", isDir: false }];
  assertEquals(decodeMessage(encodeFsEntries(entries)), [
    { name: "a", is_dir: true },
    { name: "b", is_dir: false },
  ]);
});

Deno.test("encodeFsStat() keeps the widths of the contract", () => {
  const bytes = encodeFsStat({
    name: "a",
    size: 1,
    modTimeNs: 2n,
    mode: 0x8000_01ed,
    isDir: true,
  });
  const expected = message((w) =>
    w.map(5).str("name").str("a").str("size").i64(1).str("mod_time_ns").i64(2)
      .str("mode").u32(0x8000_01ed).str("is_dir").bool(true)
  );
  assertEquals(bytes, expected);
});

Deno.test("goFileMode() turns the modes of POSIX into those of Go", () => {
  const modes: readonly (readonly [posix: number, go: number])[] = [
    [0o100644, 0o644],
    [0o040755, 0x8000_0000 | 0o755],
    [0o041777, 0x8000_0000 | 1 << 20 | 0o777],
    [0o120777, 1 << 27 | 0o777],
    [0o010600, 1 << 25 | 0o600],
    [0o140755, 1 << 24 | 0o755],
    [0o060660, 1 << 26 | 0o660],
    [0o020666, 1 << 26 | 1 << 21 | 0o666],
    [0o104755, 1 << 23 | 0o755],
    [0o102755, 1 << 22 | 0o755],
  ];
  for (const [posix, go] of modes) {
    assertEquals(goFileMode(posix), go >>> 0, posix.toString(8));
  }
});
