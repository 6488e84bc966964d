import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { openSqlite } from "./node_sqlite.ts";
import { makesTableOfQuery, splitSql, writesRows } from "./sql_statement.ts";

const texts = (sql: string): string[] => splitSql(sql).map(({ text }) => text);
const keywords = (sql: string): string[] =>
  splitSql(sql).map(({ keyword }) => keyword);

Deno.test("splitSql() splits at semicolons that end a statement", () => {
  assertEquals(texts("SELECT 1; SELECT 2"), ["SELECT 1;", " SELECT 2"]);
  assertEquals(texts("SELECT ';' /*;*/, \"a;\", `b;`, [c;] -- ;\n;"), [
    "SELECT ';' /*;*/, \"a;\", `b;`, [c;] -- ;\n;",
  ]);
  assertEquals(texts("SELECT 'it''s; fine';x"), ["SELECT 'it''s; fine';", "x"]);
});

Deno.test("splitSql() leaves out what is blank", () => {
  for (
    const blank of [
      "",
      " ",
      ";",
      ";;",
      "-- x",
      "/* x",
      "/**/;\n",
      "\uFEFF",
      "\v",
    ]
  ) {
    assertEquals(splitSql(blank), [], JSON.stringify(blank));
  }
  assertEquals(texts(";; SELECT 1 ;-- x\n;"), [" SELECT 1 ;"]);
});

Deno.test("splitSql() keeps a trigger in one piece", () => {
  const trigger = "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN " +
    "UPDATE a SET b = CASE WHEN 1 THEN 2 END; DELETE FROM b; END;";
  assertEquals(texts(`${trigger} SELECT 1;`), [trigger, " SELECT 1;"]);
  assertEquals(texts("CREATE TABLE trigger_log(a); SELECT 1").length, 2);
});

Deno.test("splitSql() names what a statement does", () => {
  assertEquals(keywords("select 1; (x); insert into t values(1)"), [
    "SELECT",
    "",
    "INSERT",
  ]);
  assertEquals(
    keywords(
      "WITH a(x) AS (SELECT 1), b AS MATERIALIZED (SELECT 2) INSERT INTO t SELECT 1;" +
        "WITH RECURSIVE a AS NOT MATERIALIZED (VALUES (1)) VALUES (2);" +
        "WITH replace AS (SELECT 1) SELECT * FROM replace",
    ),
    ["INSERT", "VALUES", "SELECT"],
  );
  const [plan, plain, query] = splitSql(
    "EXPLAIN QUERY PLAN DELETE FROM t; EXPLAIN SELECT 1; DELETE FROM t",
  );
  assert(plan?.explained && plain?.explained && query);
  assertEquals([plan.keyword, plain.keyword], ["DELETE", "SELECT"]);
  assertEquals([plan, plain, query].map(writesRows), [false, false, true]);
});

Deno.test("splitSql() finds the parameters", () => {
  const [statement] = splitSql(
    "SELECT ?, ?12, :a, @b, $c, $d::e(f), a$1, '?', \"?\", [?], x'3f', 1e5 -- ?",
  );
  assertEquals(statement?.variables, [
    "?",
    "?12",
    ":a",
    "@b",
    "$c",
    "$d::e(f)",
  ]);
});

Deno.test("splitSql() finds the list behind RETURNING", () => {
  const sql = "DELETE FROM t WHERE (x) RETURNING id , (a, b), 'c,d' AS e; x";
  const [{ returning, bodyEnd } = { returning: undefined, bodyEnd: 0 }] =
    splitSql(sql);
  assertEquals(returning?.items, ["id", "(a, b)", "'c,d'"]);
  assertEquals(
    sql.slice(returning?.start, bodyEnd),
    " id , (a, b), 'c,d' AS e",
  );
  assertEquals(splitSql("SELECT returning FROM t")[0]?.returning, undefined);
});

Deno.test("splitSql() agrees with SQLite on where statements end", () => {
  const database = openSqlite(":memory:", 0);
  database.prepare("CREATE TABLE t(a, b, [a;])").run();
  const statement = fc.constantFrom(
    "SELECT 1",
    "SELECT ';', \"a\" FROM t WHERE b = :x",
    "INSERT INTO t VALUES (?, 'x''y;', 1)",
    "WITH c AS (SELECT 1) DELETE FROM t WHERE a IN c",
    "CREATE TRIGGER q AFTER INSERT ON t BEGIN SELECT CASE WHEN 1 THEN 2 END; DELETE FROM t; END",
    "SELECT [a;], `b` /* ; */ FROM t -- ; \n",
    "EXPLAIN CREATE TABLE u(x)",
    "VALUES (1, 'é\u{1F600}')",
  );
  const gap = fc.constantFrom("", " ", "\n", "/* ; */", "-- ;\n", ";");
  const before = fc.oneof(gap, fc.constant("\uFEFF"));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(before, statement, gap), {
        minLength: 1,
        maxLength: 5,
      }),
      (parts) => {
        const sql = parts.map((part) => part.join("")).join(";");
        const split = texts(sql);
        assertEquals(split.length, parts.length);
        for (const text of split) {
          assertEquals(database.prepare(text).sourceSQL, text);
        }
      },
    ),
  );
  database.close();
});

Deno.test("splitSql() never hands SQLite a statement that is none", () => {
  // node:sqlite crashes the process for those.
  const database = openSqlite(":memory:", 0);
  const scrap = fc.constantFrom(
    ..." ;-/*'\"`[]()?:@$#,.x1\n\t\v\f\r\uFEFF\u00a0\u2028\ud800é",
    "SELECT 1",
    "--",
    "/*",
    "*/",
    "END",
    "CREATE TRIGGER",
    "EXPLAIN",
    "WITH",
    "$a(",
  );
  fc.assert(
    fc.property(fc.array(scrap, { maxLength: 12 }), (scraps) => {
      for (const { text } of splitSql(scraps.join(""))) {
        try {
          assertEquals(database.prepare(text).sourceSQL.length, text.length);
        } catch (error) {
          assert(error instanceof Error && "errcode" in error, String(error));
        }
      }
    }),
    { numRuns: 5_000 },
  );
  database.close();
});

Deno.test("makesTableOfQuery() tells a table of a query from what else has an AS", () => {
  const isOne = (sql: string): boolean => makesTableOfQuery(splitSql(sql)[0]!);
  for (
    const sql of [
      "CREATE TABLE a AS SELECT 1",
      "create temp table if not exists main.a/**/as values (1)",
      `CREATE TABLE "as" AS WITH b AS (SELECT 1) SELECT * FROM b`,
    ]
  ) assert(isOne(sql), sql);
  for (
    const sql of [
      "CREATE TABLE a(b, c AS (b + 1))",
      `CREATE TABLE "as"(b)`,
      "CREATE VIEW a AS SELECT 1",
      "CREATE INDEX a ON b(c)",
      "CREATE TRIGGER a AFTER INSERT ON b BEGIN SELECT 1 AS c; END",
      "EXPLAIN CREATE TABLE a AS SELECT 1",
      "SELECT 1 AS a",
    ]
  ) assert(!isOne(sql), sql);
});
