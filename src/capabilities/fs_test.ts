import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
} from "@std/assert";
import { LIMITS } from "../limits.ts";
import { FakeCell, record, temporaryRoot } from "./fs/testing/fake_cell.ts";

const DIR = 0x8000_0000;

/** The bits that this process keeps from new files. */
function umaskIn(folder: string): number {
  const path = `${folder}/umask`;
  Deno.mkdirSync(path, { mode: 0o777 });
  return ~(Deno.statSync(path).mode ?? 0) & 0o777;
}

Deno.test("storage.fs writes, reads, lists and removes", async () => {
  await using root = await temporaryRoot();
  const cell = new FakeCell(`${root.path}/deep/root`);
  assertEquals(cell.list("."), []);
  assertEquals(cell.write("a/b/c.txt", "hello"), 0);
  assertEquals(cell.read("a/b/c.txt").text, "hello");
  assertEquals(cell.read("./a//b/c.txt").text, "hello");
  assertEquals(cell.write("a/b/c.txt", ""), 0);
  assertEquals(cell.read("a/b/c.txt"), {
    code: 0,
    bytes: new Uint8Array(),
    text: "",
  });
  const bytes = new Uint8Array(70_000).map((_, at) => at * 7);
  assertEquals(cell.write("bin", bytes), 0);
  assertEquals(cell.read("bin").bytes, bytes);
  assertEquals(cell.list("."), ["a/", "bin"]);
  assertEquals(cell.list("a/b"), ["c.txt"]);
  assertEquals(cell.delete("a/b"), 4);
  assertEquals(cell.delete("a/b/c.txt"), 0);
  assertEquals(cell.delete("a/b"), 0);
  assertEquals(cell.write("a/x/y", "1"), 0);
  assertEquals(cell.removeAll("a"), 0);
  assertEquals(cell.list("."), ["bin"]);
  assertEquals(Deno.readFileSync(`${cell.path}/bin`), bytes);
  assertEquals([...Deno.readDirSync(`${cell.path}/.pulp-tmp`)], []);
});

Deno.test("storage.fs keeps the files of two cells apart", async () => {
  await using root = await temporaryRoot();
  const one = new FakeCell(root.path, "one");
  const two = new FakeCell(root.path, "two");
  assertEquals(one.write("f", "1"), 0);
  assertEquals([two.read("f").code, two.list(".")], [6, []]);
  assertEquals(two.read("../one/f").code, 5);
  assertEquals(new FakeCell(root.path, "one").read("f").text, "1");
});

Deno.test("storage.fs answers 6 for what is not there, and 4 where it makes it", async () => {
  await using root = await temporaryRoot();
  const cell = new FakeCell(root.path);
  assertEquals(cell.write("file", "x"), 0);
  for (const path of ["none", "none/x/y"]) {
    assertEquals(cell.read(path).code, 6);
    assertEquals(cell.delete(path), 6);
    assertEquals(cell.list(path), 6);
    assertEquals(cell.stat(path), 6);
    assertEquals(cell.chmod(path, 0o600), 6);
    assertEquals(cell.rename(path, "new"), 6);
    assertEquals(cell.temp("create", path, ""), 6);
    assertEquals(cell.temp("mkdir", path, ""), 6);
    assertEquals(cell.removeAll(path), 0);
  }
  assertEquals(cell.logger.records, []);
  for (const path of ["file/x", "file/x/y"]) {
    assertEquals(cell.read(path).code, 4);
    assertEquals(cell.write(path, ""), 4);
    assertEquals(cell.delete(path), 4);
    assertEquals(cell.removeAll(path), 4);
    assertEquals(cell.list(path), 4);
    assertEquals(cell.stat(path), 4);
    assertEquals(cell.mkdirAll(path), 4);
    assertEquals(cell.rename("file", path), 4);
  }
  assertEquals(cell.list("file"), 4);
  assertEquals(cell.mkdirAll("file"), 4);
  assertEquals(cell.temp("create", "file", ""), 4);
  assertEquals(cell.read(".").code, 4);
  assertEquals(cell.write(".", "x"), 4);
  assertEquals(cell.read("file").text, "x");
});

Deno.test("storage.fs checks ranges and records before anything else", async () => {
  await using root = await temporaryRoot();
  const cell = new FakeCell(root.path);
  const { memory } = cell;
  const end = memory.bytes.length;
  const path = new TextEncoder().encode("f");
  const plain = ["fs_read", "fs_delete", "fs_remove_all", "fs_list"];
  const records = [
    "fs_stat",
    "fs_rename",
    "fs_mkdir_all",
    "fs_chmod",
    "fs_create_temp",
    "fs_mkdir_temp",
  ];
  const garbage = memory.put(new Uint8Array([0xc1]));
  const text = memory.put(new Uint8Array([0xa1, 0x61]));
  for (const name of [...plain, ...records]) {
    assertEquals(cell.raw(name, 64, 0, 0, 4), 1, name);
    assertEquals(cell.raw(name, end, 1, 0, 4), 2, name);
    assertEquals(cell.raw(name, -1, -1, 0, 4), 2, name);
  }
  for (const name of records) {
    assertEquals(cell.raw(name, garbage, 1, 0, 4), 3, name);
    assertEquals(cell.raw(name, text, 2, 0, 4), 3, name);
    const wrong = record({ path: 1, old: 1, dir: 1 });
    assertEquals(cell.raw(name, memory.put(wrong), wrong.length, 0, 4), 3);
    // A record without its path has an empty one.
    const empty = record({ x: 1 });
    const code = cell.raw(name, memory.put(empty), empty.length, 0, 4);
    assertEquals(code, name.endsWith("_temp") ? 0 : 5, name);
  }
  const at = memory.put(path);
  assertEquals(cell.raw("fs_write", 0, 0, end, 1), 1);
  assertEquals(cell.raw("fs_write", end, 1, 0, 0), 2);
  assertEquals(cell.raw("fs_write", at, 1, end, 1), 2);
  assertEquals(cell.raw("fs_write", at, 1, 0, 0, end, 1), 2);
  assertEquals(cell.raw("fs_write", at, 1, 0, 0, garbage, 1), 3);
  assertEquals(cell.list("."), ["tmp/"]);
  assertEquals(cell.raw("fs_write", at, 1, 0, 0, 0, 0), 0);
  assertEquals(cell.raw("fs_read", at, 1, end - 1, 4), 8);
  // Nothing is made whose name would be lost.
  const before = cell.list("tmp");
  const temp = record({ pattern: "x" });
  const ptr = memory.put(temp);
  assertEquals(cell.raw("fs_create_temp", ptr, temp.length, 0, end), 8);
  assertEquals(cell.list("tmp"), before);
});

Deno.test("storage.fs answers 5 for a path that no call takes", async () => {
  await using root = await temporaryRoot();
  const cell = new FakeCell(root.path);
  assertEquals(cell.write("f", "x"), 0);
  const refused = [
    "/etc/hostname",
    `${cell.path}/f`,
    "..",
    "../files/f",
    "a/../f",
    "\\f",
    "..\\f",
    "C:\\f",
    "f\0",
    ".pulp-tmp",
    ".pulp-tmp/x",
  ];
  for (const path of refused) {
    assertEquals(cell.read(path).code, 5, path);
    assertEquals(cell.write(path, "y"), 5, path);
    assertEquals(cell.delete(path), 5, path);
    assertEquals(cell.removeAll(path), 5, path);
    assertEquals(cell.list(path), 5, path);
    assertEquals(cell.stat(path), 5, path);
    assertEquals(cell.rename(path, "g"), 5, path);
    assertEquals(cell.rename("f", path), 5, path);
    assertEquals(cell.mkdirAll(path), 5, path);
    assertEquals(cell.chmod(path, 0o600), 5, path);
    assertEquals(cell.temp("create", path, ""), 5, path);
    assertEquals(cell.temp("mkdir", path, ""), 5, path);
  }
  for (const call of ["fs_stat", "fs_mkdir_all", "fs_chmod"]) {
    assertEquals(cell.onRecord(call, { path: "" }).code, 5);
  }
  assertEquals(cell.rename("", "g"), 5);
  assertEquals(cell.rename("f", ""), 5);
  const notText = new Uint8Array([0x66, 0xff]);
  for (const call of ["fs_read", "fs_delete", "fs_remove_all", "fs_list"]) {
    assertEquals(cell.onPath(call, notText).code, 5, call);
  }
  assertEquals(cell.list("."), ["f"]);
  assertEquals(cell.logger.records[0], {
    level: "warn",
    message: "storage call failed",
    fields: {
      call: "fs_read",
      code: 5,
      err: 'Cannot use "/etc/hostname": it is absolute',
    },
  });
});

Deno.test("storage.fs never removes, renames or changes the folder itself", async () => {
  await using root = await temporaryRoot();
  const cell = new FakeCell(root.path);
  assertEquals(cell.write("f", "x"), 0);
  for (const path of [".", "./", "./."]) {
    assertEquals(cell.delete(path), 4);
    assertEquals(cell.removeAll(path), 4);
    assertEquals(cell.rename(path, "g"), 4);
    assertEquals(cell.rename("f", path), 4);
    assertEquals(cell.chmod(path, 0), 4);
    assertEquals(cell.mkdirAll(path), 0);
  }
  assertEquals(cell.list("."), ["f"]);
});

Deno.test("storage.fs tells sizes, times and modes as Go has them", async () => {
  await using root = await temporaryRoot();
  const cell = new FakeCell(root.path);
  assertEquals(cell.write("a/f", "12345", 0o640), 0);
  Deno.utimeSync(`${cell.path}/a/f`, 1_700_000_000, 1_700_000_000.25);
  Deno.chmodSync(`${cell.path}/a/f`, 0o640);
  assertEquals(cell.stat("a/f"), {
    name: "f",
    size: 5n,
    mod_time_ns: 1_700_000_000_250_000_000n,
    mode: 0o640,
    is_dir: false,
  });
  Deno.chmodSync(`${cell.path}/a`, 0o750);
  const folder = cell.stat("a/");
  assert(typeof folder !== "number");
  assertEquals([folder.name, folder.mode, folder.is_dir], [
    "a",
    DIR + 0o750,
    true,
  ]);
  const own = cell.stat(".");
  assert(typeof own !== "number");
  assertEquals([own.name, own.is_dir], ["files", true]);
});

Deno.test("storage.fs gives files and folders the modes that were asked for", async () => {
  await using root = await temporaryRoot();
  const cell = new FakeCell(root.path);
  const umask = umaskIn(root.path);
  const modeOf = (path: string): number =>
    (Deno.statSync(`${cell.path}/${path}`).mode ?? 0) & 0o7777;
  assertEquals(cell.write("d/plain", ""), 0);
  assertEquals(cell.write("zero", "", 0), 0);
  assertEquals(cell.write("own", "", 0o600), 0);
  assertEquals(cell.write("high", "", 0o4755), 0);
  assertEquals(modeOf("d/plain"), 0o644 & ~umask);
  assertEquals(modeOf("zero"), 0o644 & ~umask);
  assertEquals(modeOf("own"), 0o600 & ~umask);
  assertEquals(modeOf("high"), 0o755 & ~umask);
  assertEquals(modeOf("d"), 0o755 & ~umask);
  // The mode counts for new files only.
  assertEquals(cell.write("own", "again", 0o644), 0);
  assertEquals(modeOf("own"), 0o600);
  assertEquals(cell.chmod("own", 0o107755), 0);
  assertEquals(modeOf("own"), 0o755);
  assertEquals(cell.chmod("own", 0), 0);
  assertEquals(cell.chmod("own", 0o440), 0);
  assertEquals(cell.write("own", "no"), 4);
  assertEquals(cell.read("own").text, "again");
  assertEquals(cell.mkdirAll("m/n", 0o700), 0);
  assertEquals([modeOf("m"), modeOf("m/n")], [0o700, 0o700]);
  assertEquals(cell.mkdirAll("m/n", 0o755), 0);
  assertEquals(modeOf("m/n"), 0o700);
  assertEquals(cell.mkdirAll("o"), 0);
  assertEquals(modeOf("o"), 0o755 & ~umask);
});

Deno.test("storage.fs lists in the order of the names' bytes", async () => {
  await using root = await temporaryRoot();
  const cell = new FakeCell(root.path);
  const names = ["B", "a", "a.b", "aa", "a b", "ä", "\uffee", "🙂", "Z", "_"];
  for (const name of names) assertEquals(cell.write(name, ""), 0);
  const bytes = (text: string): string =>
    [...new TextEncoder().encode(text)].map((byte) => String.fromCharCode(byte))
      .join("");
  const sorted = names.toSorted((a, b) => bytes(a) < bytes(b) ? -1 : 1);
  assertEquals(cell.list("."), sorted);
});

Deno.test("storage.fs renames, replaces, and makes folders on the way", async () => {
  await using root = await temporaryRoot();
  const cell = new FakeCell(root.path);
  assertEquals(cell.write("a", "1"), 0);
  assertEquals(cell.write("b", "2"), 0);
  assertEquals(cell.rename("a", "b"), 0);
  assertEquals(cell.read("b").text, "1");
  assertEquals(cell.rename("b", "b"), 0);
  assertEquals(cell.rename("b", "x/y/z"), 0);
  assertEquals(cell.list("."), ["x/"]);
  assertEquals(cell.rename("x/y", "v"), 0);
  assertEquals(cell.rename("v", "x/w/v"), 0);
  assertEquals(cell.read("x/w/v/z").text, "1");
  assertEquals(cell.rename("x", "x/w/x"), 4);
  assertEquals(cell.rename("x/w/v/z", "x/w"), 4);
  assertEquals(cell.rename("none", "new/folder/f"), 6);
  assertEquals(cell.list("."), ["x/"]);
});

Deno.test("storage.fs makes temporary files and folders", async () => {
  await using root = await temporaryRoot();
  const cell = new FakeCell(root.path);
  const made = cell.temp("create", "", "log-*.txt");
  assert(typeof made === "string");
  assertMatch(made, /^tmp\/log-\d+\.txt$/);
  const mode = Deno.statSync(`${cell.path}/${made}`).mode ?? 0;
  assertEquals(mode & 0o777, 0o600 & ~umaskIn(root.path));
  assertEquals(cell.write(made, "x"), 0);
  const again = cell.temp("create", "", "log-*.txt");
  assertNotEquals(again, made);
  assertMatch(String(cell.temp("create", ".", "a*b*c")), /^a\*b\d+c$/);
  assertMatch(String(cell.temp("create", "tmp/", "")), /^tmp\/\d+$/);
  const folder = cell.temp("mkdir", "./tmp", "d");
  assert(typeof folder === "string");
  assertMatch(folder, /^tmp\/d\d+$/);
  const folderMode = Deno.statSync(`${cell.path}/${folder}`).mode ?? 0;
  assertEquals(folderMode & 0o777, 0o700);
  assertEquals(cell.write(`${folder}/f`, "x"), 0);
  for (const pattern of ["a/b", "../x", "a\\b", "a\0", "x".repeat(256)]) {
    assertEquals(cell.temp("create", "", pattern), 4, pattern);
    assertEquals(cell.temp("mkdir", "", pattern), 4, pattern);
  }
});

Deno.test("storage.fs bounds sizes, paths, depths and lists, and says so", async () => {
  await using root = await temporaryRoot();
  const cell = new FakeCell(root.path);
  const most = new Uint8Array(LIMITS.fsFileBytes).fill(7);
  assertEquals(cell.write("most", most), 0);
  assertEquals(cell.read("most").bytes.length, most.length);
  assertEquals(cell.write("more", new Uint8Array(most.length + 1)), 4);
  Deno.truncateSync(`${cell.path}/most`, most.length + 1);
  assertEquals(cell.read("most").code, 4);
  assertEquals(cell.logger.records.map(({ fields }) => fields.err), [
    `Cannot write "more": it would be larger than ${LIMITS.fsFileBytes} bytes`,
    `Cannot read "most": it is larger than ${LIMITS.fsFileBytes} bytes`,
  ]);
  assertEquals(cell.list("."), ["most"]);
  assertEquals(cell.read("a".repeat(LIMITS.fsPathBytes + 1)).code, 4);
  assertEquals(cell.read("a".repeat(256)).code, 4);
  assertEquals(cell.mkdirAll("d/".repeat(LIMITS.fsDepth)), 0);
  assertEquals(cell.mkdirAll("d/".repeat(LIMITS.fsDepth + 1)), 4);
  // A tree can't grow beyond that from its top either.
  assertEquals(cell.rename("d", "e/d"), 4);
  assertEquals(cell.removeAll("d"), 0);
  // What others made too deep is not removed on a stack that may end.
  let path = cell.path;
  for (let depth = 0; depth <= LIMITS.fsDepth; depth++) path += "/d";
  Deno.mkdirSync(path, { recursive: true });
  assertEquals(cell.removeAll("d"), 4);
  assertEquals(cell.list("d"), ["d/"]);
});

Deno.test("storage.fs lets no call reach the database of storage.sqlite", async () => {
  await using root = await temporaryRoot();
  const names = ["data.db", "data.db-wal", "data.db-shm", "data.db-journal"];
  const plain = new FakeCell(root.path);
  for (const name of names) assertEquals(plain.write(name, "x"), 0);
  const cell = new FakeCell(root.path, "files", [
    "storage.fs",
    "storage.sqlite",
  ]);
  assertEquals(cell.write("f", "y"), 0);
  Deno.symlinkSync("data.db", `${cell.path}/link`);
  for (const name of [...names, "DATA.DB", "./data.db", "link"]) {
    assertEquals(cell.read(name).code, 5, name);
    assertEquals(cell.write(name, "y"), 5, name);
    assertEquals(cell.rename("f", name), name === "link" ? 0 : 5, name);
    assertEquals(cell.chmod(name === "link" ? "data.db" : name, 0), 5, name);
    if (name === "link") continue;
    assertEquals(cell.delete(name), 5, name);
    assertEquals(cell.removeAll(name), 5, name);
    assertEquals(cell.rename(name, "g"), 5, name);
  }
  const stat = cell.stat("data.db");
  assert(typeof stat !== "number");
  assertEquals(stat.size, 1n);
  assertEquals(cell.write("sub/data.db", "mine"), 0);
  assertEquals(cell.read("sub/data.db").text, "mine");
});
