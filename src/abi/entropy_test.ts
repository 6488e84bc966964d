import { assertEquals, assertThrows } from "@std/assert";
import { PulpError } from "../errors.ts";
import { decodeMessage } from "./decode.ts";
import { decodeEntropyRequest, encodeEntropyResult } from "./entropy.ts";
import { MsgpackWriter } from "./writer.ts";

Deno.test("decodeEntropyRequest() leaves the judgement of n to the host", () => {
  const request = (n: bigint): Uint8Array =>
    new MsgpackWriter().map(1).str("n").i64(n).finish();
  assertEquals(decodeEntropyRequest(request(16n)), { n: 16 });
  assertEquals(decodeEntropyRequest(request(2n ** 40n)), { n: 2 ** 40 });
  assertEquals(decodeEntropyRequest(Uint8Array.of(0x80)), { n: 0 });
  assertThrows(() => decodeEntropyRequest(request(-1n)), PulpError, '"n"');
});

Deno.test("encodeEntropyResult() carries the bytes", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  assertEquals(decodeMessage(encodeEntropyResult(bytes)), { bytes });
});
