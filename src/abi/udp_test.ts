import { encode } from "@msgpack/msgpack";
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PulpError } from "../errors.ts";
import { writeCompactInt } from "./compact_int.ts";
import { decodeMessage } from "./decode.ts";
import {
  decodeUdpClose,
  decodeUdpListen,
  decodeUdpSend,
  encodeUdpListenResult,
  encodeUdpPacket,
  encodeUdpSendResult,
} from "./udp.ts";
import { MsgpackWriter } from "./writer.ts";

Deno.test("the requests of network.udp may leave everything out", () => {
  for (const bytes of [Uint8Array.of(0x80), Uint8Array.of(0xc0)]) {
    assertEquals(decodeUdpListen(bytes), { addr: "", bufferSize: 0n });
    assertEquals(decodeUdpSend(bytes), {
      socketId: 0n,
      dstAddr: "",
      payload: new Uint8Array(0),
    });
    assertEquals(decodeUdpClose(bytes), 0n);
  }
});

Deno.test("the requests of network.udp are read in every width", () => {
  assertEquals(
    decodeUdpListen(encode({ addr: ":1", buffer_size: -1 })),
    { addr: ":1", bufferSize: -1n },
  );
  const id = new MsgpackWriter().map(1).str("socket_id").u64(2n ** 64n - 1n);
  assertEquals(decodeUdpClose(id.finish()), 2n ** 64n - 1n);
  assertEquals(
    decodeUdpSend(encode({ socket_id: 3, dst_addr: "a:1", payload: "x" })),
    { socketId: 3n, dstAddr: "a:1", payload: Uint8Array.of(0x78) },
  );
});

Deno.test("the requests of network.udp name the field that is wrong", () => {
  const fields: [() => unknown, string][] = [
    [() => decodeUdpListen(encode({ addr: 1 })), '"addr"'],
    [() => decodeUdpListen(encode({ buffer_size: "1" })), '"buffer_size"'],
    [() => decodeUdpSend(encode({ socket_id: -1 })), '"socket_id"'],
    [() => decodeUdpSend(encode({ dst_addr: [] })), '"dst_addr"'],
    [() => decodeUdpSend(encode({ payload: [1] })), '"payload"'],
    [() => decodeUdpClose(encode({ socket_id: 1.5 })), '"socket_id"'],
    [() => decodeUdpClose(encode([1])), "not a map"],
  ];
  for (const [decode, text] of fields) assertThrows(decode, PulpError, text);
});

Deno.test("udp.packet has the widths of the contract", () => {
  const packet = encodeUdpPacket({
    socketId: 7n,
    srcAddr: "[::1]:9",
    payload: Uint8Array.of(1, 2),
    receivedAtMs: 1_700_000_000_123,
  });
  const text = (s: string): string => new TextEncoder().encode(s).toHex();
  assertEquals(
    packet.toHex(),
    "84" + "a9" + text("socket_id") + "cf0000000000000007" +
      "a8" + text("src_addr") + "a7" + text("[::1]:9") +
      "a7" + text("payload") + "c4020102" +
      "ab" + text("received_at") + "d3" +
      (1_700_000_000_123_000_000n).toString(16).padStart(16, "0"),
  );
});

Deno.test("the answers of network.udp carry ids whole and counts short", () => {
  assertEquals(
    encodeUdpListenResult(5n).toHex().slice(-18),
    "cf0000000000000005",
  );
  assertEquals(decodeMessage(encodeUdpSendResult(65507)), {
    bytes_sent: 65507,
  });
  assertEquals(encodeUdpSendResult(5).at(-1), 5);
});

Deno.test("writeCompactInt() takes the shortest form, as @msgpack/msgpack does", () => {
  fc.assert(
    fc.property(fc.integer({ min: -32, max: 2 ** 32 - 1 }), (n) => {
      assertEquals(writeCompactInt(new MsgpackWriter(), n).finish(), encode(n));
    }),
  );
  fc.assert(fc.property(fc.integer({ min: -(2 ** 31), max: 300 }), (n) => {
    const bytes = writeCompactInt(new MsgpackWriter(), n).finish();
    assertEquals(Number(decodeMessage(bytes)), n);
  }));
});
