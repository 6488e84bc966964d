import { assertEquals } from "@std/assert";
import { renamingOf } from "./renaming.ts";

Deno.test("renamingOf() reads which name becomes which", () => {
  for (
    const [sql, from, to] of [
      ["ALTER TABLE a RENAME TO b", "a", "b"],
      ["alter table main.a rename to b;", "a", "b"],
      ["ALTER TABLE a RENAME COLUMN x TO y", "x", "y"],
      ["ALTER TABLE a RENAME x TO y", "x", "y"],
      ["ALTER TABLE temp . a RENAME COLUMN x TO y ;", "x", "y"],
      [`ALTER TABLE "a ""b""" RENAME TO [c d]`, `a "b"`, "c d"],
      ["ALTER TABLE 'it''s' RENAME TO `a``b`", "it's", "a`b"],
      ["ALTER /* TO */ TABLE a -- RENAME\n RENAME TO b", "a", "b"],
      ["ALTER TABLE rename RENAME TO to", "rename", "to"],
      ["ALTER TABLE a RENAME to TO rename", "to", "rename"],
      ["ALTER TABLE a RENAME COLUMN to TO to", "to", "to"],
      ["ALTER TABLE a RENAME COLUMN column TO x", "column", "x"],
    ] as const
  ) assertEquals(renamingOf(sql), { from, to }, sql);
});

Deno.test("renamingOf() finds nothing in what renames nothing", () => {
  for (
    const sql of [
      "ALTER TABLE a ADD COLUMN rename TO",
      "ALTER TABLE a ADD rename TEXT DEFAULT 'TO'",
      "ALTER TABLE a DROP COLUMN x",
      "ALTER TABLE a RENAME",
      "ALTER TABLE a RENAME TO",
      "ALTER",
    ]
  ) assertEquals(renamingOf(sql), undefined, sql);
});
