import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { PulpError } from "../../errors.ts";
import { TempDir } from "../../testing/cell_folder.ts";
import { makeFiles, requireFree, type Target } from "./folder.ts";

const FILES = [
  { path: "a.txt", text: "ä" },
  { path: "sub/b.txt", text: "" },
  { path: "sub/c.txt", text: "c".repeat(100_000) },
];

function target(path: string): Target {
  return { path, shown: "here" };
}

/** Every path below a folder. */
async function paths(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const below = isDirectory ? await paths(`${folder}/${name}`) : [];
    found.push(name, ...below.map((it) => `${name}/${it}`));
  }
  return found.sort();
}

async function refusal(action: () => Promise<unknown>): Promise<PulpError> {
  const error = await assertRejects(action, PulpError);
  assertStringIncludes(error.message, 'Cannot make a cell in "here": ');
  return error;
}

Deno.test("makeFiles() makes the folder and everything in it", async () => {
  await using dir = new TempDir();
  const folder = dir.join("new");
  assertEquals(await makeFiles(target(folder), FILES), true);
  for (const { path, text } of FILES) {
    assertEquals(await Deno.readTextFile(`${folder}/${path}`), text);
  }
});

Deno.test("makeFiles() takes an empty folder, and a link to one", async () => {
  await using dir = new TempDir();
  await Deno.mkdir(dir.join("empty"));
  await Deno.symlink("empty", dir.join("link"));
  await requireFree(target(dir.join("link")));
  assertEquals(await makeFiles(target(dir.join("link")), FILES), true);
  assertEquals(await paths(dir.join("empty")), [
    "a.txt",
    "sub",
    "sub/b.txt",
    "sub/c.txt",
  ]);
});

Deno.test("requireFree() says what is in the way", async () => {
  await using dir = new TempDir();
  await Deno.writeTextFile(dir.join("file"), "");
  await Deno.symlink("nowhere", dir.join("dangling"));
  await Deno.mkdir(dir.join("full"));
  for (const name of ["d", "b", "a", "c"]) {
    await Deno.writeTextFile(dir.join("full", name), "");
  }
  await Deno.mkdir(dir.join("one"));
  await Deno.mkdir(dir.join("one", ".git"));
  const cases: readonly (readonly [path: string, says: string])[] = [
    ["file", "it is there, and no folder"],
    ["dangling", "it is a link that leads nowhere"],
    ["full", " and more"],
    ["one", 'the folder holds ".git"'],
    ["file/below", "is no folder"],
  ];
  for (const [path, says] of cases) {
    const error = await refusal(() => requireFree(target(dir.join(path))));
    assertEquals(error.code, "usage");
    assertStringIncludes(error.message, says);
  }
  await requireFree(target(dir.join("absent")));
});

Deno.test("makeFiles() leaves nothing when something can't be made", async () => {
  await using dir = new TempDir();
  const again = [...FILES, { path: "a.txt", text: "twice" }];
  const folder = dir.join("new");
  const error = await refusal(() => makeFiles(target(folder), again));
  assertEquals(error.code, "usage");
  assertEquals(await paths(dir.path), []);
  // A folder that was there stays.
  await Deno.mkdir(folder);
  await refusal(() => makeFiles(target(folder), again));
  assertEquals(await paths(dir.path), ["new"]);
});

Deno.test("makeFiles() leaves nothing when it is told to stop", async () => {
  await using dir = new TempDir();
  for (let most = 0; most < FILES.length; most++) {
    let asked = 0;
    const goOn = (): boolean => asked++ < most;
    assertEquals(await makeFiles(target(dir.join("new")), FILES, goOn), false);
    assertEquals(await paths(dir.path), []);
  }
});

Deno.test("makeFiles() neither overwrites nor removes what others put there meanwhile", async () => {
  await using dir = new TempDir();
  const folder = dir.join("new");
  let asked = 0;
  const error = await refusal(() =>
    makeFiles(target(folder), FILES, () => {
      if (asked++ === 1) {
        Deno.mkdirSync(`${folder}/sub`);
        Deno.writeTextFileSync(`${folder}/sub/c.txt`, "theirs");
      }
      return true;
    })
  );
  assertStringIncludes(error.message, "something else is being made there");
  assertEquals(await paths(dir.path), ["new", "new/sub", "new/sub/c.txt"]);
  assertEquals(await Deno.readTextFile(`${folder}/sub/c.txt`), "theirs");
});

Deno.test("one of two that make the same folder at once succeeds", async () => {
  await using dir = new TempDir();
  const made = await Promise.allSettled([
    makeFiles(target(dir.join("new")), FILES),
    makeFiles(target(dir.join("new")), FILES),
  ]);
  assertEquals(
    made.map(({ status }) => status).sort(),
    ["fulfilled", "rejected"],
  );
  assertEquals((await paths(dir.join("new"))).length, 4);
});

Deno.test("makeFiles() makes no folders above", async () => {
  await using dir = new TempDir();
  const path = dir.join("absent", "new");
  const error = await refusal(() => makeFiles(target(path), FILES));
  assertEquals(error.code, "usage");
  assertStringIncludes(error.message, "is no folder");
  assertEquals(await paths(dir.path), []);
});
