import { assert, assertEquals, assertRejects } from "@std/assert";
import { Gate } from "./gate.ts";

/** Keeps the thread for a time. */
function compute(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end) { /* on */ }
}

Deno.test("Gate does a job within the call that brought it, when nothing else runs", () => {
  const gate = new Gate();
  const seen: unknown[] = [];
  gate.run(() => 1, (error, value) => seen.push(error, value));
  gate.run(
    () => {
      throw new TypeError("no");
    },
    (error) => seen.push((error as Error).message),
  );
  gate.run(() => 2, (_, value) => seen.push(value));
  assertEquals(seen, [undefined, 1, "no", 2]);
});

Deno.test("Gate lets one job run at a time, in order, whatever becomes of them", async () => {
  const gate = new Gate();
  const seen: string[] = [];
  const first = Promise.withResolvers<void>();
  const one = gate.enter(async () => {
    await first.promise;
    seen.push("one");
  });
  const two = gate.enter(() => {
    seen.push("two");
    throw new TypeError("two fails");
  });
  gate.run(() => seen.push("three"), () => {});
  // From within a job: behind all who wait.
  const four = gate.enter(() => {
    void gate.enter(() => seen.push("five"));
  });
  assertEquals(seen, []);
  first.resolve();
  await one;
  await assertRejects(() => two, TypeError, "two fails");
  await four;
  await gate.enter(() => {});
  assertEquals(seen, ["one", "two", "three", "five"]);
});

for (const how of ["run", "enter"] as const) {
  Deno.test(`Gate lets the thread see to other events behind a long job: ${how}`, async () => {
    const gate = new Gate();
    const seen: string[] = [];
    const job = (name: string, ms: number) => (): void => {
      compute(ms);
      seen.push(name);
    };
    const start = (name: string, ms: number): void => {
      if (how === "run") gate.run(job(name, ms), () => {});
      else void gate.enter(job(name, ms));
    };
    const timer = Promise.withResolvers<void>();
    setTimeout(() => {
      seen.push("timer");
      timer.resolve();
    }, 0);
    start("long", 80);
    start("behind", 0);
    assertEquals(seen, ["long"]);
    await gate.enter(() => {});
    await timer.promise;
    assertEquals(seen, ["long", "timer", "behind"]);
  });
}

Deno.test("Gate tells at once what has come of a long job, and does not rest before that", async () => {
  const gate = new Gate();
  const seen: string[] = [];
  gate.run(() => compute(80), () => seen.push("long"));
  gate.run(() => {}, () => seen.push("behind"));
  gate.tell(() => seen.push("told"));
  assertEquals(seen, ["long", "told"]);
  await gate.enter(() => {
    gate.tell(() => seen.push("behind what runs"));
    seen.push("runs");
  });
  await gate.enter(() => {});
  assertEquals(seen.slice(2), ["behind", "runs", "behind what runs"]);
});

Deno.test("Gate does short jobs that wait in one turn", async () => {
  const gate = new Gate();
  let isOver = false;
  const first = Promise.withResolvers<void>();
  const one = gate.enter(() => first.promise);
  const done: boolean[] = [];
  for (let i = 0; i < 100; i++) gate.run(() => {}, () => done.push(isOver));
  setTimeout(() => isOver = true, 0);
  first.resolve();
  await one;
  await gate.enter(() => {});
  assert(done.length === 100 && done.every((late) => !late));
});
