import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ACTION } from "./node_sqlite.ts";
import { rule, type Ruling } from "./policy.ts";

const pragma = (first: string, second: string | null): Ruling =>
  rule({ action: ACTION.pragma, first, second, keyword: "PRAGMA" });

Deno.test("rule() lets a cell set up its own database", () => {
  for (
    const [name, value] of [
      ["foreign_keys", "off"],
      ["user_version", "7"],
      ["Journal_Mode", "WAL"],
      ["synchronous", "NORMAL"],
      ["busy_timeout", "5000"],
      ["cache_size", "-2000"],
      ["wal_checkpoint", "TRUNCATE"],
      ["journal_mode", null],
    ] as const
  ) assertEquals(pragma(name, value), true, name);
});

Deno.test("rule() passes over settings that weaken, or take from the host", () => {
  for (
    const [name, value] of [
      ["journal_mode", "off"],
      ["synchronous", "off"],
      ["synchronous", "256"],
      ["synchronous", "0"],
      ["busy_timeout", "5001"],
      ["busy_timeout", "1e9"],
      ["cache_size", "-65537"],
      ["cache_size", "99999999999"],
      ["temp_store", "memory"],
      ["mmap_size", "1000000"],
      ["hard_heap_limit", "1"],
      ["threads", "8"],
      ["locking_mode", "exclusive"],
      ["key", "secret"],
      ["constructor", "x"],
    ] as const
  ) assertEquals(pragma(name, value), false, `${name}=${value}`);
});

Deno.test("rule() refuses whatever reaches other files or the schema's own table", () => {
  for (
    const name of [
      "temp_store_directory",
      "DATA_STORE_DIRECTORY",
      "writable_schema",
    ]
  ) {
    assertEquals(typeof pragma(name, "1"), "string");
    assertEquals(typeof pragma(name, null), "string");
  }
});

Deno.test("rule() never allows a named file to be attached", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("ATTACH", "VACUUM", "SELECT", ""),
      fc.option(fc.string({ minLength: 1 })),
      (keyword, first) => {
        const act = { action: ACTION.attach, first, second: null, keyword };
        assertEquals(typeof rule(act), "string");
      },
    ),
  );
  const vacuum = { action: ACTION.attach, first: "", second: null };
  assertEquals(rule({ ...vacuum, keyword: "VACUUM" }), true);
  assertEquals(typeof rule({ ...vacuum, keyword: "ATTACH" }), "string");
});
