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

Deno.test("a guest is stopped whatever its deadline, also when it comes only then", () => {
  const keeper = new DeadlineKeeper();
  const word = (): Int32Array => new Int32Array(new SharedArrayBuffer(4));
  const untold = { expired: fail, late: fail, stuck: fail };
  const [known, later, other] = [word(), word(), word()] as const;
  const watches = [known, later, other].map(() =>
    keeper.watch(new Int32Array(new SharedArrayBuffer(4)), 60_000, untold)
  );
  watches[0]!.attach(known);
  watches[0]!.stop();
  watches[1]!.stop();
  watches[1]!.attach(later);
  watches[2]!.attach(other);
  for (const watch of watches) watch.end();
  assertEquals([known[0], later[0], other[0]], [1, 1, 0]);
});

function fail(): void {
  throw new Error("nobody's time was over");
}
