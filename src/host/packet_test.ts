import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { MsgpackWriter } from "../abi/writer.ts";
import type { Answer } from "../capabilities/http/answer.ts";
import { Channel, type MessageEnd } from "./channel.ts";
import {
  fitsAnswer,
  fitsEvent,
  readPacket,
  writeAnswer,
  writeEvent,
  writeStepped,
} from "./packet.ts";

const byteString = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((n) => String.fromCharCode(n)),
  maxLength: 40,
});

const record = fc.oneof(
  fc.record({
    kind: fc.constant("event" as const),
    id: fc.integer({ min: 0, max: 0xffff_ffff }),
    event: fc.constantFrom("http.request", "ws.message", "x"),
    payload: fc.uint8Array({ maxLength: 300 }),
  }),
  fc.record({
    kind: fc.constant("answer" as const),
    request: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    answer: fc.record({
      status: fc.integer({ min: 200, max: 599 }),
      headers: fc.array(fc.tuple(byteString, byteString), { maxLength: 20 }),
      body: fc.option(fc.uint8Array({ maxLength: 300 })),
    }),
  }),
  fc.record({
    kind: fc.constant("stepped" as const),
    id: fc.integer({ min: 0, max: 0xffff_ffff }),
  }),
);

Deno.test("a packet gives back every record that was written, in order", () => {
  fc.assert(fc.property(fc.array(record, { maxLength: 12 }), (records) => {
    const packet = new MsgpackWriter(16);
    for (const it of records) {
      if (it.kind === "event") writeEvent(packet, it.id, it.event, it.payload);
      else if (it.kind === "stepped") writeStepped(packet, it.id);
      else writeAnswer(packet, it.request, it.answer as Answer);
    }
    const read: unknown[] = [];
    readPacket(packet.finish(), {
      event: (id, event, payload) =>
        read.push({ kind: "event", id, event, payload }),
      answer: (request, answer) =>
        read.push({ kind: "answer", request, answer }),
      stepped: (id) => read.push({ kind: "stepped", id }),
    });
    assertEquals(read, records);
  }));
});

Deno.test("readPacket() ends on any bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
    try {
      readPacket(bytes, {});
    } catch {
      // Refused is as good as read.
    }
  }));
  assertThrows(
    () => readPacket(new Uint8Array([9]), {}),
    TypeError,
    "no known",
  );
});

Deno.test("what is large, or still to come, is not for a packet", () => {
  const answer = { status: 200, headers: [] };
  assertEquals(fitsEvent(new Uint8Array(65536)), true);
  assertEquals(fitsEvent(new Uint8Array(65537)), false);
  assertEquals(fitsAnswer({ ...answer, body: null }), true);
  assertEquals(fitsAnswer({ ...answer, body: new Uint8Array(65537) }), false);
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>();
  assertEquals(fitsAnswer({ ...answer, body }), false);
});

Deno.test("a channel keeps the order of messages and packets, one batch a turn", () => {
  const posted: unknown[][] = [];
  const end: MessageEnd = {
    postMessage: (batch) => void posted.push(batch as unknown[]),
    addEventListener: () => {},
  };
  const turns: (() => void)[] = [];
  const channel = new Channel<string, string>(end, (it) => turns.push(it), {
    message: () => {},
    packet: () => {},
  });
  channel.send("a");
  writeStepped(channel.packet, 1);
  writeStepped(channel.packet, 2);
  channel.send("b");
  writeStepped(channel.packet, 3);
  assertEquals([posted.length, turns.length], [0, 1]);
  turns[0]!();
  const [batch] = posted;
  const shown = batch!.map((item) => {
    if (!(item instanceof Uint8Array)) return item;
    assertEquals(item.byteLength, item.buffer.byteLength);
    const ids: number[] = [];
    readPacket(item, { stepped: (id) => void ids.push(id) });
    return ids;
  });
  assertEquals(shown, ["a", [1, 2], "b", [3]]);
  channel.flush();
  assertEquals(posted.length, 1);
});

Deno.test("a channel goes on when there was no stack left for it", () => {
  const posted: unknown[][] = [];
  const turns: (() => void)[] = [];
  const errors: Error[] = [];
  const fail = (): void => {
    const error = errors.shift();
    if (error !== undefined) throw error;
  };
  const end: MessageEnd = {
    postMessage: (batch) => {
      fail();
      posted.push(batch as unknown[]);
    },
    addEventListener: () => {},
  };
  const later = (flush: () => void): void => {
    fail();
    turns.push(flush);
  };
  const channel = new Channel<string, string>(end, later, {
    message: () => {},
    packet: () => {},
  });
  errors.push(new RangeError("no stack for later()"));
  assertThrows(() => channel.send("a"), RangeError);
  channel.send("b");
  assertEquals(turns.length, 1);
  errors.push(new RangeError("no stack for postMessage()"));
  assertThrows(() => channel.flush(), RangeError);
  channel.send("c");
  assertEquals([turns.length, posted.length], [1, 0]);
  turns[0]!();
  assertEquals(posted, [["a", "b", "c"]]);
  // What can't be sent at all is not kept.
  channel.send("d");
  errors.push(new TypeError("not to be cloned"));
  assertThrows(() => channel.flush(), TypeError);
  channel.send("e");
  channel.flush();
  assertEquals(posted[1], ["e"]);
});
