import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { SqlValue } from "../../abi/sqlite.ts";
import { FakeCell, temporaryRoot } from "./testing/fake_cell.ts";

Deno.test("storage.sqlite keeps every value exactly, in both directions", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  cell.run("CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
  const value: fc.Arbitrary<SqlValue> = fc.oneof(
    fc.constant(null),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.double({ noNaN: true }),
    fc.string({ unit: "binary" }),
    fc.uint8Array(),
  );
  fc.assert(
    fc.property(fc.array(value, { minLength: 1 }), (values) => {
      cell.run("DELETE FROM t");
      for (const v of values) cell.run("INSERT INTO t(v) VALUES (?)", v);
      const stored = values.map((v) => [Object.is(v, -0) ? 0 : v]);
      assertEquals(cell.rows("SELECT v FROM t ORDER BY id"), stored);
    }),
  );
});

Deno.test("storage.sqlite tells the types of SQLite apart", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  cell.run("CREATE TABLE t(id INTEGER PRIMARY KEY, v, r REAL, i INTEGER)");
  const values = [1n, 1, "1", new Uint8Array([1]), null, true];
  for (const v of values) cell.run("INSERT INTO t(v) VALUES (?)", v);
  assertEquals(
    cell.rows("SELECT typeof(v) FROM t ORDER BY id").flat(),
    ["integer", "real", "text", "blob", "null", "integer"],
  );
  cell.run("INSERT INTO t(r, i) VALUES (?, ?)", 3n, "42");
  assertEquals(cell.rows("SELECT r, i FROM t WHERE r NOTNULL"), [[3, 42n]]);
  assertEquals(
    cell.rows(
      "SELECT 9223372036854775807, -9223372036854775808, 1e999, -1e999, 2.0",
    ),
    [[2n ** 63n - 1n, -(2n ** 63n), Infinity, -Infinity, 2]],
  );
});

Deno.test("storage.sqlite keeps an empty blob, an empty text and NULL apart", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  assertEquals(
    cell.rows(
      "SELECT ?, ?, ?, x'', '', typeof(?1), typeof(?2), typeof(?3)",
      ...[new Uint8Array(), "", null],
    ),
    [[
      new Uint8Array(),
      "",
      null,
      new Uint8Array(),
      "",
      "blob",
      "text",
      "null",
    ]],
  );
});

Deno.test("storage.sqlite reads TEXT past a NUL, and replaces what is not UTF-8", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  cell.run("CREATE TABLE t(v TEXT)");
  assertEquals(
    cell.rows(
      "INSERT INTO t VALUES (?) RETURNING v, length(v)",
      "a\0b\u{1F600}\0",
    ),
    [["a\0b\u{1F600}\0", 1n]],
  );
  assertEquals(cell.rows("SELECT v, hex(v) FROM t"), [
    ["a\0b\u{1F600}\0", "610062F09F988000"],
  ]);
  assertEquals(cell.rows("SELECT CAST(x'41ff0042' AS TEXT)"), [["A\ufffd\0B"]]);
});

Deno.test("storage.sqlite runs no SQL that is not UTF-8, and any other", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  const broken = [...new TextEncoder().encode("SELECT '"), 0xff, 0x27];
  cell.memory.reset();
  const ptr = cell.memory.put(new Uint8Array(broken));
  assertEquals(
    cell.raw("sqlite_query", ptr, broken.length, 0, 0, 0, 4),
    5,
  );
  assertEquals(cell.rows("SELECT '\ufffd'"), [["\ufffd"]]);
});

Deno.test("storage.sqlite says which parameter SQLite can't hold", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  const answer = cell.query("SELECT ?, ?", 1n, []);
  assertEquals(answer.code, 5);
  assertEquals(answer.error, "Cannot bind parameter 2: it is an array");
});
