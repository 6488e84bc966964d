import { assert, assertEquals } from "@std/assert";
import {
  FakeCell,
  linesOf,
  spawnDeno,
  temporaryRoot,
} from "./testing/fake_cell.ts";

const unix = Deno.build.os !== "windows";

/** Names and contents of a folder, to see that nobody touched it. */
function snapshot(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry): string[] => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) return [`${path}/`, ...snapshot(path)];
    const { mode } = Deno.statSync(path);
    return [`${path} ${mode?.toString(8)} ${Deno.readTextFileSync(path)}`];
  }).toSorted();
}

/** A folder outside that nobody may reach. */
function plantOutside(folder: string): void {
  Deno.mkdirSync(`${folder}/d/deep`, { recursive: true });
  Deno.writeTextFileSync(`${folder}/f`, "outside");
  Deno.writeTextFileSync(`${folder}/d/outside`, "outside");
}

/** Every call with a path, and what it answered. */
function everyCall(cell: FakeCell, path: string): Record<string, number> {
  const code = (answer: unknown): number =>
    typeof answer === "number" ? answer : 0;
  return {
    read: cell.read(path).code,
    write: cell.write(path, "planted"),
    list: code(cell.list(path)),
    stat: code(cell.stat(path)),
    chmod: cell.chmod(path, 0o777),
    mkdirAll: cell.mkdirAll(path),
    createTemp: code(cell.temp("create", path, "planted")),
    mkdirTemp: code(cell.temp("mkdir", path, "planted")),
    renameTo: cell.rename("mine", path),
    rename: cell.rename(path, "stolen"),
    delete: cell.delete(path),
    removeAll: cell.removeAll(path),
  };
}

Deno.test("storage.fs refuses links that leave the cell's folder, in every call", async () => {
  await using root = await temporaryRoot();
  await using outside = await temporaryRoot();
  plantOutside(outside.path);
  const before = snapshot(outside.path);
  const cell = new FakeCell(root.path);
  assertEquals(cell.write("sub/mine", "x"), 0);
  assertEquals(cell.write("mine", "x"), 0);
  const links: Record<string, string> = {
    file: `${outside.path}/f`,
    folder: outside.path,
    nowhere: `${outside.path}/none`,
    up: "..",
    further: "../../..",
    "sub/up": "../../files/../x",
    "sub/twice": "../up/x",
    beside: `../${cell.path.split("/").at(-1)}`,
    prefix: `${cell.path}-other`,
    root: "/",
    proc: "/proc/self/root",
    device: "/dev/null",
  };
  for (const [name, target] of Object.entries(links)) {
    Deno.symlinkSync(target, `${cell.path}/${name}`);
  }
  const paths = [
    ...Object.keys(links),
    "folder/f",
    "folder/new",
    "folder/d",
    "folder/d/deep/new",
    "up/x",
    "sub/up/x",
    "root/tmp",
    "proc/etc/hostname",
    "device/x",
  ];
  for (const path of paths) {
    for (const [call, code] of Object.entries(everyCall(cell, path))) {
      assertEquals(code, 5, `${call} ${path}`);
    }
  }
  assertEquals(snapshot(outside.path), before);
  assertEquals(cell.read("mine").text, "x");
  // Links within a folder go with it, and are not followed.
  Deno.symlinkSync(outside.path, `${cell.path}/sub/link`);
  assertEquals(cell.removeAll("sub"), 0);
  assertEquals(snapshot(outside.path), before);
});

Deno.test("storage.fs follows links that stay", async () => {
  await using root = await temporaryRoot();
  const cell = new FakeCell(root.path);
  assertEquals(cell.write("a/b/f", "1"), 0);
  const link = (target: string, name: string): void =>
    Deno.symlinkSync(target, `${cell.path}/${name}`);
  link("a", "relative");
  link(`${cell.path}/a/b`, "absolute");
  link("../../a/b/f", "a/b/up");
  link("absolute/up", "chain");
  link(cell.path, "own");
  link("a/new", "dangling");
  for (
    const path of [
      "relative/b/f",
      "absolute/f",
      "a/b/up",
      "chain",
      "own/own/chain",
    ]
  ) assertEquals(cell.read(path).text, "1", path);
  assertEquals(cell.write("chain", "2"), 0);
  assertEquals(cell.read("a/b/f").text, "2");
  assert(Deno.lstatSync(`${cell.path}/chain`).isSymlink);
  assertEquals(cell.write("dangling", "3"), 0);
  assertEquals(cell.read("a/new").text, "3");
  assertEquals(cell.write("relative/x/y", "4"), 0);
  assertEquals(cell.read("a/x/y").text, "4");
  const list = cell.list(".");
  assert(Array.isArray(list) && list.includes("relative"));
  const stat = cell.stat("relative");
  assert(typeof stat === "object");
  assertEquals([stat.name, stat.is_dir], ["relative", true]);
  // What names the link itself takes the link.
  assertEquals(cell.rename("chain", "moved"), 0);
  assertEquals(cell.delete("moved"), 0);
  assertEquals(cell.removeAll("relative"), 0);
  assertEquals(cell.read("a/b/f").text, "2");
  assertEquals(cell.delete("own/a/new"), 0);
  assertEquals(cell.delete("own"), 0);
});

Deno.test("storage.fs gives up on links in a circle", async () => {
  await using root = await temporaryRoot();
  const cell = new FakeCell(root.path);
  assertEquals(cell.list("."), []);
  Deno.symlinkSync("b", `${cell.path}/a`);
  Deno.symlinkSync("a", `${cell.path}/b`);
  Deno.symlinkSync("self/self", `${cell.path}/self`);
  for (const path of ["a", "a/x", "self"]) {
    assertEquals(cell.read(path).code, 4);
    assertEquals(cell.write(path, "x"), 4);
    assertEquals(cell.list(path), 4);
  }
  assertEquals([cell.delete("a"), cell.delete("b")], [0, 0]);
});

Deno.test("storage.fs refuses a folder of its own that is something else", async () => {
  await using root = await temporaryRoot();
  await using outside = await temporaryRoot();
  plantOutside(outside.path);
  const cell = new FakeCell(root.path);
  Deno.symlinkSync(outside.path, cell.path);
  const before = snapshot(outside.path);
  for (const [call, code] of Object.entries(everyCall(cell, "f"))) {
    assertEquals(code, 9, call);
  }
  assertEquals(snapshot(outside.path), before);
  Deno.removeSync(cell.path);
  Deno.writeTextFileSync(cell.path, "");
  assertEquals(cell.list("."), 9);
  for (const name of ["..", ".", "", "a/b", "../x"]) {
    for (
      const code of Object.values(everyCall(new FakeCell(root.path, name), "f"))
    ) {
      assertEquals(code, 9, name);
    }
  }
});

Deno.test("storage.fs takes a staging folder that is a link for none", async () => {
  await using root = await temporaryRoot();
  await using outside = await temporaryRoot();
  const cell = new FakeCell(root.path);
  assertEquals(cell.list("."), []);
  Deno.symlinkSync(outside.path, `${cell.path}/.pulp-tmp`);
  Deno.symlinkSync(".pulp-tmp", `${cell.path}/link`);
  assertEquals(cell.write("f", "x"), 4);
  assertEquals([...Deno.readDirSync(outside.path)], []);
  Deno.removeSync(`${cell.path}/.pulp-tmp`);
  assertEquals(cell.write("f", "x"), 0);
  assertEquals(cell.list("link"), 5);
  assertEquals(cell.read("link/x").code, 5);
});

Deno.test({
  name: "storage.fs never waits for a pipe, a socket or a device",
  ignore: !unix,
  fn: async () => {
    await using root = await temporaryRoot();
    const cell = new FakeCell(root.path);
    assertEquals(cell.list("."), []);
    const { success } = await new Deno.Command("mkfifo", {
      args: [`${cell.path}/pipe`],
    }).output();
    assert(success);
    const listening = spawnDeno(
      `Deno.listen({transport: "unix", path: ${
        JSON.stringify(`${cell.path}/socket`)
      }});
       print("listening");
       // The file stays when its process is gone.
       Deno.exit();`,
      ["--allow-read", "--allow-write", "--allow-net"],
    );
    assert((await listening.output()).success);
    for (const name of ["pipe", "socket"]) {
      assertEquals(cell.read(name).code, 4, name);
      assertEquals(cell.write(name, "x"), 4, name);
      assertEquals(cell.chmod(name, 0o600), 4, name);
      assertEquals(cell.list(name), 4, name);
      assertEquals(cell.mkdirAll(name), 4, name);
      assertEquals(cell.read(`${name}/x`).code, 4, name);
      const stat = cell.stat(name);
      assert(typeof stat === "object");
      assertEquals(stat.is_dir, false);
      assertEquals(cell.rename(name, `${name}2`), 0, name);
      assertEquals(cell.delete(`${name}2`), 0, name);
    }
    assertEquals(cell.list("."), []);
  },
});

Deno.test("storage.fs writes to no file that has another name elsewhere", async () => {
  await using root = await temporaryRoot();
  await using outside = await temporaryRoot();
  plantOutside(outside.path);
  const before = snapshot(outside.path);
  const cell = new FakeCell(root.path);
  assertEquals(cell.list("."), []);
  Deno.linkSync(`${outside.path}/f`, `${cell.path}/hard`);
  // It is in the cell's folder as much as it is elsewhere.
  assertEquals(cell.read("hard").text, "outside");
  assertEquals(cell.write("hard", "mine"), 0);
  assertEquals(cell.read("hard").text, "mine");
  assertEquals(snapshot(outside.path), before);
});

/** Puts a link in a folder's place and takes it away again, without end. */
async function swapping(
  folder: string,
  outside: string,
  pauseMs: number,
): Promise<AsyncDisposable> {
  const child = spawnDeno(
    `const folder = ${JSON.stringify(folder)};
     const targets = [folder + ".real", ${JSON.stringify(outside)}];
     const word = new Int32Array(new SharedArrayBuffer(4));
     Deno.renameSync(folder, folder + ".real");
     Deno.symlinkSync("none", folder);
     print("swapping");
     for (;;) {
       for (const target of targets) {
         Deno.symlinkSync(target, folder + ".link");
         Deno.renameSync(folder + ".link", folder);
         if (${pauseMs} > 0) Atomics.wait(word, 0, 0, Math.random() * ${pauseMs});
       }
     }`,
    ["--allow-read", "--allow-write"],
  );
  const lines = linesOf(child.stdout);
  assertEquals((await lines.read()).value, '"swapping"');
  return {
    [Symbol.asyncDispose]: async (): Promise<void> => {
      child.kill("SIGKILL");
      await lines.cancel();
      await child.stderr.cancel();
      await child.status;
    },
  };
}

for (const pauseMs of [0, 40]) {
  Deno.test({
    name: `storage.fs reads nothing outside while links are swapped${
      pauseMs === 0 ? "" : " with pauses"
    }`,
    ignore: !unix,
    fn: async () => {
      await using root = await temporaryRoot();
      await using outside = await temporaryRoot();
      plantOutside(outside.path);
      const cell = new FakeCell(root.path);
      assertEquals(cell.write("a/d/inside", "inside"), 0);
      assertEquals(cell.write("a/f", "inside"), 0);
      await using _ = await swapping(
        `${cell.path}/a`,
        outside.path,
        pauseMs,
      );
      const end = performance.now() + 1_500;
      let rounds = 0;
      for (; performance.now() < end; rounds++) {
        const { code, text } = cell.read("a/f");
        assertEquals(text, code === 0 ? "inside" : "");
        const list = cell.list("a/d");
        if (typeof list !== "number") assertEquals(list, ["inside"]);
        const stat = cell.stat("a/f");
        if (typeof stat !== "number") assertEquals(stat.size, 6n);
      }
      assert(rounds > 10);
    },
  });
}

Deno.test({
  name: "storage.fs changes nothing outside while links are swapped",
  ignore: !unix,
  fn: async () => {
    await using root = await temporaryRoot();
    await using outside = await temporaryRoot();
    plantOutside(outside.path);
    const before = snapshot(outside.path);
    const cell = new FakeCell(root.path);
    assertEquals(cell.write("a/f", "inside"), 0);
    await using _ = await swapping(`${cell.path}/a`, outside.path, 0);
    const end = performance.now() + 1_500;
    let rounds = 0;
    for (; performance.now() < end; rounds++) {
      for (const path of ["a/f", "a/d"]) {
        cell.write("mine", "planted");
        everyCall(cell, path);
      }
    }
    assert(rounds > 2);
    assertEquals(snapshot(outside.path), before);
  },
});
