import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decodeMessage } from "./decode.ts";
import {
  encodeEvent,
  ENVELOPE_HEADER_BYTES,
  writeEnvelope,
} from "./envelope.ts";
import { MsgpackWriter } from "./writer.ts";

Deno.test("encodeEvent() embeds the payload's own map, not bytes of it", () => {
  const payload = new MsgpackWriter().map(1).str("id").u64(3n).finish();
  const event = encodeEvent("http.request", payload);
  assertEquals(decodeMessage(event), {
    kind: "http.request",
    payload: { id: 3n },
  });
  // fixmap 2, "kind", its value, "payload", then the payload byte for byte.
  assertEquals(event.subarray(1 + 5 + 13 + 8), payload);
  assertEquals(decodeMessage(encodeEvent("x", new Uint8Array(0))), {
    kind: "x",
    payload: null,
  });
});

Deno.test("writeEnvelope() writes the header in little-endian, exactly", () => {
  fc.assert(fc.property(
    fc.maxSafeNat(),
    fc.integer({ min: 0, max: 18_000_000_000_000 }),
    fc.uint8Array({ maxLength: 40 }),
    fc.nat(9),
    (callNumber, wallMs, payload, at) => {
      const length = ENVELOPE_HEADER_BYTES + payload.length;
      const all = new Uint8Array(at + length + 3).fill(0xaa);
      writeEnvelope(all, at, callNumber, wallMs, payload);
      const target = all.slice(at, at + length);
      // Nothing around it was touched.
      assertEquals(
        all.fill(0xaa, at, at + length).every((b) => b === 0xaa),
        true,
      );
      const view = new DataView(target.buffer);
      assertEquals(view.getBigUint64(0, true), BigInt(callNumber));
      assertEquals(view.getBigUint64(8, true), BigInt(wallMs) * 1_000_000n);
      assertEquals(view.getUint32(16, true), payload.length);
      assertEquals(target.subarray(20), payload);
    },
  ));
});

Deno.test("writeEnvelope() keeps the fraction of a millisecond", () => {
  const target = new Uint8Array(ENVELOPE_HEADER_BYTES);
  writeEnvelope(target, 0, 0, 1_700_000_000_000.25, new Uint8Array(0));
  assertEquals(
    new DataView(target.buffer).getBigUint64(8, true),
    1_700_000_000_000_250_000n,
  );
});

Deno.test("writeEnvelope() refuses a target that is too short", () => {
  assertThrows(
    () => writeEnvelope(new Uint8Array(20), 0, 0, 0, new Uint8Array(1)),
    RangeError,
    "21 are needed",
  );
});
