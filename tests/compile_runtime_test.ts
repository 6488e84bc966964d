import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { TARGETS } from "../src/cli/authoring_commands.ts";
import { TempDir } from "../src/testing/cell_folder.ts";
import { exists, EXT, STAND_IN } from "./support/compiling.ts";
import { readExecutable } from "./support/executable.ts";
import { HostProcess } from "./support/host_process.ts";
import { type Outcome, pulp, runProcess } from "./support/pulp.ts";
import { realRuntime } from "./support/real_runtime.ts";

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
