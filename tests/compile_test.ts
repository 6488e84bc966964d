/**
 * `compile`, as a process. What is compiled stands on a stand-in for Deno's
 * runtime, which can't be started, so it is read back, unpacked and started as
 * a program of Deno with exactly the permissions that were compiled in. Where
 * the real runtime is there, the real executable is run as well.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { fromFileUrl, join, relative } from "@std/path";
import { TARGETS } from "../src/cli/authoring_commands.ts";
import { TempDir } from "../src/testing/cell_folder.ts";
import { writeCell } from "./guests/write_cell.ts";
import { assertClean } from "./support/bad_input.ts";
import {
  type ExecutableContent,
  type Metadata,
  readExecutable,
  startOf,
  unpack,
} from "./support/executable.ts";
import { HostProcess } from "./support/host_process.ts";
import { printedArgs, shortened } from "./support/printed_line.ts";
import { type Outcome, pulp, ROOT, runProcess } from "./support/pulp.ts";
import { realRuntime } from "./support/real_runtime.ts";

/** Deno compiles onto it without a word; the file does not start. */
const STAND_IN = { DENORT_BIN: Deno.execPath() };

const EXT = "cells/visits/kv_extension.ts";
const ODD = "it's, a [very] $odd {f}%20#?é";

/** An executable that was read back and unpacked. */
interface Unpacked {
  /** Where its files are now. */
  readonly root: string;
  readonly metadata: Metadata;
  /** Where it is started. */
  readonly cwd: string;
}

/** Runs it to its end. */
function started(
  unpacked: Unpacked,
  argv: readonly string[],
  stdin?: string,
): Promise<Outcome> {
  return runProcess(Deno.execPath(), [
    ...startOf(unpacked.metadata, unpacked.root),
    ...argv,
  ], {
    cwd: unpacked.cwd,
    ...(stdin === undefined ? {} : { stdin }),
  });
}

Deno.test("compile makes an executable, and says what is in it", async (t) => {
  await using dir = new TempDir();
  const home = await Deno.realPath(dir.path);
  const app = join(home, "app");
  const ctl = join(home, "app.ctl");
  const hello = await Deno.readFile("cells/hello/cell.wasm");
  await Deno.mkdir(join(home, ODD));
  // A manifest may name its module by a path of the machine it is on.
  const far = join(home, "far.wasm");
  await Deno.writeFile(far, hello);
  const odd = await writeCell(join(home, ODD), {
    name: "odd",
    wasm: new Uint8Array(),
    manifest: {
      provides: ["greet"],
      toml: `wasm = ${JSON.stringify(far)}`,
      permissions: { env: ["PULP_TEST_GREETING"] },
    },
  });
  const argv = [
    "compile",
    "--json",
    "--listen=127.0.0.1:0",
    "--listen=localhost:0",
    "--storage-root=./kept",
    `--storage-root=${home}/elsewhere`,
    `--ctl=${relative(ROOT, ctl)}`,
    `--ext=${EXT}`,
    "cells/hello",
    "cells/notes/pulp.cell.toml",
    "cells/visits",
    "cells/jobs",
    odd,
    "-o",
    app,
  ];
  let out = "";
  await t.step(
    "after it printed the line with the flags that it needs",
    async () => {
      const first = await pulp(argv, { env: STAND_IN });
      assertEquals([first.code, first.out], [3, ""]);
      assertMatch(first.err, /^error: Cannot compile: Deno was not given /);
      const second = await runProcess(
        Deno.execPath(),
        await printedArgs(first.err),
        { env: STAND_IN },
      );
      // The manifests that were named as files say where their modules are.
      assertEquals([second.code, second.out], [3, ""], second.err);
      const line = await printedArgs(second.err);
      assert(line.includes(`--allow-run=${Deno.execPath()}`), line.join(" "));
      for (const { args, flag } of shortened(line)) {
        const less = await runProcess(Deno.execPath(), args, { env: STAND_IN });
        assertEquals([less.code, less.out], [3, ""], flag);
        assertEquals(await exists(app), false);
      }
      const done = await runProcess(Deno.execPath(), line, { env: STAND_IN });
      assertEquals([done.code, done.err], [0, ""]);
      out = done.out;
    },
  );

  const content = await readExecutable(app);
  const { metadata, files } = content;
  const at = (path: string): string => pathIn(content, path);

  await t.step(
    "its permissions are those of hosting, without what is inside",
    () => {
      const storage = ["notes", "visits", "jobs"].flatMap((cell) => [
        `kept/${cell}`,
        `${home}/elsewhere/${cell}`,
      ]);
      const { prompt, allow_import: _, ...permissions } = metadata.permissions;
      assertEquals(prompt, false);
      assertEquals(granted(permissions), {
        allow_read: [...storage, ctl].sort(),
        allow_write: [...storage, ctl].sort(),
        allow_net: ["127.0.0.1:0", "localhost:0", `unix:${ctl}`].sort(),
        allow_env: ["PULP_TEST_GREETING"],
        allow_run: ["date", "uname"],
      });
    },
  );

  await t.step(
    "workers have permissions of their own in it, and no cache can be planted",
    () => {
      assertEquals(metadata.unstable_config.features, ["worker-options"]);
      assertEquals(metadata.code_cache_key, null);
    },
  );

  await t.step(
    "manifests, modules, extensions and the programs of threads are inside",
    async () => {
      for (
        const path of [
          "cells/hello/pulp.cell.toml",
          "cells/hello/cell.wasm",
          "cells/notes/cell.wasm",
          EXT,
          "src/extension.ts",
          far,
          odd,
        ]
      ) {
        const inside = files.get(at(path));
        assert(inside !== undefined, path);
        assertEquals(inside, await Deno.readFile(path));
      }
      const programs = await threadPrograms();
      assert(programs.length >= 3, programs.join());
      assertEquals(programs.filter((it) => !files.has(at(it))), []);
    },
  );

  await t.step("so are the packages that it imports, and no others", () => {
    const packages = [...files.keys()].flatMap((path) =>
      /^\.deno_compile_node_modules\/[^/]+\/((?:@[^/]+\/)?[^/]+)/
        .exec(path)?.[1] ?? []
    );
    const names = new Set(packages);
    assert(names.has("@msgpack/msgpack"), [...names].join());
    assert(names.has("smol-toml"));
    assert(names.has("@logtape/logtape"));
    for (const name of ["assemblyscript", "wabt", "fast-check"]) {
      assertEquals(names.has(name), false, name);
    }
    const others = [...files.keys()].filter((path) =>
      /(_test\.ts|(^|\/)(tests|docs|scripts|sdk|\.git)\/|\/main\.ts$)/
        .test(path) && !path.startsWith(".deno_compile_node_modules/")
    );
    assertEquals(others, []);
  });

  await t.step("the report tells all of that", async () => {
    const report = JSON.parse(out);
    assertEquals(report.output, app);
    assertEquals(report.bytes, (await Deno.stat(app)).size);
    assertEquals(report.target, Deno.build.target);
    assertEquals(
      report.cells.map((cell: { name: string }) => cell.name),
      ["hello", "notes", "visits", "jobs", "odd"],
    );
    assertEquals(report.cells[4].sha256, await sha256(hello));
    assertEquals(
      report.cells[1].sha256,
      await sha256(files.get(at("cells/notes/cell.wasm"))!),
    );
    assertEquals(report.flags, flagsOf(metadata));
    const reasons = report.permissions.map((
      it: { kind: string; target: string; cell: string | null },
    ) => [it.kind, it.target, it.cell]);
    for (
      const reason of [
        ["net", "127.0.0.1:0", "notes"],
        ["net", "localhost:0", "jobs"],
        ["write", "kept/visits", "visits"],
        ["env", "PULP_TEST_GREETING", "odd"],
        ["write", ctl, null],
      ]
    ) {
      assert(
        reasons.some((it: unknown[]) => it.join() === reason.join()),
        reason.join(),
      );
    }
    for (const { path, bytes } of report.files) {
      assertEquals(files.get(at(path))?.length, bytes, path);
    }
  });

  const root = join(home, "unpacked");
  const cwd = join(home, "started");
  await Deno.mkdir(cwd);
  await unpack(content, root);
  const executable: Unpacked = { root, metadata, cwd };

  await t.step("it calls its cells", async () => {
    const ada = await started(executable, [
      "call",
      "hello",
      "greet",
      '{"name":"Ada"}',
    ]);
    assertEquals(ada, { code: 0, out: '{"message":"Hello, Ada!"}\n', err: "" });
    const far = await started(
      executable,
      ["call", "odd", "greet", "-"],
      '{"name":"Bob"}',
    );
    assertEquals(far, { code: 0, out: '{"message":"Hello, Bob!"}\n', err: "" });
    const visit = ["call", "visits", "visit", '{"name":"Ada"}'];
    await started(executable, visit);
    const again = await started(executable, visit);
    assertEquals([again.code, again.err], [0, ""]);
    assertEquals(JSON.parse(again.out), { name: "Ada", count: 2 });
    assertEquals(await exists(join(cwd, "kept/visits/kv.json")), true);
  });

  await t.step(
    "it checks its cells, and says what it was made with",
    async () => {
      const { code, out, err } = await started(executable, ["check"]);
      assertEquals([code, err], [0, ""]);
      assertStringIncludes(out, "  manifest  in this executable\n");
      assertStringIncludes(
        out,
        `\nThis executable was made with:\n${
          flagsOf(metadata).map((flag) => `  ${flag}\n`).join("")
        }`,
      );
      const json = JSON.parse(
        (await started(executable, ["check", "--json"])).out,
      );
      assertEquals([json.ok, json.given], [true, flagsOf(metadata)]);
    },
  );

  await t.step(
    "without any one of its permissions it would refuse to start",
    async () => {
      const line = [...startOf(metadata, root), "check"];
      // A host goes on without its control socket.
      const needed = shortened(line).filter(({ flag }) =>
        !flag.includes(ctl) && !flag.endsWith(`=${root}`) &&
        // These are for other values of its options.
        !flag.includes("elsewhere") && !flag.includes("localhost")
      );
      assert(needed.length >= 9, needed.map((it) => it.flag).join(" "));
      for (const { flag, args } of needed) {
        const { code, out } = await runProcess(Deno.execPath(), args, { cwd });
        assertEquals(code, 3, `${flag}\n${out}`);
        assertStringIncludes(out, flag.split("=")[1] ?? "");
      }
    },
  );

  await t.step(
    "it hosts its cells, and answers on its control socket",
    async () => {
      await using host = new HostProcess(startOf(metadata, root), {}, cwd);
      const url = await host.url();
      for (const cell of ["hello", "notes", "visits", "jobs", "odd"]) {
        await host.ready(cell);
      }
      const posted = await fetch(`${url}/notes`, {
        method: "POST",
        body: JSON.stringify({ text: "compiled" }),
      });
      assertEquals([posted.status, (await posted.json()).text], [
        201,
        "compiled",
      ]);
      await host.line(/msg="control socket listening"/);
      const ps = await started(executable, ["ps", "--json"]);
      assertEquals(ps.code, 0, ps.err);
      assertEquals(JSON.parse(ps.out).cells.length, 5);
      const allow = [`read=${ctl}`, `write=${ctl}`, `net=unix:${ctl}`];
      const reload = await pulp(["reload", "hello", `--ctl=${ctl}`], { allow });
      assertEquals(reload.code, 1);
      assertStringIncludes(reload.err, "its module is inside the executable");
      assertEquals((await started(executable, ["stop", "odd"])).code, 0);
      assertEquals((await started(executable, ["stop", "--all"])).code, 0);
      assertEquals(await host.ended(), 0);
      assertEquals(await exists(join(cwd, "kept/notes/data.db")), true);
    },
  );

  await t.step("it takes the other values that it was made for", async () => {
    const elsewhere = `--storage-root=${home}/elsewhere`;
    const line = [
      ...startOf(metadata, root),
      "--listen=localhost:0",
      elsewhere,
    ];
    await using host = new HostProcess(line, {}, cwd);
    await host.ready("notes");
    assertEquals(await host.stop(), 0);
    assertEquals(await exists(join(home, "elsewhere/notes/data.db")), true);
  });

  await t.step(
    "it says how to make another one for values that it was not made for",
    async () => {
      const asked = ["--listen=0.0.0.0:9", "--storage-root=/srv/notes"];
      const { code, out, err } = await started(executable, ["run", ...asked]);
      assertEquals([code, out], [3, ""]);
      assertStringIncludes(
        err,
        "this executable was not made for what is asked",
      );
      assertMatch(err, /--allow-net=0\.0\.0\.0:9$/m);
      const line = err.split("\n").find((it) =>
        it.startsWith("  pulp compile ")
      );
      for (
        const word of [
          "--listen=127.0.0.1:0 --listen=localhost:0 --listen=0.0.0.0:9",
          "--storage-root=./kept",
          "--storage-root=/srv/notes",
          `--ext=${EXT}`,
          `--output=${app} --force cells/hello`,
        ]
      ) assertStringIncludes(line ?? "", word);
    },
  );

  await t.step(
    "nothing is written over without --force, nor lost by a failure",
    async () => {
      const allow = ["read", `run=${Deno.execPath()}`];
      const again = ["compile", "cells/hello", `-o=${app}`];
      const kept = await pulp(again, { allow, env: STAND_IN });
      assertEquals([kept.code, kept.out], [2, ""]);
      assertEquals(
        kept.err,
        `error: Cannot write "${app}": there is such a file\nhint: --force overwrites it\n`,
      );
      const before = await Deno.stat(app);
      const failed = await pulp([...again, "--force"], {
        allow,
        env: { DENORT_BIN: "/nonexistent/denort" },
      });
      assertEquals(failed.code, 1);
      assertEquals((await Deno.stat(app)).mtime, before.mtime);
      const made = await pulp([...again, "--force"], { allow, env: STAND_IN });
      assertEquals([made.code, made.err], [0, ""]);
      assertStringIncludes(made.out, `${app}: `);
      assertMatch(made.out, /^ {2}It may do nothing but compute\.$/m);
      const { metadata } = await readExecutable(app);
      assertEquals(flagsOf(metadata), []);
      const left = (await Array.fromAsync(Deno.readDir(home)))
        .map(({ name }) => name).filter((name) => name.startsWith("app."));
      assertEquals(left, []);
    },
  );
});

Deno.test("compile refuses what can't be compiled, and makes nothing", async (t) => {
  await using dir = new TempDir();
  const app = dir.join("app");
  const hello = await Deno.readFile("cells/hello/cell.wasm");
  const unknown = await writeCell(dir.path, {
    name: "unknown",
    wasm: hello,
    manifest: { capabilities: ["storage.sqlit"] },
  });
  const text = await writeCell(dir.path, {
    name: "text",
    wasm: new TextEncoder().encode("no module"),
  });
  const needy = await writeCell(dir.path, {
    name: "needy",
    wasm: hello,
    manifest: { depends_on: ["nobody"] },
  });
  await Deno.mkdir(dir.join("folder"));
  await Deno.writeTextFile(dir.join("precious.toml"), "keep = true\n");
  const cases: readonly [
    name: string,
    argv: readonly string[],
    code: number,
    says: string,
  ][] = [
    ["no manifest", ["-o", app], 2, "<manifest> is missing"],
    ["no output", ["cells/hello"], 2, '"--output" is missing'],
    [
      "a manifest that is not there",
      ["cells/helo", "-o", app],
      2,
      "there is no such file or folder",
    ],
    [
      "a capability that is none",
      [unknown, "-o", app],
      2,
      'did you mean "storage.sqlite"?',
    ],
    ["a module that is none", [text, "-o", app], 2, "text/cell.wasm"],
    [
      "a set that does not fit together",
      [needy, "-o", app],
      2,
      'depends on "nobody"',
    ],
    [
      "one cell twice",
      ["cells/hello", "cells/hello", "-o", app],
      2,
      "given twice",
    ],
    [
      "an address that is none",
      ["--listen", "8080", "cells/hello", "-o", app],
      2,
      "did you mean 127.0.0.1:8080?",
    ],
    [
      "a second address that is none",
      ["--listen=[::1]:0", "--listen=a b", "cells/hello", "-o", app],
      2,
      "is not a host name",
    ],
    [
      "a target that does not exist",
      ["--target", "x86_64-unknown-linux-gn", "cells/hello", "-o", app],
      2,
      'did you mean "x86_64-unknown-linux-gnu"?',
    ],
    [
      "a certificate without its key",
      ["--tls-cert=a.pem", "cells/hello", "-o", app],
      2,
      '"--tls-key" is missing',
    ],
    [
      "an extension that is not there",
      ["--ext=absent.ts", "cells/hello", "-o", app],
      2,
      "absent.ts",
    ],
    [
      "a folder in the way",
      ["cells/hello", "-o", dir.join("folder"), "--force"],
      2,
      "it is a folder",
    ],
    [
      "a file in the way",
      ["cells/hello", "-o", dir.join("precious.toml"), "--force"],
      2,
      "no executable",
    ],
    [
      "a folder that is not there",
      ["cells/hello", "-o", dir.join("absent", "app")],
      2,
      `hint: make it first: mkdir -p ${dir.join("absent")}\n`,
    ],
    [
      "a path through a file",
      ["cells/hello", "-o", dir.join("precious.toml", "app")],
      2,
      "Cannot write",
    ],
    [
      "a place where nothing can be written",
      ["cells/hello", "-o", "/proc/app"],
      2,
      'Cannot write "/proc/app"',
    ],
  ];
  for (const [name, argv, code, says] of cases) {
    await t.step(name, async () => {
      const outcome = await pulp(["compile", ...argv], {
        allow: ["read", "run"],
        env: STAND_IN,
      });
      assertEquals([outcome.code, outcome.out], [code, ""], outcome.err);
      assertStringIncludes(outcome.err, says);
      assertClean(outcome);
    });
  }
  await t.step("and what was there is there", async () => {
    const kept = await Deno.readTextFile(dir.join("precious.toml"));
    assertEquals(kept, "keep = true\n");
    assertEquals(await exists(app), false);
    assertEquals(await exists(dir.join("absent")), false);
  });
});

Deno.test("compile says where to get the runtime of executables when Deno can't", async () => {
  await using dir = new TempDir();
  for (const target of [Deno.build.target, "aarch64-apple-darwin"]) {
    const { code, out, err } = await pulp(
      ["compile", "cells/hello", "-o", dir.join("app"), "--target", target],
      {
        allow: ["read", "run"],
        env: { DENORT_BIN: dir.join("absent") },
      },
    );
    assertEquals([code, out], [1, ""]);
    assertStringIncludes(err, `Cannot compile for ${target}: `);
    assertStringIncludes(err, dir.join("absent"));
    assertStringIncludes(
      err,
      `https://dl.deno.land/release/v${Deno.version.deno}/denort-${target}.zip`,
    );
    assertStringIncludes(err, "DENORT_BIN=");
    assertEquals(await exists(dir.join("app")), false);
  }
});

Deno.test("compile makes nothing of another program than denort, and loses nothing", async () => {
  await using dir = new TempDir();
  const app = dir.join("app");
  const line = ["compile", "cells/hello", "--force", "-o", app];
  const allow = [`read=cells/hello,${app}`, "run=deno"];
  const env = { DENORT_BIN: "/bin/true" };
  for (const before of [undefined, "\x7fELF of before"]) {
    if (before !== undefined) await Deno.writeTextFile(app, before);
    const { code, out, err } = await pulp(line, { allow, env });
    assertEquals([code, out], [1, ""], err);
    assertStringIncludes(err, `is not denort ${Deno.version.deno}`);
    const left = await Array.fromAsync(Deno.readDir(dir.path));
    assertEquals(left.map(({ name }) => name), before ? ["app"] : []);
    if (before) assertEquals(await Deno.readTextFile(app), before);
  }
});

Deno.test("compile makes an executable for another platform on its own runtime alone", async () => {
  await using dir = new TempDir();
  const app = dir.join("app");
  const other = Deno.build.arch === "x86_64" ? "aarch64" : "x86_64";
  const target = `${other}-unknown-linux-gnu`;
  const compiled = (env: Record<string, string>, to: string) =>
    pulp(["compile", "--json", "cells/hello", "-o", app, "--target", to], {
      allow: [`read=cells/hello,${app},${app}.exe`, "run=deno"],
      env,
    });
  for (
    const platform of [target, "x86_64-pc-windows-msvc", "aarch64-apple-darwin"]
  ) {
    const { code, out, err } = await compiled(STAND_IN, platform);
    assertEquals([code, out], [1, ""], err);
    assertStringIncludes(
      err,
      `Cannot compile for ${platform}: what DENORT_BIN names is for `,
    );
    assertStringIncludes(err, `denort-${platform}.zip`);
    assertEquals(await Array.fromAsync(Deno.readDir(dir.path)), []);
  }

  // The file says of itself which processor it is for.
  const base = dir.join("denort");
  await Deno.copyFile(Deno.execPath(), base);
  using file = await Deno.open(base, { write: true });
  await file.seek(18, Deno.SeekMode.Start);
  await file.write(Uint8Array.of(other === "aarch64" ? 0xb7 : 0x3e, 0));
  const { code, out, err } = await compiled({ DENORT_BIN: base }, target);
  assertEquals([code, err], [0, ""]);
  assertEquals(JSON.parse(out).target, target);
  const { files } = await readExecutable(app);
  assert([...files.keys()].some((it) => it.endsWith("cells/hello/cell.wasm")));
});

Deno.test("compile takes an empty DENORT_BIN for none", async () => {
  await using dir = new TempDir();
  const { code, err } = await pulp(
    ["compile", "cells/hello", "-o", dir.join("app")],
    {
      allow: ["read", "run"],
      // Nothing is downloaded for this; it may be there already.
      env: { DENORT_BIN: "", HTTPS_PROXY: "http://127.0.0.1:1" },
    },
  );
  assertEquals(err.includes("Could not find denort"), false, err);
  if (code !== 0) assertStringIncludes(err, "https://dl.deno.land/release/");
});

Deno.test("compile offers the platforms that Deno has", async () => {
  const { code, err } = await runProcess(Deno.execPath(), [
    "compile",
    "--target=none",
    "main.ts",
  ], { env: { NO_COLOR: "1" } });
  assertEquals(code, 1);
  const offered = /possible values: (.*)/.exec(err)?.[1]?.split(", ");
  assertEquals(offered, [...TARGETS]);
});

Deno.test("compile takes the deno of the search path only when it is the same", async () => {
  await using dir = new TempDir();
  const other = dir.join("deno");
  await Deno.writeTextFile(other, "#!/bin/sh\necho 'deno 1.2.3 (stable)'\n");
  await Deno.chmod(other, 0o755);
  const { code, err } = await pulp(
    ["compile", "cells/hello", "-o", dir.join("app")],
    {
      allow: ["read", "run=deno"],
      env: { PATH: `${dir.path}:${Deno.env.get("PATH")}`, ...STAND_IN },
    },
  );
  assertEquals(code, 1);
  assertStringIncludes(err, '"deno" is Deno 1.2.3, and this is');
});

const real = await realRuntime();

Deno.test({
  name: `an executable on the real runtime does what it should${real.reason}`,
  ignore: real.env === undefined,
  fn: async () => {
    await using dir = new TempDir();
    const home = await Deno.realPath(dir.path);
    const app = join(home, "app");
    const made = await pulp([
      "compile",
      "cells/hello",
      "cells/notes",
      "cells/visits",
      `--ext=${EXT}`,
      "--listen=127.0.0.1:0",
      "-o",
      app,
    ], { allow: ["read", "run"], env: real.env ?? {} });
    assertEquals([made.code, made.err], [0, ""]);
    const run = (argv: readonly string[]): Promise<Outcome> =>
      runProcess(app, argv, { cwd: home });
    const call = ["call", "hello", "greet", '{"name":"Ada"}'];
    assertEquals(await run(call), {
      code: 0,
      out: '{"message":"Hello, Ada!"}\n',
      err: "",
    });
    const visit = await run(["call", "visits", "visit", '{"name":"Ada"}']);
    assertEquals([visit.code, visit.err], [0, ""]);
    const check = await run(["check"]);
    assertEquals([check.code, check.err], [0, ""]);
    assertStringIncludes(check.out, "This executable was made with:");
    assertEquals((await run(["--listen=127.0.0.1:1"])).code, 3);
    assertEquals((await run(["compile"])).code, 2);
    const doctor = JSON.parse((await run(["doctor", "--json"])).out);
    assertEquals(doctor.notHeld, 0);
    await using host = new HostProcess([], {}, home, app);
    const url = await host.url();
    const notes = await fetch(`${url}/notes`);
    assertEquals([notes.status, await notes.json()], [200, []]);
    assertEquals(await host.stop(), 0);
  },
});

/** The path of a file of this machine in the file system of an executable. */
function pathIn({ metadata, files }: ExecutableContent, path: string): string {
  const whole = path.startsWith("/") ? path : join(ROOT, path);
  const entry = join(ROOT, "src/cli/embedded_main.ts");
  assert(files.has(metadata.entrypoint_key));
  const root = entry.slice(0, -metadata.entrypoint_key.length);
  return relative(root, whole);
}

/** What is granted, each list in order; what is not granted is left out. */
function granted(
  permissions: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(permissions).filter(([, value]) => value !== null).map((
      [key, value],
    ) => [key, Array.isArray(value) ? value.toSorted() : value]),
  );
}

/** The flags that lead to the permissions of an executable. */
function flagsOf({ permissions }: Metadata): string[] {
  return ["read", "write", "net", "env", "run"].flatMap((kind) => {
    const list = permissions[`allow_${kind}`];
    if (list === null || list === undefined) return [];
    assert(Array.isArray(list) && list.length > 0, `all of ${kind}`);
    return [`--allow-${kind}=${list.join(",")}`];
  });
}

/** The programs of threads that the sources name, relative to the project. */
async function threadPrograms(): Promise<string[]> {
  const programs: string[] = [];
  for await (const file of sources(join(ROOT, "src"))) {
    const text = await Deno.readTextFile(file);
    for (const match of text.matchAll(/new URL\(\s*"([^"]+\.ts)",\s*import/g)) {
      const path = fromFileUrl(new URL(match[1] ?? "", `file://${file}`));
      programs.push(relative(ROOT, path));
    }
  }
  return [...new Set(programs)];
}

/** Every module of the program, without what only tests load. */
async function* sources(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory && name !== "testing") yield* sources(join(folder, name));
    else if (/\.ts$/.test(name) && !/^testing|_test\.ts$/.test(name)) {
      yield join(folder, name);
    }
  }
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const copy = new Uint8Array(bytes);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", copy)).toHex();
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
