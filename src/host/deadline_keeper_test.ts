import { assertEquals } from "@std/assert";
import { DeadlineKeeper } from "./deadline_keeper.ts";
import { PULSE } from "./protocol.ts";

const TIMEOUT_MS = 20;

Deno.test("a guest that stops late is late, and only one that does not stop is stuck", async () => {
  const keeper = new DeadlineKeeper();
  const told: string[] = [];
  const busy = (): Int32Array => {
    const pulse = new Int32Array(new SharedArrayBuffer(4 * PULSE.words));
    Atomics.add(pulse, PULSE.count, 1);
    return pulse;
  };
  const slow = busy();
  const endless = Promise.withResolvers<void>();
  const watches = [
    keeper.watch(slow, TIMEOUT_MS, {
      expired: () => {},
      late: () => {
        told.push("slow is late");
        Atomics.add(slow, PULSE.count, 1);
      },
      stuck: () => told.push("slow is stuck"),
    }),
    keeper.watch(busy(), TIMEOUT_MS, {
      expired: () => {},
      late: () => told.push("endless is late"),
      stuck: () => endless.resolve(),
    }),
  ];
  await endless.promise;
  for (const watch of watches) watch.end();
  assertEquals(told.sort(), ["endless is late", "slow is late"]);
});
