import { assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import type { SqlValue } from "../../abi/sqlite.ts";
import { SqlConnection } from "./connection.ts";
import { temporaryRoot } from "./testing/fake_cell.ts";

const SCHEMA = [
  "CREATE TABLE t(i INT, r REAL, s TEXT, n NUMERIC, x, k TEXT COLLATE NOCASE)",
  "CREATE TABLE u(i INT, r REAL, s TEXT COLLATE NOCASE, x)",
];
const VALUES: readonly Exclude<SqlValue, boolean>[] = [
  ...[null, 1n, 2n, 7n, 2n ** 63n - 1n, 1.0, 2.5],
  ...["1", "2.0", "a", "A", "b", "", new Uint8Array([97])],
];

/** The same rows in a database that is read directly, and in one of a cell. */
async function twice(
  use: (plain: DatabaseSync, ours: SqlConnection) => void,
): Promise<void> {
  await using root = await temporaryRoot();
  const options = { readBigInts: true, returnArrays: true };
  using plain = new DatabaseSync(":memory:", options as object);
  const ours = new SqlConnection(`${root.path}/cell.db`, () => false);
  try {
    const run = (sql: string, ...values: Exclude<SqlValue, boolean>[]) => {
      plain.prepare(sql).run(...values);
      ours.exec(sql, values);
    };
    for (const sql of SCHEMA) run(sql);
    for (let at = 0; at < 20; at++) {
      const value = (step: number) => VALUES[(at * step) % VALUES.length]!;
      run(
        "INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)",
        ...[1, 3, 5, 9, 11, 13].map(value),
      );
      run("INSERT INTO u VALUES (?, ?, ?, ?)", ...[13, 5, 3, 1].map(value));
    }
    use(plain, ours);
  } finally {
    ours.close();
  }
}

/** Of 1 and 1.0, which are equal, SQLite keeps either; and it makes REAL of INTEGER to sort them. */
function loose(value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}

const compound = fc.constantFrom("UNION", "UNION ALL", "EXCEPT", "INTERSECT");
// None that has a collation of its own: of what is equal then, either is kept.
const ofT = fc.constantFrom("i", "r", "s", "n", "x", "1", "'A'");
const ofU = fc.constantFrom("i", "r", "x", "2.5", "9007199254740993");
const order = fc.constantFrom(
  "",
  " ORDER BY 1, 2",
  " ORDER BY 1 COLLATE NOCASE, 2 DESC",
  " ORDER BY p DESC NULLS LAST, 2 COLLATE BINARY",
);

const query = fc.oneof(
  fc.tuple(ofT, ofT, compound, ofU, ofU, order).map((
    [a, b, and, c, d, order],
  ) => `SELECT ${a} AS p, ${b} FROM t ${and} SELECT ${c}, ${d} FROM u${order}`),
  fc.tuple(ofT, ofT, compound, ofU, ofU, order).map((
    [a, b, and, c, d, order],
  ) =>
    `WITH v(a, b) AS (SELECT ${c}, ${d} FROM u) SELECT ${a} AS p, ${b} FROM t ${and} SELECT a, b FROM v${order}`
  ),
  fc.tuple(ofT, compound, ofU, compound, ofT).map(([a, and, b, or, c]) =>
    `SELECT ${a}, 1 FROM t ${and} SELECT ${b}, r FROM u ${or} SELECT ${c}, r FROM t`
  ),
  fc.tuple(compound, ofU).map(([and, a]) =>
    `VALUES (1, 2), (2.0, 'a') ${and} SELECT ${a}, s FROM u`
  ),
);

Deno.test("several queries in one yield what they yield without the host's function", async () => {
  await twice((plain, ours) => {
    fc.assert(
      fc.property(query, (sql) => {
        const expected = plain.prepare(sql).all() as unknown[] as unknown[][];
        const got = (ours.query(sql, []).rows as unknown[]) as unknown[][];
        const isExact = !/UNION (?!ALL)|EXCEPT|INTERSECT|ORDER/.test(sql);
        const seen = (rows: unknown[][]): unknown =>
          isExact ? rows : rows.map((row) => row.map(loose).join()).sort();
        assertEquals(seen(got), seen(expected), sql);
      }),
      { numRuns: 400 },
    );
  });
});

Deno.test("several queries in one keep their rows and their order", async () => {
  await twice((plain, ours) => {
    const queries = [
      "SELECT s FROM t WHERE s IN ('a', 'A') EXCEPT SELECT 'a' ORDER BY 1 COLLATE NOCASE",
      "SELECT s FROM t WHERE s IN ('a', 'A') INTERSECT SELECT 'a' ORDER BY 1 COLLATE NOCASE",
      "SELECT r FROM t UNION ALL SELECT i FROM t",
      "SELECT 9223372036854775807 UNION ALL SELECT r FROM t",
      "SELECT s AS p, i FROM t UNION ALL SELECT x, i FROM u ORDER BY p, 2 LIMIT 7 OFFSET 2",
      "VALUES (1), (2.0), ('a')",
      "SELECT i AS p, k FROM t WHERE i = 1 EXCEPT SELECT 1, 'q' ORDER BY 2, 1 COLLATE BINARY",
      "WITH w AS (SELECT 1) VALUES ('x'), ('y') UNION SELECT k FROM t -- all",
      "WITH w AS (SELECT 1) VALUES ('b'), ('y') EXCEPT SELECT k FROM t",
      "SELECT i, i FROM t INTERSECT SELECT i, i FROM u ORDER BY 1 DESC LIMIT 2",
      "SELECT (SELECT 1 UNION SELECT 2 ORDER BY 1 LIMIT 1), count(*) FROM t UNION ALL SELECT 3, 4 ORDER BY 2",
    ];
    for (const sql of queries) {
      assertEquals(
        ours.query(sql, []).rows as unknown[],
        plain.prepare(sql).all() as unknown[],
        sql,
      );
    }
  });
});

Deno.test("as many queries in one as SQLite takes are read", async () => {
  await twice((plain, ours) => {
    const sql = Array(500).fill("SELECT 1").join(" UNION ALL ");
    assertEquals(
      ours.query(sql, []).rows as unknown[],
      plain.prepare(sql).all() as unknown[],
    );
  });
});

Deno.test("RETURNING yields each row's own values, named with and without AS", async () => {
  await twice((_plain, ours) => {
    const returned = (list: string): unknown[] =>
      ours.query(`INSERT INTO u(i) VALUES (1), (2) RETURNING ${list}`, [])
        .rows as unknown[];
    const before = returned("last_insert_rowid() AS id")[1] as [bigint];
    const [id] = before;
    assertEquals(returned("last_insert_rowid() id, i"), [
      [id + 1n, 1n],
      [id + 2n, 2n],
    ]);
    assertEquals(
      returned(`(SELECT count(*) FROM u) - 0 "n", i IS NULL, i + 1 'next'`),
      [[id + 3n, 0n, 2n], [id + 4n, 0n, 3n]],
    );
    const before5 = [5n, new Uint8Array([0x41]), 10n];
    assertEquals(returned("5 m, x'41', 2 * 5 -- ten\n"), [before5, before5]);
    const tokens = returned("hex(randomblob(8)) token").flat();
    assertEquals(new Set(tokens).size, 2);
  });
});
