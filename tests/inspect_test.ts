import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { gzip } from "node:zlib";
import { promisify } from "node:util";
import { dirname, join } from "@std/path";
import { builtinRegistry } from "../src/capabilities/builtin.ts";
import { openModule } from "../src/cell/cell_module.ts";
import { validateCell } from "../src/cell/compile.ts";
import { inspectModule } from "../src/cell/inspection.ts";
import { readManifest } from "../src/manifest/parse.ts";
import { TempDir } from "../src/testing/cell_folder.ts";
import { cellWat, wat } from "../src/testing/wat.ts";
import { buildGuest, GUESTS, writeCell, writeGuest } from "./guests/build.ts";
import { assertClean } from "./support/bad_input.ts";
import { printedArgs, shortened } from "./support/printed_line.ts";
import { inPairs, pulp, ROOT, runProcess } from "./support/pulp.ts";

const TESTDATA = new URL("../src/cli/testdata/", import.meta.url);
const IS_WINDOWS = Deno.build.os === "windows";

/** Compares with a golden file; `UPDATE_GOLDEN=1` writes it. */
async function golden(name: string, text: string): Promise<void> {
  const file = new URL(name, TESTDATA);
  if (Deno.env.get("UPDATE_GOLDEN") === "1") {
    await Deno.writeTextFile(file, text);
  }
  assertEquals(text, await Deno.readTextFile(file));
}

Deno.test("inspect shows a cell, with nothing but its folder to read", async () => {
  const { code, out, err } = await pulp(["inspect", "cells/hello"], {
    allow: ["read=cells/hello"],
  });
  assertEquals([code, err], [0, ""]);
  await golden("inspect_hello.txt", out);
});

Deno.test("inspect --json is one object for scripts", async () => {
  const { code, out, err } = await pulp(["inspect", "--json", "cells/hello"], {
    allow: ["read=cells/hello"],
  });
  assertEquals([code, err], [0, ""]);
  // Not `.json`: the formatter would have a say in it.
  await golden("inspect_hello_json.txt", out.replaceAll(ROOT, "/clone/"));
});

Deno.test("inspect of a module alone says what a manifest would declare", async () => {
  const { code, out, err } = await pulp(["inspect", "cells/notes/cell.wasm"], {
    allow: ["read=cells/notes/cell.wasm"],
  });
  assertEquals([code, err], [0, ""]);
  await golden("inspect_module.txt", out);
  const { capabilities } = await readManifest("cells/notes");
  assertStringIncludes(
    out,
    `capabilities = ${JSON.stringify(capabilities).replaceAll(",", ", ")}\n`,
  );
});

// What is named, and all that Deno then has to let be read.
const NEEDS: readonly (readonly [argv: string[], reads: string])[] = [
  [["cells/hello"], "cells/hello"],
  [["cells/hello/cell.wasm"], "cells/hello/cell.wasm"],
  [
    ["--json", "cells/visits", "--ext", "cells/visits/kv_extension.ts"],
    "cells/visits",
  ],
];

for (const [argv, reads] of NEEDS) {
  Deno.test(`inspect ${argv.join(" ")} prints the line that it takes`, async () => {
    const refused = await pulp(["inspect", ...argv]);
    assertEquals([refused.code, refused.out], [3, ""]);
    assertClean(refused);
    const args = await printedArgs(refused.err);
    assert(args.includes(`--allow-read=${reads}`));
    const { code, err } = await runProcess(Deno.execPath(), args);
    assertEquals([code, err], [0, ""]);
    for (const { flag, args: fewer } of shortened(args)) {
      const without = await runProcess(Deno.execPath(), fewer);
      assertEquals(without.code, 3);
      assertStringIncludes(without.err, `Deno was not given ${flag}\n`);
    }
  });
}

Deno.test("inspect of a manifest needs its module, too, and says so at each step", async () => {
  const manifest = "cells/hello/pulp.cell.toml";
  const first = await pulp(["inspect", manifest]);
  assertEquals(first.code, 3);
  assertStringIncludes(
    first.err,
    `Deno was not given --allow-read=${manifest}\n`,
  );
  assertStringIncludes(first.err, "its module has to be read, too");
  const second = await runProcess(
    Deno.execPath(),
    await printedArgs(first.err),
  );
  assertEquals(second.code, 3);
  assertStringIncludes(
    second.err,
    "Deno was not given --allow-read=cells/hello/cell.wasm\n",
  );
  const args = await printedArgs(second.err);
  const third = await runProcess(Deno.execPath(), args);
  assertEquals([third.code, third.err], [0, ""]);
  // The folder is as good a name where only its two files may be read.
  const folder = await pulp(["inspect", "cells/hello"], {
    allow: [`read=${manifest},cells/hello/cell.wasm`],
  });
  assertEquals([folder.code, folder.out], [0, third.out]);
});

Deno.test("inspect gives a script nothing to misread when something is wrong", async () => {
  await using dir = new TempDir();
  const path = dir.join("component.wasm");
  await Deno.writeFile(path, new Uint8Array([0, 97, 115, 109, 13, 0, 1, 0]));
  const broken = await pulp(["inspect", "--json", path], {
    allow: [`read=${dir.path}`],
  });
  assertEquals([broken.code, broken.err], [2, ""]);
  const report = JSON.parse(broken.out);
  assertEquals([report.loads, report.module], [false, null]);
  assertStringIncludes(report.problems[0].message, "it is a component");
  const gone = await pulp(["inspect", "--json", dir.join("gone.wasm")], {
    allow: [`read=${dir.path}`],
  });
  assertEquals([gone.code, gone.out], [2, ""]);
});

/** A file that is no module, or a folder that is no cell. */
interface Wrong {
  readonly name: string;
  /** Puts it at a path, or into the folder of that path. */
  readonly make: (path: string) => Promise<unknown>;
  readonly says: readonly string[];
  readonly ignore?: boolean;
}

const hello = await Deno.readFile("cells/hello/cell.wasm");

const WRONG: readonly Wrong[] = [
  {
    name: "empty.wasm",
    make: (path) => Deno.writeFile(path, new Uint8Array()),
    says: ["would not load", "the file is empty"],
  },
  {
    name: "truncated.wasm",
    make: (path) => Deno.writeFile(path, hello.subarray(0, 5000)),
    says: ["would not load", "the code section says ", " are left (byte "],
  },
  {
    name: "component.wasm",
    make: (path) =>
      Deno.writeFile(path, new Uint8Array([0, 97, 115, 109, 13, 0, 1, 0])),
    says: [
      "it is a component, and cells are core modules",
      "hint: Build a core module instead, as a reactor for wasip1",
    ],
  },
  {
    name: "cell.wat",
    make: (path) => Deno.writeTextFile(path, "(module)"),
    says: ["it is WebAssembly text (WAT)", "wat2wasm"],
  },
  {
    name: "a text without an ending",
    make: (path) => Deno.writeTextFile(path, "(module)"),
    says: ["it is WebAssembly text (WAT)", "wat2wasm"],
  },
  {
    name: "cell.wasm.gz",
    make: async (path) =>
      await Deno.writeFile(path, await promisify(gzip)(hello)),
    says: ["it is gzip data: unpack it first"],
  },
  {
    name: "page.wasm",
    make: (path) => Deno.writeTextFile(path, "<!doctype html>\n"),
    says: ["it looks like text, not a WebAssembly module"],
  },
  {
    name: "zeros.wasm",
    make: async (path) => {
      await Deno.writeFile(path, new Uint8Array());
      // A file with a hole: it has the size, and takes no room on the disk.
      await Deno.truncate(path, 100_000_000);
    },
    says: ["size        100000000 bytes", "it starts with 00 00 00 00"],
  },
  {
    name: "huge.wasm",
    make: async (path) => {
      await Deno.writeFile(path, new Uint8Array());
      await Deno.truncate(path, 300_000_000);
    },
    says: [
      "error: Cannot load",
      "it has 300000000 bytes, the most is 268435456",
    ],
  },
  {
    name: "nothing.wasm",
    make: () => Promise.resolve(),
    says: ["error: Cannot inspect", "there is no such file or folder"],
  },
  {
    name: join("file.wasm", "below it"),
    make: (path) => Deno.writeFile(dirname(path), hello),
    says: ["error: Cannot inspect", "there is no such file or folder"],
  },
  {
    name: "folder",
    make: (path) => Deno.mkdir(path),
    says: ["error: Cannot read", "the folder holds no pulp.cell.toml"],
  },
  {
    name: "folder with a module",
    make: async (path) => {
      await Deno.mkdir(path);
      await Deno.writeFile(join(path, "x.wasm"), hello);
    },
    says: [
      "the folder holds no pulp.cell.toml",
      "hint: name the module itself: ",
      "folder with a module/x.wasm",
    ],
  },
  {
    name: "cell without a module",
    make: async (path) => {
      await Deno.mkdir(path);
      await Deno.writeTextFile(
        join(path, "pulp.cell.toml"),
        'name = "x"\nversion = "1"\n',
      );
    },
    says: ['cell.wasm": no such file', "names the module in `wasm`"],
  },
  {
    name: "faulty.toml",
    make: (path) => Deno.writeTextFile(path, 'name = "x"\nversion = 1\n'),
    says: ["faulty.toml:2:", "version must be a string"],
  },
  {
    name: "pipe.wasm",
    make: (path) => runProcess("mkfifo", [path]),
    says: ["error: Cannot load", "it is not a file"],
    ignore: IS_WINDOWS,
  },
  {
    name: "pipe.toml",
    make: (path) => runProcess("mkfifo", [path]),
    says: ["error: Cannot read", "it is neither a file nor a folder"],
    ignore: IS_WINDOWS,
  },
  {
    name: "cell with a pipe for a module",
    make: async (path) => {
      await Deno.mkdir(path);
      await Deno.copyFile(
        "cells/hello/pulp.cell.toml",
        join(path, "pulp.cell.toml"),
      );
      await runProcess("mkfifo", [join(path, "cell.wasm")]);
    },
    says: ["error: Cannot load", "it is not a file"],
    ignore: IS_WINDOWS,
  },
];

Deno.test("inspect ends with 2 for what is no module and no cell", async (t) => {
  await using dir = new TempDir();
  const wrong = WRONG.filter(({ ignore }) => ignore !== true);
  for (const { name, make } of wrong) await make(dir.join(name));
  const outcomes = await inPairs(
    wrong,
    ({ name }) =>
      pulp(["inspect", dir.join(name)], { allow: [`read=${dir.path}`] }),
  );
  for (const [index, { name, says }] of wrong.entries()) {
    await t.step(name, () => {
      const outcome = outcomes[index];
      assert(outcome !== undefined);
      const said = outcome.out + outcome.err;
      assertEquals(outcome.code, 2, said);
      assertClean(outcome);
      for (const text of says) assertStringIncludes(said, text);
    });
  }
});

Deno.test({
  name: "inspect does not read a device",
  ignore: IS_WINDOWS,
  fn: async () => {
    const outcome = await pulp(["inspect", "/dev/zero"], {
      allow: ["read=/dev/zero"],
    });
    assertEquals([outcome.code, outcome.out], [2, ""]);
    assertStringIncludes(outcome.err, "it is not a file");
  },
});

Deno.test("inspect says of a module what openModule and validateCell say", async (t) => {
  await using dir = new TempDir();
  const registry = builtinRegistry();
  const guests = Object.keys(GUESTS).filter((name) =>
    GUESTS[name]?.language === "wat"
  );
  let refused = 0;
  for (const guest of guests) {
    await t.step(guest, async () => {
      const written = await writeGuest(dir.path, guest);
      assert("path" in written);
      const spec = await readManifest(written.path);
      const why = await openModule(spec, registry)
        .then((module) => validateCell(module, true))
        .then(() => undefined, (error: Error) => error.message);
      const bytes = await Deno.readFile(spec.wasmPath);
      const { problems } = await inspectModule(bytes, { registry, spec });
      assertEquals(problems.length === 0, why === undefined, why);
      if (why !== undefined) refused++;
      for (const { message } of problems) assertStringIncludes(why!, message);
    });
  }
  assert(refused >= 5);
});

const goProblem = await buildGuest("echo-go")
  .then((built) => "skipped" in built ? built.skipped : undefined);

Deno.test({
  name: "inspect knows a module of Go" +
    (goProblem === undefined ? "" : ` (skipped: ${goProblem})`),
  ignore: goProblem !== undefined,
  fn: async () => {
    await using dir = new TempDir();
    const written = await writeGuest(dir.path, "echo-go");
    assert("path" in written);
    const { code, out } = await pulp(["inspect", written.path], {
      allow: [`read=${dir.path}`],
    });
    assertEquals(code, 0);
    assertMatch(out, /^ {2}toolchain +Go: Go cmd\/compile go1\./m);
    assertMatch(out, /^ {2}start +_initialize \(reactor\), before pulp_init$/m);
    assertStringIncludes(out, "wasi_snapshot_preview1.environ_get");
    const checked = await pulp(["check", "--json", written.path], {
      allow: [`read=${dir.path}`],
    });
    assertEquals(JSON.parse(checked.out).cells[0].warnings, []);
  },
});

Deno.test({
  name: "inspect ends with 3 for what Deno keeps to itself",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const outcome = await pulp(["inspect", "/proc/self/environ"], {
      allow: ["read"],
    });
    assertEquals([outcome.code, outcome.out], [3, ""]);
    assertClean(outcome);
    assertMatch(
      outcome.err,
      /^error: Cannot inspect "\/proc\/self\/environ": /,
    );
  },
});

/** A cell that declares more than its module can use. */
const WIDE = {
  name: "wide",
  manifest: {
    capabilities: ["storage.sqlite", "transport.http.outbound"],
    permissions: { net: ["example.com:443"], env: ["HOME"] },
  },
};

async function wideCell(dir: string): Promise<string> {
  const wasm = await wat(cellWat({
    imports:
      `(import "pulp" "http_fetch" (func (param i32 i32 i32 i32) (result i32)))`,
  }));
  return await writeCell(dir, { ...WIDE, wasm });
}

Deno.test("check warns about what is declared in vain, and ends as before", async () => {
  await using dir = new TempDir();
  const path = await wideCell(dir.path);
  const allow = [
    `read=${dir.path}`,
    `write=${dir.path}`,
    "net=example.com:443",
    "env=HOME",
  ];
  const argv = ["--storage-root", dir.join("data"), path];
  const { code, out, err } = await pulp(["check", ...argv], { allow });
  assertEquals([code, err], [0, ""]);
  assertMatch(out, /^wide 1\.0\.0: ready\n/);
  assertStringIncludes(
    out,
    '  warning: "storage.sqlite" is declared, and the module imports nothing of it\n' +
      '  hint: take "storage.sqlite" out of capabilities, line 3\n' +
      "  warning: [permissions] env is never used: " +
      "the module does not import wasi_snapshot_preview1.environ_get\n" +
      "  hint: take [permissions] env out, line 7\n",
  );
  const json = await pulp(["check", "--json", ...argv], { allow });
  const report = JSON.parse(json.out);
  assertEquals([json.code, report.ok, report.exitCode], [0, true, 0]);
  assertEquals(report.cells[0].warnings, [
    {
      declaredIn: "capabilities",
      item: "storage.sqlite",
      line: 3,
      message:
        '"storage.sqlite" is declared, and the module imports nothing of it',
      hint: 'take "storage.sqlite" out of capabilities, line 3',
    },
    {
      declaredIn: "permissions.env",
      item: null,
      line: 7,
      message:
        "[permissions] env is never used: the module does not import wasi_snapshot_preview1.environ_get",
      hint: "take [permissions] env out, line 7",
    },
  ]);
});

Deno.test("check does not warn where the module can't be read", async () => {
  await using dir = new TempDir();
  const path = await wideCell(dir.path);
  const { code, out } = await pulp(["check", "--json", path], {
    allow: [`read=${path}`],
  });
  assertEquals(code, 3);
  assertEquals(JSON.parse(out).cells[0].warnings, []);
});

Deno.test("no example cell declares more than its module can use", async (t) => {
  const cells: string[] = [];
  for await (const { name } of Deno.readDir("cells")) {
    const module = await Deno.stat(`cells/${name}/cell.wasm`).catch(() => null);
    if (module !== null) cells.push(`cells/${name}`);
  }
  assert(cells.length >= 8);
  const { out } = await pulp(
    ["check", "--json", ...cells, "--ext", "cells/visits/kv_extension.ts"],
    { allow: ["read=cells"] },
  );
  for (const { name, module, warnings } of JSON.parse(out).cells) {
    await t.step(name, () => {
      assert(module !== null);
      assertEquals(warnings, []);
    });
  }
});
