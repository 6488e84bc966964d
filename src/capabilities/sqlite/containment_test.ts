import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { join } from "@std/path";
import { LIMITS } from "../../limits.ts";
import { SqlConnection } from "./connection.ts";
import { SqlFailure } from "./failure.ts";
import { FakeCell, temporaryRoot } from "./testing/fake_cell.ts";

Deno.test("storage.sqlite reaches no other file, whatever the process may do", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  cell.run("CREATE TABLE t(v)");
  const target = join(root.path, "elsewhere.db");
  const escapes: [sql: string, text: string, params?: string][] = [
    [`ATTACH '${target}' AS x`, "Cannot ATTACH"],
    ["ATTACH ? AS x", "Cannot ATTACH", target],
    [`ATTACH 'file:${target}?mode=rwc' AS x`, "Cannot ATTACH"],
    ["ATTACH '' AS x", "Cannot ATTACH"],
    ["ATTACH ':memory:' AS x", "Cannot ATTACH"],
    [`/* x */ attach '${target}' AS x`, "Cannot ATTACH"],
    [`SELECT 1; ATTACH '${target}' AS x`, "Cannot ATTACH"],
    ["DETACH main", "Cannot DETACH"],
    [`VACUUM INTO '${target}'`, "Cannot VACUUM INTO"],
    ["VACUUM INTO ?", "Cannot VACUUM INTO", target],
    [`VACUUM main INTO '${target}' || ''`, "Cannot VACUUM INTO"],
    ["SELECT load_extension('/tmp/x.so')", "Cannot call load_extension()"],
    ["SELECT fts3_tokenizer('simple')", "Cannot call fts3_tokenizer()"],
    [
      "SELECT fts3_tokenizer('simple', x'0011')",
      "Cannot call fts3_tokenizer()",
    ],
    [`PRAGMA temp_store_directory = '${root.path}'`, "temp_store_directory"],
    [`PRAGMA data_store_directory = '${root.path}'`, "data_store_directory"],
    ["PRAGMA writable_schema = RESET", "writable_schema"],
    ["SELECT readfile('/etc/hostname')", "no such function: readfile"],
    [`SELECT writefile('${target}', 'x')`, "no such function: writefile"],
    [
      "CREATE VIRTUAL TABLE x USING csv(filename='/etc/hostname')",
      "no such module",
    ],
    ["SELECT pulp_row(1)", "Cannot call pulp_row()"],
  ];
  for (const [sql, text, ...params] of escapes) {
    for (
      const answer of [cell.exec(sql, ...params), cell.query(sql, ...params)]
    ) {
      assertEquals(answer.code, 5, sql);
      assertStringIncludes(answer.error ?? "", text);
    }
  }
  const entries = [...Deno.readDirSync(root.path)].map(({ name }) => name);
  assertEquals(entries, ["notes"]);
  assertEquals(cell.exec("INSERT INTO t VALUES (1)").code, 0);
});

Deno.test("storage.sqlite keeps the settings that its promises rest on", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  const settings: [name: string, weaker: string, value: string | bigint][] = [
    ["journal_mode", "OFF", "wal"],
    ["journal_mode", "delete", "wal"],
    ["synchronous", "OFF", 2n],
    ["busy_timeout", "3600000", 5000n],
    ["temp_store", "MEMORY", 0n],
    ["locking_mode", "EXCLUSIVE", "normal"],
    ["mmap_size", "1073741824", 0n],
    ["hard_heap_limit", "1", BigInt(LIMITS.sqliteHeapBytes)],
    ["cell_size_check", "0", 0n],
  ];
  for (const [name, weaker, value] of settings) {
    assertEquals(cell.exec(`PRAGMA ${name} = ${weaker}`).code, 0, name);
    cell.query(`SELECT * FROM pragma_${name}('${weaker}')`);
    assertEquals(cell.rows(`PRAGMA ${name}`)[0]?.[0], value, name);
  }
  assertEquals(cell.rows("PRAGMA foreign_keys"), [[1n]]);
  assertEquals(cell.rows("PRAGMA synchronous = NORMAL; PRAGMA synchronous"), [[
    1n,
  ]]);
});

Deno.test("storage.sqlite protects the schema's own table", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  cell.run("CREATE TABLE t(v)");
  assertEquals(cell.exec("UPDATE sqlite_schema SET sql = 'x'").code, 5);
  assertEquals(cell.rows("SELECT name FROM sqlite_schema"), [["t"]]);
});

Deno.test("storage.sqlite gives space back on VACUUM, also where Deno refuses it", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  const pages = (): number => Number(cell.rows("PRAGMA page_count")[0]?.[0]);
  for (const vacuum of ["VACUUM", "PRAGMA incremental_vacuum"]) {
    cell.run("CREATE TABLE IF NOT EXISTS t(v)");
    cell.run("INSERT INTO t VALUES (zeroblob(1000000)); DELETE FROM t");
    assert(pages() > 200);
    cell.run(vacuum);
    assert(pages() < 10, vacuum);
  }
  assertEquals(cell.query("VACUUM").columns, []);
  cell.run("BEGIN");
  assertStringIncludes(
    cell.exec("VACUUM").error ?? "",
    "cannot VACUUM from within a transaction",
  );
});

for (
  const name of ["data.db", "data.db-wal", "data.db-shm", "data.db-journal"]
) {
  Deno.test(`storage.sqlite refuses ${name} that is a symbolic link`, async () => {
    await using root = await temporaryRoot();
    await using outside = await temporaryRoot();
    using cell = new FakeCell(root.path);
    await Deno.mkdir(join(root.path, "notes"));
    const target = join(outside.path, "target");
    await Deno.symlink(target, join(root.path, "notes", name));
    const answer = cell.exec("CREATE TABLE t(v)");
    assertEquals(answer.code, 5);
    assertStringIncludes(answer.error ?? "", "it is a symbolic link");
    assertEquals([...Deno.readDirSync(outside.path)], []);
  });
}

Deno.test("storage.sqlite refuses a folder that is a symbolic link", async () => {
  await using root = await temporaryRoot();
  await using outside = await temporaryRoot();
  using cell = new FakeCell(root.path);
  await Deno.symlink(outside.path, join(root.path, "notes"));
  assertStringIncludes(
    cell.query("SELECT 1").error ?? "",
    "it is a symbolic link, which may leave the storage root",
  );
  assertEquals([...Deno.readDirSync(outside.path)], []);
});

Deno.test("storage.sqlite refuses a name that is no single folder", async () => {
  await using root = await temporaryRoot();
  for (const name of ["..", ".", "", "a/b", "../x"]) {
    using cell = new FakeCell(root.path, name);
    assertEquals(cell.exec("CREATE TABLE t(v)").code, 5, name);
  }
  assertEquals([...Deno.readDirSync(root.path)], []);
});

Deno.test("of a text, no statement begins once its cell was stopped", async () => {
  await using root = await temporaryRoot();
  for (const how of ["exec", "query"] as const) {
    const path = `${root.path}/${how}.db`;
    const other = new SqlConnection(path, () => false);
    other.exec("CREATE TABLE t(a)", []);
    const rows = (): number =>
      other.query("SELECT a FROM t", []).rows?.length ?? 0;
    // As when its deadline passes while the first one runs.
    const connection = new SqlConnection(path, () => rows() > 0);
    assertThrows(
      () =>
        connection[how](
          "INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)",
          [],
        ),
      SqlFailure,
      "the cell was stopped",
    );
    assertEquals(rows(), 1);
    connection.close();
    other.close();
  }
});
