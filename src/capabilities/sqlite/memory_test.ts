import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { LIMITS } from "../../limits.ts";
import { FakeCell, temporaryRoot } from "./testing/fake_cell.ts";

/** Each level has the one below twice: SQLite takes all of them apart. */
function doubling(levels: number): string {
  const parts = ["n0 AS (SELECT 1 AS x)"];
  for (let level = 1; level <= levels; level++) {
    const below = `SELECT x + 1 AS x FROM n${level - 1}`;
    parts.push(`n${level} AS (${below} UNION ALL ${below})`);
  }
  return `WITH ${parts.join(", ")} SELECT x FROM n${levels}`;
}

function rssMb(): number {
  return Deno.memoryUsage().rss / 1e6;
}

Deno.test("a short statement that would take all memory is an error, and the cell goes on", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  const before = rssMb();
  const answer = cell.query(doubling(26));
  assertEquals(answer.code, 5);
  assertStringIncludes(`${answer.error}`, "out of memory");
  assert(rssMb() - before < 2 * LIMITS.sqliteHeapBytes / 1e6);
  assertEquals(cell.rows("SELECT 1"), [[1n]]);
});

Deno.test("statements that compile to a lot are run, and not kept", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  cell.run("CREATE TABLE t(x)");
  const many = doubling(12);
  // What is for one only.
  assertEquals(cell.rows(many).length, 4096);
  const before = rssMb();
  for (let n = 0; n < 16; n++) {
    assertEquals(cell.rows(`SELECT count(*), ${n} FROM (${many})`), [
      [4096n, BigInt(n)],
    ]);
  }
  // Kept, they would take more than 100 MB.
  assert(rssMb() - before < 60, `${rssMb() - before} MB`);
  // One that is small stays small when what it reads gets large.
  cell.run("CREATE VIEW v AS SELECT 1 AS x");
  const text = "SELECT count(*) FROM v";
  assertEquals(cell.rows(text), [[1n]]);
  cell.run("DROP VIEW v");
  cell.run(`CREATE VIEW v AS ${many}`);
  assertEquals(cell.rows(text), [[4096n]]);
  assertEquals(cell.rows(text), [[4096n]]);
  assertEquals(cell.rows("PRAGMA integrity_check"), [["ok"]]);
});

Deno.test("a statement that writes and gets large with the schema is run all the same", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  cell.run("CREATE TABLE t(x)");
  const text = "INSERT INTO t(x) SELECT 1 WHERE 1 IN (SELECT count(*) FROM v)";
  cell.run("CREATE VIEW v AS SELECT 1 AS x");
  cell.run(text);
  cell.run("DROP VIEW v");
  cell.run(`CREATE VIEW v AS SELECT * FROM (${doubling(12)}) LIMIT 1`);
  cell.run(text);
  cell.run(text);
  assertEquals(cell.rows("SELECT count(*) FROM t"), [[3n]]);
});

Deno.test("what SQLite compiles while a statement runs may be large, too", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  const columns = Array.from({ length: 1000 }, (_, n) => `c${n} INT NOT NULL`);
  cell.run(`CREATE TABLE t(${columns.join()})`);
  cell.run("ALTER TABLE t ADD COLUMN y CHECK (y IS NULL)");
  const names = "SELECT count(name) FROM pragma_table_info('t')";
  for (
    const [sql, row] of [
      [names, 1001n],
      ["SELECT * FROM pragma_quick_check('t')", "ok"],
      ["SELECT * FROM pragma_integrity_check", "ok"],
    ] as const
  ) {
    assertEquals(cell.rows(sql), [[row]]);
    assertEquals(cell.rows(sql), [[row]]);
  }
  // One that does not say so itself, and one that did nothing of the kind before.
  cell.run("CREATE VIEW v AS SELECT 1 AS n");
  assertEquals(cell.rows("SELECT n FROM v"), [[1n]]);
  cell.run("DROP VIEW v");
  cell.run(`CREATE VIEW v(n) AS ${names}`);
  assertEquals(cell.rows("SELECT n FROM v"), [[1001n]]);
  cell.run("CREATE TABLE copy(n)");
  cell.run("INSERT INTO copy SELECT n FROM v");
  assertEquals(cell.rows("SELECT n FROM copy"), [[1001n]]);
});

Deno.test("a schema has a limit, as SQLite keeps it in memory", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  const check = `CHECK (x IN (${Array(250_000).fill("1").join(",")}))`;
  cell.run(`CREATE TABLE a(x ${check})`);
  cell.run(`CREATE TEMP TABLE b(x ${check})`);
  for (
    const sql of [
      `CREATE TABLE c(x ${check})`,
      `CREATE VIEW c AS SELECT 1 IN (${Array(250_000).fill("1").join(",")})`,
      `ALTER TABLE a ADD COLUMN y ${check}`,
    ]
  ) {
    const answer = cell.exec(sql);
    assertEquals(answer.code, 5);
    assertStringIncludes(
      `${answer.error}`,
      `the most is ${LIMITS.sqliteSchemaBytes}`,
    );
  }
  cell.run("CREATE TABLE c(x)");
  cell.run("DROP TABLE a");
  cell.run(`CREATE TABLE d(x ${check})`);
});

Deno.test("a new name that stands in much of the schema counts as often as it stands there", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  cell.run(`CREATE TABLE "a ""table"""("a column")`);
  for (let n = 0; n < 200; n++) {
    cell.run(`CREATE VIEW v${n} AS SELECT "a column" FROM "a ""table"""`);
  }
  const long = "x".repeat(10_000);
  for (const what of [`TO ${long}`, `"a column" TO ${long}`]) {
    const answer = cell.exec(`ALTER TABLE "a ""table""" RENAME ${what}`);
    assertEquals(answer.code, 5);
    assertStringIncludes(
      `${answer.error}`,
      `the most is ${LIMITS.sqliteSchemaBytes}`,
    );
  }
  cell.run(`ALTER TABLE "a ""table""" RENAME TO b`);
  cell.run(`ALTER TABLE b RENAME "a column" TO ${"c".repeat(1000)}`);
  assertEquals(cell.rows("SELECT * FROM v199"), []);
});

Deno.test("a table that is made of what a query gives counts with all of its columns", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  cell.run(`CREATE TABLE t("${"x".repeat(3000)}")`);
  cell.run("INSERT INTO t VALUES (1)");
  const stars = (count: number): string => Array(count).fill("*").join(",");
  const text = `CREATE TABLE copy AS SELECT ${stars(500)} FROM t`;
  for (const answer of [cell.exec(text), cell.query(text)]) {
    assertEquals(answer.code, 5);
    assertStringIncludes(
      `${answer.error}`,
      `the most is ${LIMITS.sqliteSchemaBytes}`,
    );
  }
  assertEquals(cell.rows("SELECT name FROM sqlite_schema"), [["t"]]);
  // Within a transaction of the cell, which goes on.
  cell.run("BEGIN; INSERT INTO t VALUES (2)");
  assertEquals(cell.exec(text).code, 5);
  cell.run(`CREATE TABLE copy AS SELECT ${stars(20)} FROM t; COMMIT`);
  assertEquals(cell.rows("SELECT count(*) FROM copy"), [[2n]]);
});

Deno.test("names of columns have a limit together, as the host has to hold them", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  const stars = (count: number): string => Array(count).fill("*").join(",");
  const before = rssMb();
  cell.run(`CREATE TABLE t("${"x".repeat(100_000)}")`);
  for (
    const sql of [
      `SELECT ${stars(2000)} FROM t`,
      `SELECT ${stars(2000)} FROM (SELECT '${"y".repeat(100_000)}')`,
      `CREATE TABLE copy AS SELECT ${stars(2000)} FROM t`,
    ]
  ) {
    const answer = cell.query(sql);
    assertEquals(answer.code, 5);
    assertStringIncludes(`${answer.error}`, "too many columns in result set; ");
    assertStringIncludes(
      `${answer.error}`,
      " are the most with names as long as",
    );
  }
  assert(rssMb() - before < 500, `${rssMb() - before} MB`);
  // Likewise in a plan, and in what a check finds wrong.
  const long = `SELECT ${Array(400).fill("random()").join()}`;
  assertEquals(cell.query(`EXPLAIN ${long}`).code, 5);
  const check = cell.query("PRAGMA integrity_check(1000000)");
  assertStringIncludes(`${check.error}`, "1000000 rows are too many; ");
  // What is written out counts once, however long it is.
  const wide = (text: string): string =>
    Array.from({ length: 1500 }, (_, n) => `c${n} ${text}`).join();
  const spaces = " ".repeat(100);
  for (const how of ["exec", "query"] as const) {
    const made = cell[how](`CREATE TABLE ${how}(${wide(spaces)})`);
    assertEquals([made.code, made.error], [0, undefined]);
    const set = cell[how](`UPDATE ${how} SET ${wide(`${spaces} = 1`)}`);
    assertEquals([set.code, set.error], [0, undefined]);
    cell.run(`DROP TABLE ${how}`);
  }
  // As many columns as SQLite allows, with names as they are in practice.
  cell.run("DROP TABLE t; CREATE TABLE t(a_name_of_a_column)");
  assertEquals(cell.query(`SELECT ${stars(2000)} FROM t`).code, 0);
  assertEquals(cell.rows(`SELECT ${stars(20)} FROM t`), []);
  assertEquals(cell.rows("PRAGMA integrity_check(1000)"), [["ok"]]);
  assert(cell.rows(`EXPLAIN SELECT ${stars(2000)} FROM t`).length > 2000);
  assert(cell.rows(`EXPLAIN ${long}`).length > 400);
});

Deno.test("one value in many columns is counted before it is there many times", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  cell.run("CREATE TABLE t(a); INSERT INTO t VALUES (1)");
  const value = "x".repeat(8_000_000);
  const many = Array(500).fill("?1").join(",");
  const before = rssMb();
  for (
    const sql of [`SELECT ${many}`, `UPDATE t SET a = a RETURNING ${many}`]
  ) {
    const answer = cell.query(sql, value);
    assertEquals(answer.code, 5);
    assertStringIncludes(`${answer.error}`, "the rows are larger than");
  }
  assert(rssMb() - before < 600, `${rssMb() - before} MB`);
});
