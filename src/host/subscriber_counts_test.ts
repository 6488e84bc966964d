import { assert, assertEquals } from "@std/assert";
import { type SubscriberCount, SubscriberCounts } from "./subscriber_counts.ts";

interface Rig {
  readonly counts: SubscriberCounts;
  readonly sent: SubscriberCount[][];
  readonly untold: Int32Array;
}

function rig(): Rig {
  const sent: SubscriberCount[][] = [];
  const untold = new Int32Array(new SharedArrayBuffer(4));
  const counts = new SubscriberCounts(untold, (batch) => sent.push(batch));
  return { counts, sent, untold };
}

Deno.test("SubscriberCounts tells a worker that waits for nothing at once", () => {
  const { counts, sent, untold } = rig();
  counts.changed("/a", 1);
  assertEquals(sent, [[["/a", 1]]]);
  counts.taken();
  counts.changed("/a", 0);
  assertEquals(sent, [[["/a", 1]], [["/a", 0]]]);
  assertEquals(untold[0], 0);
});

Deno.test("SubscriberCounts has one batch under way, and says so while it holds more", () => {
  const { counts, sent, untold } = rig();
  counts.changed("/a", 1);
  counts.changed("/a", 2);
  counts.changed("/b", 1);
  assertEquals([sent.length, untold[0]], [1, 1]);
  counts.taken();
  assertEquals(sent[1], [["/a", 2], ["/b", 1]]);
  assertEquals(untold[0], 0);
  counts.taken();
  assertEquals(sent.length, 2);
});

Deno.test("SubscriberCounts forgets clients that came and went while a worker was busy", () => {
  const { counts, sent, untold } = rig();
  counts.changed("/first", 1);
  for (let i = 0; i < 10_000; i++) {
    counts.changed(`/${i}`, 1);
    counts.changed(`/${i}`, 0);
  }
  assertEquals(untold[0], 0);
  counts.changed("/first", 0);
  counts.taken();
  assertEquals(sent, [[["/first", 1]], [["/first", 0]]]);
  counts.taken();
  assert(sent.length === 2);
});
