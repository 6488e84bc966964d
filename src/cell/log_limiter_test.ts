import { assertEquals } from "@std/assert";
import { LIMITS } from "../limits.ts";
import { TestLogger } from "../testing/cell_folder.ts";
import { LogLimiter } from "./log_limiter.ts";

Deno.test("LogLimiter passes on what is within a second's limit and counts the rest", () => {
  const to = new TestLogger();
  let now = 0;
  const limiter = new LogLimiter(to, () => now);
  for (let i = 0; i < LIMITS.logRecords + 7; i++) limiter.log("info", "x");
  assertEquals(to.records.length, LIMITS.logRecords);
  now = 1000;
  limiter.log("info", "next");
  assertEquals(to.records.slice(LIMITS.logRecords), [
    { level: "warn", message: "log records dropped", fields: { dropped: 7 } },
    { level: "info", message: "next", fields: {} },
  ]);
});

Deno.test("LogLimiter counts long records by their size", () => {
  const to = new TestLogger();
  const limiter = new LogLimiter(to, () => 0);
  const text = "x".repeat(LIMITS.logTextBytes);
  for (let i = 0; i <= LIMITS.logChars / LIMITS.logTextBytes; i++) {
    limiter.log("info", text);
  }
  limiter.flush();
  assertEquals(to.records.at(-1)?.fields, { dropped: 1 });
});

Deno.test("LogLimiter counts the text in fields too", () => {
  const to = new TestLogger();
  const limiter = new LogLimiter(to, () => 0);
  limiter.log("warn", "x", { provider: "p".repeat(LIMITS.logChars) });
  limiter.flush();
  assertEquals(to.messages(), ["log records dropped"]);
});
