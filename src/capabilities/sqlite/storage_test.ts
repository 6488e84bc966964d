import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { within } from "../../testing/until.ts";
import {
  FakeCell,
  linesOf,
  spawnDeno,
  temporaryRoot,
} from "./testing/fake_cell.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

Deno.test("storage.sqlite opens its database when it is first used", async () => {
  await using root = await temporaryRoot();
  const storage = join(root.path, "deep", "root");
  {
    using cell = new FakeCell(storage);
    assertEquals([...Deno.readDirSync(root.path)], []);
    cell.run("CREATE TABLE t(v); INSERT INTO t VALUES (1)");
    assertEquals(cell.rows("PRAGMA journal_mode"), [["wal"]]);
    assertEquals(cell.records, []);
  }
  const files = [...Deno.readDirSync(join(storage, "notes"))];
  assertEquals(files.map(({ name }) => name), ["data.db"]);
  using again = new FakeCell(storage);
  assertEquals(again.rows("SELECT v FROM t"), [[1n]]);
  using other = new FakeCell(storage, "other");
  assertEquals(other.query("SELECT v FROM t").code, 5);
});

Deno.test("storage.sqlite rolls back what was open when the cell ended", async () => {
  await using root = await temporaryRoot();
  const cell = new FakeCell(root.path);
  cell.run("CREATE TABLE t(v); BEGIN; INSERT INTO t VALUES (1)");
  cell[Symbol.dispose]();
  assertStringIncludes(cell.query("SELECT 1").error ?? "", "it is closed");
  using again = new FakeCell(root.path);
  assertEquals(again.rows("SELECT v FROM t"), []);
});

Deno.test("storage.sqlite says that a file is not a database", async () => {
  await using root = await temporaryRoot();
  await Deno.mkdir(join(root.path, "notes"));
  const path = join(root.path, "notes", "data.db");
  await Deno.writeTextFile(path, "no database ".repeat(100));
  using cell = new FakeCell(root.path);
  for (let attempt = 0; attempt < 2; attempt++) {
    const answer = cell.exec("CREATE TABLE t(v)");
    assertEquals([answer.code, answer.error], [
      5,
      "file is not a database (26)",
    ]);
  }
  assertEquals(cell.records.map(({ level, message }) => [level, message]), [
    ["warn", "database unavailable"],
  ]);
  await Deno.remove(path);
  assertEquals(cell.exec("CREATE TABLE t(v)").code, 0);
});

Deno.test("storage.sqlite says that something else is in the way", async () => {
  await using root = await temporaryRoot();
  await Deno.writeTextFile(join(root.path, "notes"), "");
  using cell = new FakeCell(root.path);
  assertStringIncludes(cell.query("SELECT 1").error ?? "", "it is no folder");
  await Deno.mkdir(join(root.path, "other", "data.db"), { recursive: true });
  using other = new FakeCell(root.path, "other");
  assertStringIncludes(other.query("SELECT 1").error ?? "", "it is no file");
  using below = new FakeCell(join(root.path, "notes"), "below");
  const answer = below.query("SELECT 1");
  assertEquals(answer.code, 5);
  assertStringIncludes(
    answer.error ?? "",
    'Cannot open the database of "below"',
  );
});

Deno.test("storage.sqlite says that its storage is read-only", async (t) => {
  await using root = await temporaryRoot();
  await Deno.chmod(root.path, 0o555);
  let superuser = true;
  try {
    await Deno.mkdir(join(root.path, "probe"));
  } catch {
    superuser = false;
  }
  await t.step({
    name: "in a folder without write access",
    // The superuser writes anyway.
    ignore: superuser,
    fn: () => {
      using cell = new FakeCell(root.path);
      const answer = cell.exec("CREATE TABLE t(v)");
      assertEquals(answer.code, 14);
      assertStringIncludes(answer.error ?? "", "can't be written to");
      assertEquals(cell.records.length, 1);
    },
  });
  await Deno.chmod(root.path, 0o755);
});

Deno.test("storage.sqlite works with its own folder granted, and with nothing else", async () => {
  await using root = await temporaryRoot();
  const folder = join(root.path, "notes");
  const child = spawnDeno(
    `using cell = new FakeCell(${JSON.stringify(root.path)});
     print(cell.exec("CREATE TABLE t(v); INSERT INTO t VALUES (1)").code);
     print(cell.rows("SELECT v FROM t"));
     print(cell.query("ATTACH '${root.path}/x.db' AS x"));
     print(cell.query("VACUUM INTO '${root.path}/x.db'"));
     print(cell.query("VACUUM"));`,
    [`--allow-read=${folder}`, `--allow-write=${folder}`],
  );
  const { code, stdout, stderr } = await child.output();
  assertEquals([code, text(stderr)], [0, ""]);
  const [created, rows, attached, copied, vacuumed] = text(stdout).trim()
    .split("\n").map((line) => JSON.parse(line));
  assertEquals([created, rows], [0, [[1]]]);
  assertStringIncludes(attached.error, "Cannot ATTACH");
  assertStringIncludes(copied.error, "Cannot VACUUM INTO");
  assertEquals(vacuumed, { code: 0, columns: [], rows: null });
});

for (const missing of ["read", "write"]) {
  Deno.test(`storage.sqlite names what to grant when ${missing} is missing`, async () => {
    await using root = await temporaryRoot();
    const folder = join(root.path, "notes");
    const granted = missing === "read" ? "write" : "read";
    const child = spawnDeno(
      `using cell = new FakeCell(${JSON.stringify(root.path)});
       print(cell.exec("CREATE TABLE t(v)"));
       print(cell.records);`,
      [`--allow-${granted}=${folder}`],
    );
    const { code, stdout, stderr } = await child.output();
    assertEquals([code, text(stderr)], [0, ""]);
    const [answer, records] = text(stdout).trim().split("\n").map((line) =>
      JSON.parse(line)
    );
    assertEquals(answer.code, 5);
    assertEquals(
      answer.error,
      'Cannot open the database of "notes": storage.sqlite needs to read and ' +
        `write "${folder}" (run with --allow-read=${folder} --allow-write=${folder})`,
    );
    assertEquals(records.length, 1);
    assertEquals([...Deno.readDirSync(root.path)], []);
  });
}

Deno.test("storage.sqlite waits for a lock of another process, then says so", async () => {
  await using root = await temporaryRoot();
  using cell = new FakeCell(root.path);
  cell.run("CREATE TABLE t(v)");
  const child = spawnDeno(
    `using cell = new FakeCell(${JSON.stringify(root.path)});
     cell.run("BEGIN EXCLUSIVE; INSERT INTO t VALUES (1)");
     print("locked");
     await Deno.stdin.read(new Uint8Array(1));
     cell.run("COMMIT");
     print("done");`,
    [`--allow-read=${root.path}`, `--allow-write=${root.path}`],
  );
  const lines = linesOf(child.stdout);
  assertEquals((await lines.read()).value, '"locked"');
  assertEquals(cell.rows("SELECT * FROM t"), []);
  cell.run("PRAGMA busy_timeout = 50");
  const started = performance.now();
  for (
    const answer of [
      cell.exec("INSERT INTO t VALUES (2)"),
      cell.query("INSERT INTO t VALUES (2)"),
    ]
  ) {
    assertEquals([answer.code, answer.error], [
      12,
      "database is locked (5) (SQLITE_BUSY)",
    ]);
  }
  assert(performance.now() - started >= 90);
  assertEquals(cell.records.map(({ message }) => message), [
    "database unavailable",
  ]);
  const stdin = child.stdin.getWriter();
  await stdin.write(new Uint8Array(1));
  cell.run("PRAGMA busy_timeout = 5000");
  assertEquals((await lines.read()).value, '"done"');
  cell.run("INSERT INTO t VALUES (2)");
  assertEquals(cell.rows("SELECT v FROM t").flat(), [1n, 2n]);
  await stdin.close();
  await lines.cancel();
  await child.stderr.cancel();
  await child.status;
});

Deno.test("storage.sqlite loses nothing that it acknowledged when the process is killed", async () => {
  await using root = await temporaryRoot();
  const child = spawnDeno(
    `using cell = new FakeCell(${JSON.stringify(root.path)});
     cell.run("CREATE TABLE t(v)");
     for (let n = 1;; n++) {
       if (cell.exec("INSERT INTO t VALUES (?)", BigInt(n)).code === 0) print(n);
     }`,
    [`--allow-read=${root.path}`, `--allow-write=${root.path}`],
  );
  const lines = linesOf(child.stdout);
  let acknowledged = 0;
  for (;;) {
    const { value, done } = await within("a row", lines.read());
    if (done) break;
    acknowledged = Number(value);
    if (acknowledged === 300) child.kill("SIGKILL");
  }
  await child.stderr.cancel();
  await child.stdin.close();
  assertEquals((await child.status).signal, "SIGKILL");
  assert(acknowledged >= 300);
  using cell = new FakeCell(root.path);
  const stored = cell.rows("SELECT v FROM t ORDER BY v").flat();
  assertEquals(
    stored.slice(0, acknowledged),
    Array.from({ length: acknowledged }, (_, at) => BigInt(at + 1)),
  );
  assertEquals(cell.rows("PRAGMA integrity_check"), [["ok"]]);
});
