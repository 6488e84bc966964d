import { assertEquals } from "@std/assert";
import { LIMITS } from "../../limits.ts";
import { checkAnswer, toResponse } from "./answer.ts";
import { sniffContentType } from "./content_type.ts";
import { parseListenAddress } from "../net/listen_address.ts";
import { HeaderReader } from "./request_headers.ts";

Deno.test("sniffContentType() names what Go's server names", () => {
  for (
    const [body, type] of [
      ["hello", "text/plain; charset=utf-8"],
      ["{}", "text/plain; charset=utf-8"],
      ["  <!doctype html><p>", "text/html; charset=utf-8"],
      ["<p>x", "text/html; charset=utf-8"],
      ["<pre>", "text/plain; charset=utf-8"],
      ["<?xml version='1.0'?>", "text/xml; charset=utf-8"],
      ["%PDF-1.7", "application/pdf"],
      ["\x89PNG\r\n\x1a\n", "image/png"],
      ["\xff\xd8\xff\xe0", "image/jpeg"],
      ["RIFF\x01\x02\x03\x04WEBPVP8", "image/webp"],
      ["a\0b", "application/octet-stream"],
    ] as const
  ) {
    const bytes = Uint8Array.from(body, (char) => char.charCodeAt(0));
    assertEquals(sniffContentType(bytes), type, body);
  }
});

Deno.test("parseListenAddress() reads what can be listened on", () => {
  assertEquals(parseListenAddress("127.0.0.1:80"), {
    hostname: "127.0.0.1",
    port: 80,
  });
  assertEquals(parseListenAddress("[::1]:0"), { hostname: "::1", port: 0 });
  assertEquals(parseListenAddress(":8080"), {
    hostname: "0.0.0.0",
    port: 8080,
  });
  for (
    const bad of [
      "",
      "a",
      "a:",
      "a:b",
      "a:65536",
      "::1:80",
      "http://a:80",
      "a b:1",
    ]
  ) {
    assertEquals(parseListenAddress(bad), undefined, bad);
  }
});

Deno.test("HeaderReader gives the first value of a field, in canonical form", () => {
  const headers = new Headers([["x-b", "1, 2"], ["X-B", "3"], ["host", "h"]]);
  headers.append("content-length", "7");
  const read = new HeaderReader().read(headers);
  assertEquals([...read.fields], [["X-B", "1, 2"], ["Content-Length", "7"]]);
  assertEquals([read.host, read.contentLength], ["h", "7"]);
});

Deno.test("checkAnswer() bounds the number and the size of header fields", () => {
  const answer = (fields: number, chars: number, cookies: number): unknown =>
    checkAnswer({
      id: 1n,
      status: 200,
      headers: Array.from(
        { length: fields },
        (_, n) => [`x-${n}`, "v".repeat(chars)],
      ),
      cookies: Array.from({ length: cookies }, () => "c"),
      body: new Uint8Array(),
    });
  const most = LIMITS.httpAnswerFields;
  assertEquals(typeof answer(most, 1, 0), "object");
  assertEquals(typeof answer(most - 1, 1, 1), "object");
  const many = `it has more than ${most} header fields`;
  assertEquals(answer(most + 1, 1, 0), many);
  assertEquals(answer(0, 0, most + 1), many);
  assertEquals(answer(100_000, 1, 0), many);
  assertEquals(
    answer(2, LIMITS.httpAnswerFieldChars / 2, 0),
    `its header fields are over ${LIMITS.httpAnswerFieldChars} characters`,
  );
});

Deno.test("checkAnswer() keeps no more of a request than its body", () => {
  const bodyOf = (request: Uint8Array, end: number): number => {
    const body = request.subarray(0, end);
    const answer = checkAnswer({
      id: 1n,
      status: 200,
      headers: [["content-type", "a/b"]],
      cookies: [],
      body,
    }) as { body: Uint8Array };
    assertEquals(answer.body, body);
    return answer.body.buffer.byteLength;
  };
  const large = new Uint8Array(1 << 20);
  assertEquals(bodyOf(large, 1000), 1000);
  // What is most of it is no copy, nor is a short one.
  assertEquals(bodyOf(large, 900_000), large.length);
  assertEquals(bodyOf(new Uint8Array(32 << 10), 1000), 32 << 10);
});

Deno.test("checkAnswer() takes cookies as a fetch gives them, a line each", () => {
  const fields = (headers: Record<string, string>): unknown => {
    const body = new Uint8Array(0);
    const answer = checkAnswer({
      id: 1n,
      status: 0,
      headers: Object.entries(headers),
      cookies: [],
      body,
    });
    return typeof answer === "string" ? answer : answer.headers;
  };
  assertEquals(fields({ "set-cookie": "a=1\nb=2; Path=/", "X-A": "1" }), [
    ["set-cookie", "a=1"],
    ["set-cookie", "b=2; Path=/"],
    ["X-A", "1"],
  ]);
  assertEquals(fields({ "Set-Cookie": "a=1" }), [["Set-Cookie", "a=1"]]);
  assertEquals(
    fields({ "Set-Cookie": "a=1\r\nb=2" }),
    `header "Set-Cookie" is malformed`,
  );
  assertEquals(fields({ "X-A": "1\n2" }), `header "X-A" is malformed`);
  assertEquals(
    fields({ "Set-Cookie": "a\n".repeat(LIMITS.httpAnswerFields) }),
    `it has more than ${LIMITS.httpAnswerFields} header fields`,
  );
});

Deno.test("toResponse() sends a few letters as it sends any bytes, with the type that they have", async () => {
  const bodies = ["", "ok", "ok".repeat(40), "\ufeffé"].map((text) =>
    new TextEncoder().encode(text)
  ).concat(new Uint8Array([0x6f, 0xff]));
  const types: [string, string][][] = [
    [["CONTENT-type", "text/html"]],
    [["Content-Encoding", "identity"]],
    [],
  ];
  for (const body of bodies) {
    for (const headers of types) {
      const response = toResponse({ status: 200, headers, body });
      assertEquals([...response.headers], [...new Headers(headers)]);
      assertEquals(await response.bytes(), body);
    }
  }
});
