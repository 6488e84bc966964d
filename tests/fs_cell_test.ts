import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { TempDir } from "../src/testing/cell_folder.ts";
import { type ManifestFields, writeCell } from "./guests/build.ts";
import { assertClean } from "./support/bad_input.ts";
import { type Outcome, pulp } from "./support/pulp.ts";

const FUNCTIONS = [
  ...["put", "get", "list", "remove", "move", "delete"],
  ...["folder", "protect", "scratch"],
];

/** The example cell in a folder of its own, with a storage root beside it. */
async function filesIn(
  dir: TempDir,
  manifest: ManifestFields = { capabilities: ["storage.fs"] },
): Promise<(name: string, args?: string) => Promise<Outcome>> {
  const wasm = await Deno.readFile("cells/files/cell.wasm");
  const path = await writeCell(dir.path, {
    name: "files",
    wasm,
    manifest: { provides: FUNCTIONS, ...manifest },
  });
  return (name, args) =>
    pulp([
      "call",
      path,
      name,
      ...(args === undefined ? [] : [args]),
      `--storage-root=${dir.join("data")}`,
    ], {
      allow: [
        `read=${dir.join("files")},${dir.join("data", "files")}`,
        `write=${dir.join("data", "files")}`,
      ],
    });
}

/** What a call that went well printed, as a value. */
function valueOf({ code, out, err }: Outcome): unknown {
  assertEquals([code, err], [0, ""]);
  return JSON.parse(out);
}

Deno.test("files keeps what it is given, through call", async () => {
  await using dir = new TempDir();
  const call = await filesIn(dir);
  const put = await call("put", '{"path": "a/b.txt", "data": "Grüße"}');
  assertEquals(valueOf(put), { size: 7 });
  assertEquals(
    Deno.readTextFileSync(dir.join("data", "files", "a", "b.txt")),
    "Grüße",
  );
  assertEquals(valueOf(await call("get", '"a/b.txt"')), "Grüße");
  const bytes = '{"path": "bin", "data": {"$bytes": "AP8B"}}';
  assertEquals(valueOf(await call("put", bytes)), { size: 3 });
  assertEquals(valueOf(await call("get", '{"path": "bin"}')), {
    $bytes: "AP8B",
  });
  assertEquals(valueOf(await call("list")), [
    { name: "a" },
    { name: "bin", size: 3 },
  ]);
  assertEquals((await call("remove", '"a"')).code, 0);
  assertEquals(valueOf(await call("list")), [{ name: "bin", size: 3 }]);
});

Deno.test("files moves, protects and makes folders and files with names of their own", async () => {
  await using dir = new TempDir();
  const call = await filesIn(dir);
  const at = (path: string): string => dir.join("data", "files", path);
  const done = async (name: string, args: string): Promise<void> => {
    const { code, err } = await call(name, args);
    assertEquals([code, err], [0, ""], `${name} ${args}`);
  };
  await done("put", '{"path": "a.txt", "data": "text"}');
  await done("folder", '"b/c"');
  await done("move", '{"from": "a.txt", "to": "b/c/d.txt"}');
  assertEquals(Deno.readTextFileSync(at("b/c/d.txt")), "text");
  await done("protect", '"b/c/d.txt"');
  if (Deno.build.os !== "windows") {
    assertEquals(Deno.statSync(at("b/c/d.txt")).mode! & 0o777, 0o600);
  }
  const full = await call("delete", '"b/c"');
  assertEquals([full.code, full.out], [1, ""]);
  assertStringIncludes(full.err, 'Cannot delete "b/c": it failed');
  await done("delete", '"b/c/d.txt"');
  await done("delete", '"b/c"');
  const file = valueOf(await call("scratch")) as string;
  assert(/^tmp\/.+\.txt$/.test(file), file);
  assert(Deno.statSync(at(file)).isFile);
  const folder = valueOf(await call("scratch", '{"folder": true}')) as string;
  assert(Deno.statSync(at(folder)).isDirectory);
  const away = await call("move", `{"from": "${file}", "to": "../x"}`);
  assertEquals(away.code, 1);
  assertStringIncludes(away.err, "does not stay in the cell's folder");
});

Deno.test("files says what it can't do, and reaches nothing else", async (t) => {
  await using dir = new TempDir();
  await Deno.writeTextFile(dir.join("secret"), "secret");
  await Deno.mkdir(dir.join("data", "files"), { recursive: true });
  await Deno.symlink(dir.join("secret"), dir.join("data", "files", "link"));
  const call = await filesIn(dir);
  const cases:
    readonly (readonly [name: string, args: string, text: string])[] = [
      ["get", '"none"', 'Cannot read "none": it is not there'],
      ["remove", '"none"', 'Cannot remove "none": it is not there'],
      ["get", '"../secret"', "the path does not stay in the cell's folder"],
      ["get", '"link"', "the path does not stay in the cell's folder"],
      [
        "put",
        '{"path": "link", "data": "planted"}',
        "the path does not stay in the cell's folder",
      ],
      ["list", '"/"', "the path does not stay in the cell's folder"],
      ["remove", '"."', "it failed, and the host's log says why"],
      ["put", '{"path": "x"}', "put takes {path, data}"],
    ];
  for (const [name, args, text] of cases) {
    await t.step(`${name} ${args}`, async () => {
      const outcome = await call(name, args);
      assertEquals([outcome.code, outcome.out], [1, ""]);
      assertStringIncludes(outcome.err, text);
      assertClean(outcome);
    });
  }
  assertEquals(await Deno.readTextFile(dir.join("secret")), "secret");
});

Deno.test("files stays in its folder within a worker, whatever the process may do", async () => {
  await using dir = new TempDir();
  await Deno.writeTextFile(dir.join("secret"), "secret");
  const wasm = await Deno.readFile("cells/files/cell.wasm");
  const path = await writeCell(dir.path, {
    name: "files",
    wasm,
    manifest: {
      provides: ["put", "get", "list", "remove"],
      capabilities: ["storage.fs"],
    },
  });
  const call = (name: string, args: string): Promise<Outcome> =>
    pulp(["call", path, name, args, `--storage-root=${dir.join("data")}`], {
      allow: ["read", "write"],
    });
  assertEquals(valueOf(await call("put", '{"path": "f", "data": "x"}')), {
    size: 1,
  });
  await Deno.symlink(dir.path, dir.join("data", "files", "out"));
  const outcome = await call("get", '"out/secret"');
  assertEquals([outcome.code, outcome.out], [1, ""]);
  assertStringIncludes(outcome.err, "does not stay in the cell's folder");
  assertEquals(valueOf(await call("get", '"f"')), "x");
});

Deno.test("files runs no call without its storage granted", async () => {
  await using dir = new TempDir();
  const wasm = await Deno.readFile("cells/files/cell.wasm");
  const path = await writeCell(dir.path, {
    name: "files",
    wasm,
    manifest: { capabilities: ["storage.fs"] },
  });
  const storage = dir.join("data", "files");
  const outcome = await pulp(
    ["call", path, "list", `--storage-root=${dir.join("data")}`],
    { allow: [`read=${dir.join("files")},${storage}`] },
  );
  assertEquals([outcome.code, outcome.out], [3, ""]);
  assertStringIncludes(outcome.err, `--allow-write=${storage}`);
  assertEquals([...Deno.readDirSync(dir.path)].map(({ name }) => name), [
    "files",
  ]);
});

Deno.test("files without the capability gets the code of a stub", async () => {
  await using dir = new TempDir();
  const call = await filesIn(dir, { capabilities: [] });
  const { code, err } = await call("list");
  assertEquals(code, 1);
  assertStringIncludes(err, 'the manifest does not declare "storage.fs"');
  assert(![...Deno.readDirSync(dir.path)].some(({ name }) => name === "data"));
});
