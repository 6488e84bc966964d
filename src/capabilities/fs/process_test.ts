import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { within } from "../../testing/until.ts";
import {
  FakeCell,
  linesOf,
  spawnDeno,
  temporaryRoot,
} from "./testing/fake_cell.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** The values that a process printed before it ended well. */
async function printed(child: Deno.ChildProcess): Promise<unknown[]> {
  const { code, stdout, stderr } = await child.output();
  assertEquals([code, text(stderr)], [0, ""]);
  return text(stdout).trim().split("\n").map((line) => JSON.parse(line));
}

Deno.test("storage.fs works with its own folder granted, and with nothing else", async () => {
  await using root = await temporaryRoot();
  const folder = `${root.path}/files`;
  const values = await printed(spawnDeno(
    `const cell = new FakeCell(${JSON.stringify(root.path)});
     print([
       cell.write("a/b/f", "x"), cell.read("a/b/f").text, cell.write("a/b/f", "y", 0o600),
       cell.list("a"), cell.stat("a/b/f").is_dir, cell.rename("a/b/f", "c/f"), cell.chmod("c/f", 0o600),
       cell.mkdirAll("d"), typeof cell.temp("create", "", ""), typeof cell.temp("mkdir", "", ""),
       cell.delete("c/f"), cell.removeAll("tmp"), cell.list("."),
     ]);
     print(cell.logger.records);`,
    [`--allow-read=${folder}`, `--allow-write=${folder}`],
  ));
  assertEquals(values, [
    [
      ...[0, "x", 0, ["b/"], false, 0, 0, 0, "string", "string", 0, 0],
      ["a/", "c/", "d/"],
    ],
    [],
  ]);
});

for (const missing of ["read", "write"]) {
  Deno.test(`storage.fs answers 11 and names what to grant when ${missing} is missing`, async () => {
    await using root = await temporaryRoot();
    const folder = `${root.path}/files`;
    const granted = missing === "read" ? "write" : "read";
    const [codes, records] = await printed(spawnDeno(
      `const cell = new FakeCell(${JSON.stringify(root.path)});
       print([cell.write("f", "x"), cell.read("f").code, cell.list("."),
         cell.mkdirAll("d"), cell.delete("f"), cell.temp("create", "", "")]);
       print(cell.logger.records);`,
      [`--allow-${granted}=${folder}`],
    )) as [number[], { fields: { err: string } }[]];
    assertEquals(codes, Array(6).fill(11));
    assertEquals(
      records[0]?.fields.err,
      'Cannot use the storage of "files": storage.fs needs to read and write ' +
        `"${folder}" (run with --allow-read=${folder} --allow-write=${folder})`,
    );
    assertEquals([...Deno.readDirSync(root.path)], []);
  });
}

Deno.test("storage.fs does nothing in a folder that may only be read", async () => {
  await using root = await temporaryRoot();
  assertEquals(new FakeCell(root.path).write("f", "kept"), 0);
  const folder = `${root.path}/files`;
  const [codes] = await printed(spawnDeno(
    `const cell = new FakeCell(${JSON.stringify(root.path)});
     print([cell.read("f").code, cell.write("f", "x"), cell.delete("f"),
       cell.removeAll("f"), cell.rename("f", "g"), cell.mkdirAll("d"),
       cell.chmod("f", 0), cell.temp("create", ".", ""), cell.temp("mkdir", ".", "")]);`,
    [`--allow-read=${folder}`],
  ));
  assertEquals(codes, Array(9).fill(11));
  assertEquals(new FakeCell(root.path).read("f").text, "kept");
});

Deno.test("storage.fs says that a disk can't be written to", async () => {
  await using root = await temporaryRoot();
  Deno.writeTextFileSync(`${root.path}/file`, "");
  const cell = new FakeCell(`${root.path}/file`);
  assertEquals(cell.write("f", "x"), 9);
  assertStringIncludes(
    String(cell.logger.records[0]?.fields.err),
    `Cannot use "${root.path}/file/files" as the storage of "files"`,
  );
});

Deno.test("storage.fs leaves the old content or the new one when the process is killed", async () => {
  await using root = await temporaryRoot();
  const child = spawnDeno(
    `const cell = new FakeCell(${JSON.stringify(root.path)});
     for (let n = 1;; n++) {
       const data = new Uint8Array(200_000).fill(n % 256);
       if (cell.write("sub/f", data) === 0) print(n);
     }`,
    [`--allow-read=${root.path}`, `--allow-write=${root.path}`],
  );
  const lines = linesOf(child.stdout);
  let acknowledged = 0;
  for (;;) {
    const { value, done } = await within("a write", lines.read());
    if (done) break;
    acknowledged = Number(value);
    if (acknowledged === 30) child.kill("SIGKILL");
  }
  await child.stderr.cancel();
  await child.status;
  assert(acknowledged >= 30);
  const cell = new FakeCell(root.path);
  const { code, bytes } = cell.read("sub/f");
  assertEquals([code, bytes.length], [0, 200_000]);
  const [first] = bytes;
  assert(first !== undefined && first >= acknowledged % 256);
  assert(bytes.every((byte) => byte === first));
  assertEquals(cell.list("."), ["sub/"]);
  assertEquals(cell.list("sub"), ["f"]);
});

Deno.test("storage.fs removes old leftovers when it first writes, and no others", async () => {
  await using root = await temporaryRoot();
  const cell = new FakeCell(root.path);
  const staging = `${cell.path}/.pulp-tmp`;
  Deno.mkdirSync(`${staging}/old-folder/x`, { recursive: true });
  Deno.writeTextFileSync(`${staging}/old`, "x");
  Deno.writeTextFileSync(`${staging}/young`, "x");
  for (const name of ["old", "old-folder"]) {
    Deno.utimeSync(`${staging}/${name}`, 1_700_000_000, 1_700_000_000);
  }
  assertEquals(cell.list("."), []);
  assertEquals(cell.write("f", "x"), 0);
  assertEquals([...Deno.readDirSync(staging)].map(({ name }) => name), [
    "young",
  ]);
});
