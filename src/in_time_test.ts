import { assertEquals, assertRejects } from "@std/assert";
import { inTime } from "./in_time.ts";

Deno.test("inTime() gives what comes in time, and fails as that fails", async () => {
  assertEquals(await inTime(1, 10_000), 1);
  assertEquals(await inTime(Promise.resolve(2), 10_000), 2);
  await assertRejects(
    () => inTime(Promise.reject(new TypeError("no")), 10_000),
    TypeError,
    "no",
  );
});

Deno.test("inTime() waits no longer than it may", async () => {
  await assertRejects(
    () => inTime(new Promise(() => {}), 5),
    Error,
    "it took longer than 5 ms",
  );
});
