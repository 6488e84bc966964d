import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { readManifest } from "./parse.ts";
import { ManifestError } from "./problems.ts";

const LEAST = 'name = "demo"\nversion = "1.0.0"\n';
const FIXTURES = new URL("./testdata", import.meta.url).pathname;
const CELL = `${FIXTURES}/cell`;

/** A folder that is gone when the test is. */
class TempFolder implements AsyncDisposable {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<TempFolder> {
    return new TempFolder(await Deno.makeTempDir());
  }

  async write(name: string, data: string | Uint8Array): Promise<string> {
    const path = `${this.path}/${name}`;
    await Deno.writeFile(
      path,
      typeof data === "string" ? new TextEncoder().encode(data) : data,
    );
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

async function refused(path: string, reason: string): Promise<PulpError> {
  const error = await assertRejects(() => readManifest(path), PulpError);
  assertEquals(error.code, "manifest");
  assertStringIncludes(error.message, `Cannot read "${path}": `);
  assertStringIncludes(error.message, reason);
  return error;
}

Deno.test("readManifest() takes a file, or the folder that holds one", async () => {
  for (const path of [CELL, `${CELL}/`, `${CELL}/pulp.cell.toml`]) {
    const spec = await readManifest(path);
    assertEquals(spec.name, "notes");
    assertEquals(spec.manifestPath, `${CELL}/pulp.cell.toml`);
    assertEquals(spec.wasmPath, `${CELL}/cell.wasm`);
  }
});

Deno.test("readManifest() takes a file of any name", async () => {
  await using folder = await TempFolder.make();
  const path = await folder.write("other.toml", LEAST);
  assertEquals((await readManifest(path)).manifestPath, path);
});

Deno.test("readManifest() says when there is nothing", async () => {
  await using folder = await TempFolder.make();
  const file = await folder.write("file.toml", LEAST);
  await refused(`${folder.path}/none`, "there is no such file or folder");
  await refused(`${file}/pulp.cell.toml`, "there is no such file or folder");
  await refused(folder.path, "the folder holds no pulp.cell.toml");
  await refused("", "the path is blank");
  await refused("a\0b", "the path holds a NUL");
});

Deno.test("readManifest() says when a manifest is no file", async () => {
  await using folder = await TempFolder.make();
  const inner = `${folder.path}/pulp.cell.toml`;
  await Deno.mkdir(inner);
  await refused(inner, "it is a folder");
  const error = await assertRejects(
    () => readManifest(folder.path),
    PulpError,
    "it is not a file",
  );
  assertEquals(error.code, "manifest");
});

Deno.test("readManifest() refuses a dangling link and a circle of links", async () => {
  await using folder = await TempFolder.make();
  await Deno.symlink("nowhere", `${folder.path}/dangling`);
  await Deno.symlink("circle", `${folder.path}/circle`);
  await refused(`${folder.path}/dangling`, "there is no such file or folder");
  const error = await assertRejects(
    () => readManifest(`${folder.path}/circle`),
    PulpError,
  );
  assertEquals(error.code, "manifest");
});

Deno.test("readManifest() refuses more than the limit, and reads no more", async () => {
  await using folder = await TempFolder.make();
  const path = await folder.write("big.toml", "");
  await Deno.truncate(path, 2 ** 30);
  await refused(path, `at most ${LIMITS.manifestBytes} bytes`);
  await Deno.writeTextFile(
    path,
    LEAST.padEnd(LIMITS.manifestBytes, "\n"),
  );
  assertEquals((await readManifest(path)).name, "demo");
});

Deno.test("readManifest() refuses what is not UTF-8", async () => {
  await using folder = await TempFolder.make();
  const latin1 = await folder.write(
    "latin1.toml",
    new Uint8Array([0x23, 0xe9, 0x0a]),
  );
  const error = await refused(latin1, "it is not UTF-8");
  assertEquals(error.hint, "save the manifest as UTF-8");
  const utf16 = await folder.write(
    "utf16.toml",
    new Uint8Array([0xff, 0xfe, 0x23, 0x00]),
  );
  await refused(utf16, "it is UTF-16");
});

Deno.test("readManifest() knows a module, however long it is", async () => {
  await using folder = await TempFolder.make();
  const path = await folder.write(
    "cell.wasm",
    new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]),
  );
  for (const length of [8, LIMITS.manifestBytes + 1]) {
    await Deno.truncate(path, length);
    const error = await refused(path, "it is a module, not a manifest");
    assertStringIncludes(error.hint ?? "", "name its manifest or its folder");
  }
});

Deno.test("readManifest() names the cell beside what is not there, or all of them", async () => {
  await using folder = await TempFolder.make();
  for (const name of ["notes", "hello", "no cell"]) {
    await Deno.mkdir(`${folder.path}/${name}`);
  }
  for (const name of ["notes", "hello"]) {
    await folder.write(`${name}/pulp.cell.toml`, LEAST);
  }
  const absent = "there is no such file or folder";
  const near = await refused(`${folder.path}/note`, absent);
  assertEquals(near.hint, `did you mean "${folder.path}/notes"?`);
  const far = await refused(`${folder.path}/teleport`, absent);
  assertEquals(far.hint, "cells beside it: hello, notes");
  const above = await refused(folder.path, "the folder holds no");
  assertEquals(above.hint, "cells in it: hello, notes");
  const file = await refused(`${folder.path}/notes/pulp.cel.toml`, absent);
  assertEquals(
    file.hint,
    `did you mean "${folder.path}/notes/pulp.cell.toml"?`,
  );
  const none = await refused(`${folder.path}/no cell`, "the folder holds no");
  assertStringIncludes(none.hint ?? "", '"pulp new" makes one');
});

Deno.test("readManifest() names some cells of many", async () => {
  await using folder = await TempFolder.make();
  for (let i = 10; i < 30; i++) {
    await Deno.mkdir(`${folder.path}/cell${i}`);
    await folder.write(`cell${i}/pulp.cell.toml`, LEAST);
  }
  const { hint = "" } = await refused(folder.path, "the folder holds no");
  assertStringIncludes(hint, "cells in it: cell10, cell11, ");
  assertStringIncludes(hint, ", cell19, …");
});

Deno.test({
  name: "readManifest() looks at no folder that Deno does not let be read",
  permissions: { read: [`${FIXTURES}/cel`] },
  fn: async () => {
    const error = await refused(
      `${FIXTURES}/cel`,
      "there is no such file or folder",
    );
    assertEquals(error.hint, undefined);
  },
});

Deno.test("readManifest() says how a manifest is called where another file is none", async () => {
  await using folder = await TempFolder.make();
  for (const [name, says] of [["README.md", "ends in .toml"], ["a.toml", ""]]) {
    const path = await folder.write(name ?? "", "A host for cells\n");
    const error = await assertRejects(() => readManifest(path), ManifestError);
    const hint = error.problems[0]?.hint;
    if (says === "") assertEquals(hint, undefined);
    else assertStringIncludes(hint ?? "", says ?? "");
  }
});

Deno.test("readManifest() takes a byte order mark", async () => {
  await using folder = await TempFolder.make();
  const path = await folder.write("bom.toml", `\uFEFF${LEAST}`);
  assertEquals((await readManifest(path)).name, "demo");
});

Deno.test("readManifest() names the manifest's file in what is wrong with it", async () => {
  await using folder = await TempFolder.make();
  const path = await folder.write("pulp.cell.toml", `${LEAST}nam = 1\n`);
  const error = await assertRejects(
    () => readManifest(folder.path),
    ManifestError,
  );
  assertEquals(error.problems.length, 1);
  assertStringIncludes(error.message, `${path}:3:1: unknown key "nam"`);
});

Deno.test({
  name: "readManifest() says which flag is missing",
  permissions: { read: false },
  fn: async () => {
    for (const path of [CELL, `${CELL}/pulp.cell.toml`]) {
      const error = await assertRejects(() => readManifest(path), PulpError);
      assertEquals(error.code, "permission");
      assertStringIncludes(error.message, `Cannot read "${path}"`);
      assertStringIncludes(error.hint ?? "", `--allow-read=${path}`);
    }
  },
});

Deno.test({
  name: "readManifest() takes the folder when only the manifest is granted",
  permissions: { read: [`${CELL}/pulp.cell.toml`] },
  fn: async () => {
    assertEquals((await readManifest(CELL)).name, "notes");
    const error = await assertRejects(() => readManifest(FIXTURES), PulpError);
    assertEquals(error.code, "permission");
  },
});

Deno.test("readManifest() asks for a permission when a link leads out of what is granted", async () => {
  await using folder = await TempFolder.make();
  const path = `${folder.path}/pulp.cell.toml`;
  await Deno.symlink("/proc/self/environ", path);
  const error = await assertRejects(() => readManifest(path), PulpError);
  assertEquals(error.code, "permission");
});
