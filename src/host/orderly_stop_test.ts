import { assertEquals } from "@std/assert";
import type { PulpError } from "../errors.ts";
import { parseManifest } from "../manifest/parse.ts";
import { orderlyStop } from "./orderly_stop.ts";

const spec = parseManifest(
  `name = "a"\nversion = "1.0.0"\ncall_timeout_ms = 100`,
  "/cells/a/pulp.cell.toml",
);

Deno.test("a cell is given up when it does nothing any more, and not while it goes on", async () => {
  const { setTimeout, clearTimeout } = globalThis;
  let timers: { readonly ms: number; readonly run: () => void }[] = [];
  /** Time passes: the longest that is waited for. */
  const pass = (): void => {
    const longest = Math.max(...timers.map(({ ms }) => ms));
    const due = timers.filter(({ ms }) => ms === longest);
    timers = timers.filter((timer) => !due.includes(timer));
    for (const { run } of due) run();
  };
  const stopped = Promise.withResolvers<void>();
  const failures: string[] = [];
  let count = 0;
  try {
    Object.assign(globalThis, {
      setTimeout: (run: () => void, ms: number) => timers.push({ ms, run }),
      clearTimeout: () => {},
    });
    const over = orderlyStop(spec, stopped.promise, {
      hurry: () => {},
      progress: () => count,
      giveUp: (error: PulpError) => failures.push(error.message),
    });
    for (let i = 0; i < 20; i++) {
      count++;
      pass();
    }
    assertEquals(failures, []);
    pass();
    assertEquals(failures, [
      'Cannot stop cell "a" in good order: its thread does not answer',
    ]);
    stopped.resolve();
    await over;
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout });
  }
});
