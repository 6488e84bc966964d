import { assertEquals } from "@std/assert";
import { LIMITS } from "../../limits.ts";
import { StatementCache } from "./statement_cache.ts";

Deno.test("StatementCache keeps the statements that were used last", () => {
  const cache = new StatementCache<number>();
  for (let n = 0; n < LIMITS.sqliteStatements; n++) cache.set(`s${n}`, n);
  assertEquals(cache.get("s0"), 0);
  cache.set("one more", -1);
  assertEquals(cache.size, LIMITS.sqliteStatements);
  assertEquals(cache.get("s1"), undefined);
  assertEquals([cache.get("s0"), cache.get("one more")], [0, -1]);
});

Deno.test("StatementCache doesn't keep long texts", () => {
  const cache = new StatementCache<number>();
  cache.set("x".repeat(LIMITS.sqliteKeptTextBytes + 1), 1);
  assertEquals(cache.size, 0);
});
