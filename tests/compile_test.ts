/**
 * `compile`, as a process. What is compiled stands on a stand-in for Deno's
 * runtime, which can't be started, so it is read back, unpacked and started as
 * a program of Deno with exactly the permissions that were compiled in.
 * `compile_runtime_test.ts` runs the real executable where the real runtime is
 * there.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { join, relative } from "@std/path";
import { TempDir } from "../src/testing/cell_folder.ts";
import { writeCell } from "./guests/write_cell.ts";
import { exists, EXT, STAND_IN } from "./support/compiling.ts";
import { readExecutable, startOf, unpack } from "./support/executable.ts";
import { HostProcess } from "./support/host_process.ts";
import { printedArgs, shortened } from "./support/printed_line.ts";
import { pulp, ROOT, runProcess } from "./support/pulp.ts";
import { threadPrograms } from "./support/thread_programs.ts";
import {
  flagsOf,
  granted,
  pathIn,
  started,
  type Unpacked,
} from "./support/unpacked.ts";

const ODD = "it's, a [very] $odd {f}%20#?é";

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

async function sha256(bytes: Uint8Array): Promise<string> {
  const copy = new Uint8Array(bytes);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", copy)).toHex();
}
