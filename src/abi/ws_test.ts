import { assertEquals, assertThrows } from "@std/assert";
import { PulpError } from "../errors.ts";
import {
  connIdOf,
  decodeWsClose,
  decodeWsSend,
  encodeWsClose,
  encodeWsFrame,
  encodeWsOpen,
} from "./ws.ts";
import { MsgpackWriter } from "./writer.ts";

function hex(text: string): string {
  return new TextEncoder().encode(text).toHex();
}

const ID = `a7${hex("conn_id")}cf0000000000000007`;

Deno.test("encodeWsOpen() writes the record byte for byte", () => {
  const bytes = encodeWsOpen({
    connId: 7,
    path: "/ws",
    query: new Map([["q", "1"]]),
    headers: {},
  });
  assertEquals(
    bytes.toHex(),
    `84${ID}a4${hex("path")}a3${hex("/ws")}` +
      `a5${hex("query")}81a1${hex("q")}a1${hex("1")}a7${hex("headers")}80`,
  );
  assertEquals(connIdOf(bytes), 7n);
});

Deno.test("encodeWsFrame() writes opcode as u8 and payload as bin, also when empty", () => {
  assertEquals(
    encodeWsFrame(7n, 2, new Uint8Array(0)).toHex(),
    `83${ID}a6${hex("opcode")}cc02a7${hex("payload")}c400`,
  );
});

Deno.test("encodeWsClose() writes code as u16", () => {
  const bytes = encodeWsClose(7, 1000, "bye");
  assertEquals(
    bytes.toHex(),
    `83${ID}a4${hex("code")}cd03e8a6${hex("reason")}a3${hex("bye")}`,
  );
  assertEquals(connIdOf(bytes), 7n);
});

Deno.test("decodeWsSend() takes any integer form, and payload from bin, str and nil", () => {
  const of = (payload: (w: MsgpackWriter) => MsgpackWriter): Uint8Array =>
    payload(
      new MsgpackWriter().map(3).str("conn_id").u16(300).str("opcode").i64(1)
        .str("payload"),
    ).finish();
  for (
    const [write, expected] of [
      [(w: MsgpackWriter) => w.bin(Uint8Array.of(104, 105)), "hi"],
      [(w: MsgpackWriter) => w.str("hi"), "hi"],
      [(w: MsgpackWriter) => w.nil(), ""],
    ] as const
  ) {
    const { connId, opcode, payload } = decodeWsSend(of(write));
    assertEquals([connId, opcode], [300n, 1]);
    assertEquals(new TextDecoder().decode(payload), expected);
  }
});

Deno.test("decodeWsClose() reads absent keys as zero values", () => {
  assertEquals(decodeWsClose(new MsgpackWriter().map(0).finish()), {
    connId: 0n,
    code: 0,
    reason: "",
  });
});

Deno.test("decodeWsSend() and decodeWsClose() refuse wrong types by key", () => {
  const sends = new MsgpackWriter().map(1).str("conn_id").str("7").finish();
  assertThrows(() => decodeWsSend(sends), PulpError, "conn_id");
  const closes = new MsgpackWriter().map(1).str("code").u32(70_000).finish();
  assertThrows(() => decodeWsClose(closes), PulpError, "code");
});
