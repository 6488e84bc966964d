import { assertEquals, assertThrows } from "@std/assert";
import { PulpError } from "../errors.ts";
import { decodeMessage } from "./decode.ts";
import {
  decodeHttpFetch,
  decodeHttpListen,
  decodeHttpRegister,
  decodeHttpRespond,
  decodeHttpRespondStream,
  encodeHttpFetchChunk,
  encodeHttpFetchHead,
  encodeHttpFetchResult,
  encodeHttpRequest,
  httpFetchHeadBytes,
} from "./http.ts";
import { MsgpackWriter } from "./writer.ts";

const NONE = new Uint8Array(0);

function hex(text: string): string {
  return new TextEncoder().encode(text).toHex();
}

Deno.test("encodeHttpRequest() writes the record byte for byte", () => {
  const bytes = encodeHttpRequest({
    id: 1n,
    method: "GET",
    path: "/",
    params: {},
    query: new Map([["q", "1"]]),
    headers: { Accept: "*/*" },
    body: NONE,
    remoteAddr: "[::1]:80",
  });
  assertEquals(
    bytes.toHex(),
    "88" +
      `a2${hex("id")}cf0000000000000001` +
      `a6${hex("method")}a3${hex("GET")}` +
      `a4${hex("path")}a1${hex("/")}` +
      `a6${hex("params")}80` +
      `a5${hex("query")}81a1${hex("q")}a1${hex("1")}` +
      `a7${hex("headers")}81a6${hex("Accept")}a3${hex("*/*")}` +
      `a4${hex("body")}c400` +
      `ab${hex("remote_addr")}a8${hex("[::1]:80")}`,
  );
});

Deno.test("encodeHttpRequest() keeps the id's 64 bits and leaves out an empty address", () => {
  const bytes = encodeHttpRequest({
    id: 2n ** 64n - 1n,
    method: "POST",
    path: "/\u00fc",
    params: { __proto__: null, id: "7" } as unknown as Record<string, string>,
    query: {},
    headers: {},
    body: new Uint8Array(70_000).fill(1),
    remoteAddr: "",
  });
  const { body, ...event } = decodeMessage(bytes) as Record<string, unknown>;
  assertEquals(event, {
    id: 2n ** 64n - 1n,
    method: "POST",
    path: "/\u00fc",
    params: { id: "7" },
    query: {},
    headers: {},
  });
  assertEquals((body as Uint8Array).length, 70_000);
});

Deno.test("encodeHttpRequest() with a kept writer leaves earlier events alone", () => {
  const writer = new MsgpackWriter(1024);
  const event = {
    method: "GET",
    path: "/",
    params: {},
    query: {},
    headers: { A: "b".repeat(100) },
    body: NONE,
    remoteAddr: "127.0.0.1:1",
  };
  const events = Array.from(
    { length: 30 },
    (_, id) => encodeHttpRequest({ ...event, id }, writer),
  );
  events.forEach((bytes, id) => {
    assertEquals(bytes, encodeHttpRequest({ ...event, id }));
  });
});

Deno.test("decodeHttpRespond() takes nil for whatever may be empty", () => {
  const bytes = new MsgpackWriter().map(5)
    .str("id").u64(9n).str("status").u16(0).str("headers").nil()
    .str("cookies").nil().str("body").nil().finish();
  const respond = decodeHttpRespond(bytes);
  assertEquals(respond, {
    id: 9n,
    status: 0,
    headers: [],
    cookies: [],
    body: NONE,
  });
});

Deno.test("decodeHttpRespond() reads cookies, headers and a body of text", () => {
  const bytes = new MsgpackWriter().map(5)
    .str("id").u64(2n ** 63n).str("status").u32(201)
    .str("headers").map(4).str("a").str("1").str("content-type")
    .str("text/plain").str("b").nil().str("a").str("2")
    .str("cookies").array(1).str("a=b; Path=/").str("body").str("hi").finish();
  const respond = decodeHttpRespond(bytes);
  assertEquals(respond.id, 2n ** 63n);
  assertEquals(respond.status, 201);
  // The last one of a repeated name counts.
  assertEquals(respond.headers, [
    ["a", "2"],
    ["content-type", "text/plain"],
    ["b", ""],
  ]);
  assertEquals(respond.cookies, ["a=b; Path=/"]);
  assertEquals(respond.body, new TextEncoder().encode("hi"));
});

Deno.test("decodeHttpFetch() leaves the defaults to the host", () => {
  const fetch = decodeHttpFetch(
    new MsgpackWriter().map(1).str("url").str("http://x/").finish(),
  );
  assertEquals({ ...fetch, headers: { ...fetch.headers } }, {
    method: "",
    url: "http://x/",
    headers: {},
    body: NONE,
  });
  const timed = decodeHttpFetch(
    new MsgpackWriter().map(1).str("timeout").i64(-5n).finish(),
  );
  assertEquals(timed.timeoutNs, -5n);
});

Deno.test("httpFetchHeadBytes() counts method, URL and headers as they stand there", () => {
  const request = (writer: MsgpackWriter): number =>
    httpFetchHeadBytes(writer.finish());
  assertEquals(request(new MsgpackWriter().map(0)), 0);
  const nils = new MsgpackWriter().map(2).str("headers").nil().str("url").nil();
  assertEquals(request(nils), 0);
  const full = new MsgpackWriter().map(5).str("url").str("http://x/")
    .str("other").str("y".repeat(100)).str("headers").map(1).str("a").str("bc")
    .str("body").bin(new Uint8Array(1000)).str("method").str("PUT");
  assertEquals(request(full), 10 + (1 + 2 + 3) + 4);
});

Deno.test("encodeHttpFetchResult() writes the widths of the contract", () => {
  const bytes = encodeHttpFetchResult({
    id: 0,
    status: 200,
    headers: {},
    body: NONE,
  });
  assertEquals(
    bytes.toHex(),
    `84a2${hex("id")}cf0000000000000000a6${hex("status")}ce000000c8` +
      `a7${hex("headers")}80a4${hex("body")}c400`,
  );
});

Deno.test("decodeHttpRegister() and decodeHttpListen() read their records", () => {
  const register = new MsgpackWriter().map(2).str("method").str("GET")
    .str("path").str("/a/:b").finish();
  assertEquals(decodeHttpRegister(register), { method: "GET", path: "/a/:b" });
  const listen = new MsgpackWriter().map(1).str("addr").str(":80").finish();
  assertEquals(decodeHttpListen(listen), { addr: ":80" });
  assertThrows(
    () => decodeHttpListen(Uint8Array.of(0x81, 0xa4)),
    PulpError,
  );
});

Deno.test("encodeHttpFetchHead() writes the record byte for byte", () => {
  assertEquals(
    encodeHttpFetchHead({
      id: 2n ** 64n - 1n,
      status: 200,
      headers: new Map([["A", "b"]]),
    }).toHex(),
    "83" +
      `a2${hex("id")}cfffffffffffffffff` +
      `a6${hex("status")}ce000000c8` +
      `a7${hex("headers")}81a1${hex("A")}a1${hex("b")}`,
  );
});

Deno.test("encodeHttpFetchChunk() writes nil for nothing, and an error only when there is one", () => {
  assertEquals(
    encodeHttpFetchChunk({ bytes: new Uint8Array([1, 2]), eof: false })
      .toHex(),
    `82a5${hex("bytes")}c4020102a3${hex("eof")}c2`,
  );
  assertEquals(
    encodeHttpFetchChunk({ eof: true }).toHex(),
    `82a5${hex("bytes")}c0a3${hex("eof")}c3`,
  );
  assertEquals(
    encodeHttpFetchChunk({ eof: false, err: "no" }).toHex(),
    `83a5${hex("bytes")}c0a3${hex("eof")}c2a3${hex("err")}a2${hex("no")}`,
  );
});

Deno.test("decodeHttpRespondStream() keeps both ids, and takes nil for what is absent", () => {
  const bytes = new MsgpackWriter().map(5)
    .str("id").u64(2n ** 63n)
    .str("stream_id").u8(7)
    .str("status").u32(0)
    .str("headers").nil()
    .str("cookies").array(1).str("a=1")
    .finish();
  assertEquals(decodeHttpRespondStream(bytes), {
    id: 2n ** 63n,
    streamId: 7n,
    status: 0,
    headers: [],
    cookies: ["a=1"],
  });
  assertThrows(
    () => decodeHttpRespondStream(new Uint8Array([0x90])),
    PulpError,
  );
});
