import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { TempDir } from "../testing/cell_folder.ts";
import { LIMITS } from "../limits.ts";
import { runCli } from "./run_cli.ts";
import { FakeIo, type FakeProcess } from "./testing/fake_io.ts";

const ROOT = Deno.cwd();
const FOLDER = new URL("./testdata/", import.meta.url);

/** Compares with a golden file; `UPDATE_GOLDEN=1` writes it. */
async function golden(name: string, text: string): Promise<void> {
  const file = new URL(name, FOLDER);
  if (Deno.env.get("UPDATE_GOLDEN") === "1") {
    await Deno.writeTextFile(file, text);
  }
  assertEquals(text, await Deno.readTextFile(file));
}

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command in a process that is granted everything. */
async function permissions(
  argv: readonly string[],
  process: FakeProcess = {},
): Promise<Said> {
  const { cwd = ROOT } = process;
  const io = new FakeIo({
    granted: () => true,
    mainModule: `file://${cwd}/main.ts`,
    cwd,
    ...process,
  });
  const code = await runCli(["permissions", ...argv], io);
  const shown = (text: string): string => text.replaceAll(cwd, "/here");
  return { code, out: shown(io.out), err: shown(io.err) };
}

/** A set in which one cell may fetch from any public host. */
async function mixedSet(dir: TempDir): Promise<string[]> {
  const wasm = await Deno.readFile("cells/hello/cell.wasm");
  const list = '["10.1.0.0/16", "db.example.com:5432"]';
  await dir.cell(
    "any",
    wasm,
    'capabilities = ["transport.http.outbound"]\n[permissions]\nenv = ["LANG"]\n',
  );
  await dir.cell(
    "listed",
    wasm,
    `capabilities = ["transport.http.outbound", "transport.sse"]\n[permissions]\nnet = ${list}\n`,
  );
  return [dir.join("any"), dir.join("listed", "pulp.cell.toml")];
}

const MIXED = ["--ctl=pulp.ctl", "--listen=127.0.0.1:9000"];

for (
  const [format, file] of [
    ["table", "permissions.txt"],
    ["flags", "permissions_flags.txt"],
    ["deno-json", "permissions_deno_json.txt"],
    ["json", "permissions_json.txt"],
  ] as const
) {
  Deno.test(`permissions --format=${format} prints the golden text`, async () => {
    await using dir = new TempDir();
    const manifests = await mixedSet(dir);
    const said = await permissions(
      [`--format=${format}`, ...MIXED, ...manifests],
      { cwd: dir.path },
    );
    assertEquals([said.code, said.err], [0, ""]);
    // The program is that of the project, and the width of a column is that
    // of its longest path, wherever they are.
    const text = said.out.replaceAll(ROOT, "/pulp");
    await golden(
      file,
      format === "table" ? text.replaceAll(/(?<=\S) {2,}/g, "  ") : text,
    );
  });
}

Deno.test("permissions counts the control socket as run finds it", async () => {
  const flags = async (
    argv: readonly string[],
    env: FakeProcess["env"] = {},
  ): Promise<string> =>
    (await permissions(["--format=flags", ...argv, "cells/hello"], { env }))
      .out;
  const plain = "--no-prompt --allow-read=cells/hello";
  assertEquals(await flags(["--without-ctl"]), `${plain}\n`);
  // Who turns it off needs no permission for it.
  assertEquals(await flags([], { PULP_CTL_SOCK: "" }), `${plain}\n`);
  assertEquals(
    await flags([]),
    `${plain},pulp.ctl --allow-write=pulp.ctl --allow-net=unix:/here/pulp.ctl\n`,
  );
  assertEquals(
    await flags(["--ctl=/run/a.ctl"]),
    `${plain},/run/a.ctl --allow-write=/run/a.ctl --allow-net=unix:/run/a.ctl\n`,
  );
  assertEquals(
    await flags([], { PULP_CTL_SOCK: "/run/b.ctl" }),
    `${plain},/run/b.ctl --allow-write=/run/b.ctl ` +
      "--allow-net=unix:/run/b.ctl --allow-env=PULP_CTL_SOCK\n",
  );
});

Deno.test("permissions refuses what it can't use, and names what is near", async () => {
  const cases: readonly (readonly [argv: string[], says: string])[] = [
    [[], "<manifest> is missing"],
    [[""], 'Cannot read manifest "": the path is empty'],
    [["--format=flag", "x"], '(did you mean "flags"?)'],
    [["--wirte", "x"], '(did you mean "--write"?)'],
    [["--json", "x"], '(did you mean "--format json"?)'],
    [["--force", "x"], 'Cannot use "--force" without "--write"'],
    [
      ["x", "--write", "my deno.json"],
      'Cannot use "my deno.json" for "--write": it takes no value\n' +
      "hint: --write --config 'my deno.json'\n",
    ],
    [
      ["--ctl=a", "--without-ctl", "x"],
      'Cannot use "--ctl" and "--without-ctl" together',
    ],
    [["--name=a", "x"], 'Cannot use "--name" without "--write"'],
    [["--name=a", "--format=flags", "x"], 'Cannot use "--name" without'],
    [["--name=a b", "x"], 'Cannot use "a b" for "--name": it takes A-Z'],
    [["--listen=8080", "x"], "did you mean 127.0.0.1:8080?"],
    [["--tls-cert=a", "x"], '"--tls-key" is missing'],
    [["cells/nothing"], "there is no such file or folder"],
    [["cells/hello", "cells/hello"], "the manifest is given twice"],
  ];
  for (const [argv, says] of cases) {
    const { code, out, err } = await permissions(argv);
    assertEquals([code, out], [2, ""], argv.join(" "));
    assertStringIncludes(err, says);
  }
  const io = new FakeIo();
  assertEquals(await runCli(["permission", "x"], io), 2);
  assertStringIncludes(io.err, '(did you mean "permissions"?)');
});

/** A folder with a cell, in which a deno.json is written. */
class Place extends TempDir {
  static async make(files: Readonly<Record<string, string>>): Promise<Place> {
    const place = new Place();
    await place.cell("hello", await Deno.readFile("cells/hello/cell.wasm"));
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(place.join(name), text);
    }
    return place;
  }

  write(...argv: readonly string[]): Promise<Said> {
    const line = ["--write", "--without-ctl", ...argv, this.join("hello")];
    return permissions(line, { cwd: this.path });
  }

  config(text: string): Promise<void> {
    return Deno.writeTextFile(this.join("deno.json"), text);
  }

  async text(name = "deno.json"): Promise<string> {
    return await Deno.readTextFile(this.join(name));
  }

  names(): string[] {
    return [...Deno.readDirSync(this.path)].map(({ name }) => name).toSorted();
  }
}

Deno.test("permissions --write chooses the file that Deno reads", async () => {
  await using neither = await Place.make({});
  const made = await neither.write();
  assertEquals(made.code, 0);
  assertEquals(
    made.err,
    'Wrote permission set "hello" to "deno.json"\n' +
      "Host the cells with: deno run --no-prompt -P=hello main.ts run /here/hello\n",
  );
  assertEquals(neither.names(), ["deno.json", "hello"]);
  const { permissions } = JSON.parse(await neither.text());
  assertEquals(permissions, { hello: { read: ["hello"] } });
  const again = await neither.write();
  assertEquals(again.code, 0);
  assertStringIncludes(
    again.err,
    '"deno.json" has permission set "hello" already\n',
  );

  await using jsonc = await Place.make({ "deno.jsonc": "{} // mine\n" });
  assertEquals((await jsonc.write()).code, 0);
  assertEquals(jsonc.names(), ["deno.jsonc", "hello"]);
  assertStringIncludes(await jsonc.text("deno.jsonc"), "} // mine\n");
  const other = await jsonc.write("--config=deno.json");
  assertEquals([other.code, other.out], [2, ""]);
  assertStringIncludes(
    other.err,
    "Deno would no longer read the deno.jsonc beside it",
  );

  await using both = await Place.make({ "deno.json": "{}", "deno.jsonc": "" });
  assertEquals((await both.write()).code, 0);
  assertEquals(await both.text("deno.jsonc"), "");
  const unread = await both.write("--config=deno.jsonc", "--name=b");
  assertEquals([unread.code, unread.out], [2, ""]);
  assertStringIncludes(unread.err, "Deno reads the deno.json beside it");
  assertStringIncludes(unread.err, "--config=/here/deno.json");

  await using named = await Place.make({ "ci.json": "{}" });
  assertEquals((await named.write("--config=ci.json")).code, 0);
  assertStringIncludes(await named.text("ci.json"), '"hello"');
  assertEquals(named.names(), ["ci.json", "hello"]);
});

Deno.test("permissions --write says when Deno won't find the file", async () => {
  await using place = await Place.make({});
  const { code, err } = await permissions(["--write", place.join("hello")], {
    cwd: place.path,
    mainModule: "file:///opt/pulp/main.ts",
  });
  assertEquals(code, 0);
  assertStringIncludes(
    err,
    "Deno looks for permission sets beside and above the program, " +
      '"file:///opt/pulp/main.ts", and this file is elsewhere\n',
  );
});

Deno.test("permissions --write keeps another set of the name, unless it is told not to", async () => {
  const before = '{"permissions": {"hello": {"net": true}}}';
  await using place = await Place.make({ "deno.json": before });
  const refused = await place.write();
  assertEquals([refused.code, refused.out], [2, ""]);
  assertStringIncludes(refused.err, "it has another one of that name");
  assertEquals(await place.text(), before);
  assertEquals((await place.write("--name=other")).code, 0);
  assertEquals((await place.write("--force")).code, 0);
  const { permissions } = JSON.parse(await place.text());
  assertEquals(permissions.hello, permissions.other);
});

Deno.test("permissions --write follows a link, and keeps the mode of the file", async () => {
  await using place = await Place.make({ "real.json": "{}" });
  await Deno.chmod(place.join("real.json"), 0o664);
  await Deno.symlink("real.json", place.join("deno.json"));
  assertEquals((await place.write()).code, 0);
  assertStringIncludes(await place.text("real.json"), '"hello"');
  assertEquals((await Deno.stat(place.join("real.json"))).mode! & 0o777, 0o664);
  assert((await Deno.lstat(place.join("deno.json"))).isSymlink);
  assertEquals(place.names(), ["deno.json", "hello", "real.json"]);
});

Deno.test("permissions --write leaves a file alone that it can't change", async () => {
  const most = LIMITS.denoConfigBytes;
  const cases: readonly (readonly [
    name: string,
    prepare: (place: Place) => unknown,
    code: number,
    says: string,
  ])[] = [
    [
      "malformed",
      (it) => it.config("{ nope"),
      2,
      "it is not JSON with comments",
    ],
    [
      "huge",
      (it) => it.config(" ".repeat(most + 1)),
      2,
      `it has more than ${most} bytes`,
    ],
    [
      "not UTF-8",
      (it) => Deno.writeFile(it.join("deno.json"), new Uint8Array([123, 255])),
      2,
      "it is not UTF-8",
    ],
    [
      "a folder",
      (it) => Deno.mkdir(it.join("deno.json")),
      2,
      "it is not a file",
    ],
    [
      "a link to nothing",
      (it) => Deno.symlink("gone.json", it.join("deno.json")),
      2,
      "it is a link to nothing",
    ],
    [
      "a link to itself",
      (it) => Deno.symlink("deno.json", it.join("deno.json")),
      1,
      "ymbolic link",
    ],
    [
      "a write that broke off",
      (it) => Deno.writeTextFile(it.join("deno.json.new"), ""),
      2,
      "is in the way",
    ],
  ];
  for (const [name, prepare, code, says] of cases) {
    await using place = await Place.make({});
    await prepare(place);
    const before = place.names();
    const said = await place.write();
    assertEquals([said.code, said.out], [code, ""], `${name}: ${said.err}`);
    assertStringIncludes(said.err, "Cannot write permissions to ");
    assertStringIncludes(said.err, says);
    assertEquals(place.names(), before, name);
  }
  await using place = await Place.make({});
  const gone = await place.write("--config=gone/deno.json");
  assertEquals([gone.code, gone.out], [1, ""]);
  assertStringIncludes(gone.err, "there is no such folder");
});

Deno.test("permissions prints no path that could drive a terminal", async () => {
  await using dir = new TempDir();
  const wasm = await Deno.readFile("cells/hello/cell.wasm");
  await dir.cell("kept", wasm, 'capabilities = ["storage.fs"]');
  const root = "a\u009b2J\u202e";
  for (const format of ["table", "flags", "deno-json", "json"]) {
    const { code, out } = await permissions(
      [`--format=${format}`, `--storage-root=${root}`, dir.join("kept")],
      { cwd: dir.path },
    );
    assertEquals([code, /[\u009b\u202e]/.test(out)], [0, false], out);
    if (format === "json") {
      const { permissions } = JSON.parse(out);
      assertEquals(permissions.write.includes(`${root}/kept`), true, out);
    }
  }
});

Deno.test("permissions grants no whole of net for the sake of a control socket that nobody named", async () => {
  await using dir = new TempDir();
  const wasm = await Deno.readFile("cells/hello/cell.wasm");
  const cwd = dir.join("a,b");
  await dir.cell("hello", wasm);
  await Deno.mkdir(cwd);
  await Deno.rename(dir.join("hello"), dir.join("a,b", "hello"));
  const line = ["--format=flags", dir.join("a,b", "hello")];
  const left = await permissions(line, { cwd });
  assertEquals(
    [left.code, left.out],
    [0, "--no-prompt --allow-read=hello\n"],
  );
  assertStringIncludes(
    left.err,
    'Left out the control socket: for the comma in "/here/pulp.ctl"',
  );
  const named = await permissions(["--ctl=pulp.ctl", ...line], { cwd });
  assertStringIncludes(named.out, " --allow-net ");
  assertEquals(named.err, "");
});
