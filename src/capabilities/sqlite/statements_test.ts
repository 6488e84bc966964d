import {
  assert,
  assertEquals,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import { LIMITS } from "../../limits.ts";
import { openSqlite } from "./node_sqlite.ts";
import { FakeCell, temporaryRoot } from "./testing/fake_cell.ts";

Deno.test("sqlite_exec reports affected rows and the last id", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  const created = cell.run("CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
  assertEquals([created.rows_affected, created.last_insert_id], [0n, 0n]);
  const inserted = cell.run("INSERT INTO t(v) VALUES (1), (2), (3)");
  assertEquals([inserted.rows_affected, inserted.last_insert_id], [3n, 3n]);
  assertEquals(inserted.error, undefined);
  const updated = cell.run(
    "WITH n AS (SELECT 2) UPDATE t SET v = 0 WHERE id > 1",
  );
  assertEquals([updated.rows_affected, updated.last_insert_id], [2n, 3n]);
  assertEquals(cell.run("CREATE INDEX i ON t(v)").rows_affected, 0n);
  assertEquals(cell.run("SELECT * FROM t").rows_affected, 0n);
  const big = cell.run("INSERT INTO t VALUES (?, 1)", 2n ** 63n - 1n);
  assertEquals(big.last_insert_id, 2n ** 63n - 1n);
  assertEquals(
    cell.run("PRAGMA user_version = 3").last_insert_id,
    2n ** 63n - 1n,
  );
});

Deno.test("sqlite_exec runs every statement of a text", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  const answer = cell.run(
    `
    -- A table, a trigger, rows.
    CREATE TABLE t(v); CREATE TABLE log(v);
    CREATE TRIGGER seen AFTER INSERT ON t BEGIN
      INSERT INTO log VALUES (CASE WHEN new.v THEN 'yes; ' ELSE 'no' END);
    END;
    INSERT INTO t VALUES (?), (?);;
    INSERT INTO t VALUES (?1);
    SELECT 1;
  `,
    1n,
    0n,
  );
  assertEquals(answer.rows_affected, 1n);
  assertEquals(cell.rows("SELECT v FROM log").flat(), ["yes; ", "no", "yes; "]);
  assertEquals(cell.run(" ; -- nothing\n").rows_affected, 0n);
});

Deno.test("sqlite_exec keeps what ran before a statement that failed", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  const answer = cell.exec(
    "CREATE TABLE t(v UNIQUE); INSERT INTO t VALUES (1); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)",
  );
  assertEquals(answer.code, 13);
  assertEquals(answer.rows_affected, 0n);
  assertEquals(cell.rows("SELECT v FROM t"), [[1n]]);
});

Deno.test("sqlite_query names columns, repeats them, and has nil for no rows", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  cell.run("CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
  const empty = cell.query("SELECT id, v, id, v AS id FROM t");
  assertEquals(empty.columns, ["id", "v", "id", "id"]);
  assertEquals(empty.rows, null);
  cell.run("INSERT INTO t VALUES (1, 'x')");
  assertEquals(cell.rows("SELECT id, v, id, v AS id FROM t"), [
    [1n, "x", 1n, "x"],
  ]);
  const none = cell.query("UPDATE t SET v = 'y'");
  assertEquals([none.code, none.columns, none.rows], [0, [], null]);
  assertEquals(cell.rows("SELECT v FROM t"), [["y"]]);
});

Deno.test("sqlite_query keeps the order of rows, and answers with the last statement's", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  cell.run("CREATE TABLE t(v); INSERT INTO t VALUES (2), (3), (1)");
  assertEquals(cell.rows("SELECT v FROM t ORDER BY v DESC").flat(), [
    3n,
    2n,
    1n,
  ]);
  assertEquals(
    cell.rows("SELECT v FROM t ORDER BY v LIMIT 2").flat(),
    [1n, 2n],
  );
  assertEquals(
    cell.rows(
      "SELECT 1 UNION ALL SELECT 2 ORDER BY 1 DESC; VALUES (7), (5); DELETE FROM t;",
    )
      .flat(),
    [7n, 5n],
  );
  assertEquals(
    cell.rows("WITH c AS (SELECT 1 AS x) SELECT x FROM c -- end").flat(),
    [1n],
  );
});

Deno.test("sqlite_query answers RETURNING", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  cell.run(
    'CREATE TABLE t(id INTEGER PRIMARY KEY, "a ""b" TEXT UNIQUE, v REAL)',
  );
  const answer = cell.query(
    'INSERT INTO t("a ""b", v) VALUES (?, 1), (\'two\', 2) RETURNING *, v * 2 twice, (SELECT max(id, 9)) AS "n", \'x, *\', random() <> 0',
    "one",
  );
  assertEquals(answer.columns, [
    "id",
    'a "b',
    "v",
    "twice",
    "n",
    "'x, *'",
    "random() <> 0",
  ]);
  assertEquals(answer.rows, [
    [1n, "one", 1, 2, 9n, "x, *", 1n],
    [2n, "two", 2, 4, 9n, "x, *", 1n],
  ]);
  assertEquals(cell.rows("DELETE FROM t WHERE id = 1 RETURNING id").flat(), [
    1n,
  ]);
  const random = cell.rows(
    "INSERT INTO t(v) VALUES (1), (2) RETURNING random() AS r",
  ).flat();
  assertNotEquals(random[0], random[1]);
  const failed = cell.query("INSERT INTO t VALUES (2, 'x', 0) RETURNING id");
  assertEquals(failed.code, 13);
  assertEquals([failed.columns, failed.rows], [null, null]);
});

Deno.test("sqlite_query answers PRAGMA and EXPLAIN", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  cell.run("CREATE TABLE t(id INTEGER PRIMARY KEY REFERENCES p, v)");
  const info = cell.query("PRAGMA table_info('t')");
  assertEquals(info.columns?.slice(0, 3), ["cid", "name", "type"]);
  assertEquals(info.rows?.map((row) => row[1]), ["id", "v"]);
  assertEquals(cell.rows("PRAGMA table_list(t)")[0]?.slice(0, 3), [
    "main",
    "t",
    "table",
  ]);
  cell.run(
    "PRAGMA foreign_keys = OFF; CREATE TABLE p(id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1, 1)",
  );
  assertEquals(cell.query("PRAGMA foreign_key_check").rows, [[
    "t",
    1n,
    "p",
    0n,
  ]]);
  assertEquals(
    cell.query("EXPLAIN QUERY PLAN SELECT * FROM t").rows?.length,
    1,
  );
  assert((cell.query("EXPLAIN SELECT * FROM t").rows?.length ?? 0) > 4);
});

Deno.test("storage.sqlite keeps a transaction open between calls, and foreign keys on", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  cell.run(
    "CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE t(v REFERENCES p)",
  );
  assertEquals(cell.exec("INSERT INTO t VALUES (1)").code, 13);
  cell.run("BEGIN");
  cell.run("INSERT INTO p VALUES (1)");
  cell.run("ROLLBACK");
  assertEquals(cell.rows("SELECT * FROM p"), []);
  cell.run("BEGIN");
  cell.run("INSERT INTO p VALUES (1)");
  cell.run("INSERT INTO t VALUES (1)");
  cell.run("COMMIT");
  assertEquals(cell.rows("SELECT v FROM t"), [[1n]]);
  assertEquals(cell.exec("COMMIT").code, 5);
});

Deno.test("storage.sqlite says what is wrong, with SQLite's words and the right code", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  cell.run("CREATE TABLE t(id INTEGER PRIMARY KEY, v NOT NULL CHECK (v > 0))");
  const failures: [sql: string, code: number, text: string][] = [
    ["SELEC 1", 5, 'near "SELEC": syntax error'],
    ["SELECT * FROM nowhere", 5, "no such table: nowhere"],
    [
      "INSERT INTO t VALUES (1, NULL)",
      13,
      "NOT NULL constraint failed: t.v (1299)",
    ],
    ["INSERT INTO t VALUES (1, 0)", 13, "CHECK constraint failed: v > 0"],
    ["SELECT abs(-9223372036854775808)", 5, "integer overflow"],
    [
      "SELECT ?, ?",
      5,
      "Cannot bind parameter 1: the statement takes 2, 0 given",
    ],
    ["SELECT 1\0", 5, "there is a NUL in it"],
  ];
  for (const [sql, code, text] of failures) {
    for (const answer of [cell.exec(sql), cell.query(sql)]) {
      // A failure behind the first row is none for sqlite_exec, which has no rows.
      assertEquals(answer.code, code, sql);
      assertStringIncludes(answer.error ?? "", text);
    }
  }
  cell.run("PRAGMA query_only = ON");
  assertEquals(cell.exec("INSERT INTO t VALUES (1, 1)").code, 14);
  assertEquals(cell.records.map(({ level }) => level), ["warn"]);
});

Deno.test("storage.sqlite checks in the order of the contract", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  const { memory } = cell;
  const outside = memory.bytes.length;
  const sql = memory.put(new TextEncoder().encode("SELECT 1"));
  const map = memory.put(new Uint8Array([0x80]));
  const latin = memory.put(new Uint8Array([0xe9]));
  for (const name of ["sqlite_exec", "sqlite_query"] as const) {
    assertEquals(cell.raw(name, outside, 0, outside, 9, 0, 4), 1);
    assertEquals(cell.raw(name, outside, 8, map, 1, 0, 4), 2);
    assertEquals(cell.raw(name, sql, -1, map, 1, 0, 4), 2);
    assertEquals(cell.raw(name, sql, 8, outside, 1, 0, 4), 2);
    assertEquals(cell.raw(name, sql, 8, map, 1, 0, 4), 3);
    // What is wrong with the text of a statement comes last.
    const tooLong = LIMITS.sqliteTextBytes + 1;
    assertEquals(cell.raw(name, 64, tooLong, outside, 1, 0, 4), 2);
    assertEquals(cell.raw(name, 64, tooLong, map, 1, 0, 4), 3);
    assertEquals(cell.raw(name, latin, 1, map, 1, 0, 4), 3);
    assertEquals(cell.raw(name, latin, 1, 0, 0, 0, 4), 5);
    assertEquals(cell.raw(name, sql, 8, 0, 0, 0, outside), 8);
    assertEquals(cell.raw(name, 64, LIMITS.sqliteTextBytes + 1, 0, 0, 0, 4), 5);
    assertEquals(cell.raw(name, sql, 8, 64, LIMITS.messageBytes + 1, 0, 4), 5);
  }
});

Deno.test("sqlite_exec of the older signature answers with a code alone", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  const { memory } = cell;
  const put = (sql: string): [number, number] => {
    const bytes = new TextEncoder().encode(sql);
    return [memory.put(bytes), bytes.length];
  };
  assertEquals(
    cell.raw("sqlite_exec", ...put("CREATE TABLE t(v UNIQUE)"), 0, 0),
    0,
  );
  const insert = put("INSERT INTO t VALUES (1)");
  const before = memory.top;
  assertEquals(cell.raw("sqlite_exec", ...insert, 0, 0), 0);
  assertEquals(cell.raw("sqlite_exec", ...insert, 0, 0), 13);
  assertEquals([memory.top, memory.u32(0)], [before, 0]);
});

Deno.test("storage.sqlite bounds the rows and the size of an answer while they come", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  const endless =
    "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)";
  const many = cell.query(`${endless} SELECT NULL FROM c`);
  assertEquals(many.code, 5);
  assertStringIncludes(many.error ?? "", `more than ${LIMITS.sqliteRows} rows`);
  const large = cell.query(`${endless} SELECT zeroblob(100000) FROM c`);
  assertEquals(large.code, 5);
  assertStringIncludes(large.error ?? "", "larger than");
  const wide = cell.query(`SELECT zeroblob(${LIMITS.messageBytes + 1})`);
  assertStringIncludes(wide.error ?? "", "too big");
  cell.run("CREATE TABLE t(v)");
  const returned = cell.query(
    `INSERT INTO t ${endless} SELECT x FROM c LIMIT 1000 RETURNING zeroblob(100000)`,
  );
  assertEquals(returned.code, 5);
  assertEquals(cell.rows("SELECT count(*) FROM t"), [[0n]]);
  // SQLite computes an item with a bare name once, when it is the same for all.
  const repeated = cell.query(
    `INSERT INTO t ${endless} SELECT x FROM c LIMIT 1000 RETURNING zeroblob(100000) z`,
  );
  assertEquals(repeated.code, 5);
  assertStringIncludes(repeated.error ?? "", "larger than");
});

Deno.test("storage.sqlite counts only rows that are in the answer", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  const rows = cell.rows(
    `WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 2000)
     SELECT x, zeroblob(10000) FROM c ORDER BY x DESC LIMIT 2`,
  );
  assertEquals(rows.map(([x]) => x), [2000n, 1999n]);
});

Deno.test("storage.sqlite answers queries of more columns than a function takes", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  const columns = Array.from({ length: 1999 }, (_, at) => `c${at}`);
  cell.run(
    `CREATE TABLE t(${columns.join()}); INSERT INTO t(c0, c1998) VALUES (1, 2), (3, 4)`,
  );
  const answer = cell.query("SELECT * FROM t ORDER BY c0 DESC");
  assertEquals(answer.columns, columns);
  assertEquals(answer.rows?.map((row) => [row.length, row[0], row[1998]]), [
    [1999, 3n, 4n],
    [1999, 1n, 2n],
  ]);
  assertEquals(cell.rows("DELETE FROM t RETURNING *")[0]?.length, 1999);
});

Deno.test("storage.sqlite sees schema changes, its own and those of others", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  cell.run("CREATE TABLE t(a); INSERT INTO t VALUES (1)");
  const all = (): unknown[] => {
    const { columns, rows } = cell.query("SELECT * FROM t");
    return [columns, rows];
  };
  const insert = (): unknown =>
    cell.query("INSERT INTO t(a) VALUES (3) RETURNING *").columns;
  assertEquals(all(), [["a"], [[1n]]]);
  assertEquals(insert(), ["a"]);
  cell.run("DELETE FROM t WHERE a = 3; ALTER TABLE t ADD COLUMN b DEFAULT 2");
  assertEquals(all(), [["a", "b"], [[1n, 2n]]]);
  const other = openSqlite(cell.path, 0);
  other.prepare("ALTER TABLE t RENAME COLUMN b TO c").run();
  assertEquals(all(), [["a", "c"], [[1n, 2n]]]);
  assertEquals(insert(), ["a", "c"]);
  other.prepare("ALTER TABLE t DROP COLUMN c").run();
  other.close();
  assertEquals(insert(), ["a"]);
  assertEquals(all(), [["a"], [[1n], [3n], [3n]]]);
  cell.run("CREATE TEMP TABLE s(x)");
  assertEquals(cell.query("SELECT * FROM s").columns, ["x"]);
  cell.run("DROP TABLE s; CREATE TEMP TABLE s(y)");
  assertEquals(cell.query("SELECT * FROM s").columns, ["y"]);
});

Deno.test("storage.sqlite reports the error of a statement right after any other failure", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  cell.run("CREATE TABLE t(v UNIQUE); INSERT INTO t VALUES (1)");
  for (
    const failing of [
      "ATTACH 'x' AS x",
      "SELECT load_extension('x')",
      "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT zeroblob(4000000) FROM c",
      "SELEC",
    ]
  ) {
    assertEquals(cell.query(failing).code, 5, failing);
    assertEquals(cell.exec("INSERT INTO t VALUES (1)").code, 13, failing);
  }
});

Deno.test("storage.sqlite is good for many different statements", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  cell.run("CREATE TABLE t(v)");
  cell.run("BEGIN");
  for (let n = 0; n < 3 * LIMITS.sqliteStatements; n++) {
    cell.run(`INSERT INTO t VALUES (${n})`);
    assertEquals(cell.rows(`SELECT v, ${n} FROM t WHERE v = ${n}`), [
      [BigInt(n), BigInt(n)],
    ]);
  }
  cell.run("COMMIT");
});

Deno.test("storage.sqlite has full-text search, R-trees and JSON", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  cell.run(`
    CREATE VIRTUAL TABLE docs USING fts5(body);
    INSERT INTO docs VALUES ('the quick fox'), ('a lazy dog');
    CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1);
    INSERT INTO boxes VALUES (1, 0, 1), (2, 5, 6);
  `);
  assertEquals(
    cell.rows("SELECT body FROM docs WHERE docs MATCH ? ORDER BY rank", "lazy"),
    [["a lazy dog"]],
  );
  assertEquals(cell.rows("SELECT id FROM boxes WHERE x0 > ?", 4), [[2n]]);
  assertEquals(
    cell.rows("SELECT value FROM json_each('[1, 2.5, \"x\", null]')").flat(),
    [1n, 2.5, "x", null],
  );
});

Deno.test("storage.sqlite finds what a parameter of LIKE asks for each time", async () => {
  // SQLite compiles such a statement anew for each value.
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  cell.run("CREATE TABLE t(v TEXT COLLATE NOCASE PRIMARY KEY)");
  cell.run("INSERT INTO t VALUES ('apple'), ('avocado'), ('bean')");
  const find = (pattern: string): unknown =>
    cell.rows("SELECT v FROM t WHERE v LIKE ? ORDER BY v", pattern).flat();
  assertEquals(find("a%"), ["apple", "avocado"]);
  assertEquals(find("b%"), ["bean"]);
  assertEquals(find("%o%"), ["avocado"]);
});
