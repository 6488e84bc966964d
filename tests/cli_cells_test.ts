import {
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import {
  denoArgs,
  type Outcome,
  pulp as runPulp,
  ROOT,
  type Start,
} from "./support/pulp.ts";

const HELLO = "cells/hello";
/** What `run` and `check` read. */
const HOSTED = [`read=${HELLO}`];

/** Runs the program to its end; without more it may read the cell hello. */
function pulp(argv: readonly string[], start: Start = {}): Promise<Outcome> {
  return runPulp(argv, { allow: [`read=${HELLO}`], ...start });
}

/** A folder with one manifest, gone when the test ends. */
async function cellFolder(
  manifest: string,
): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "pulp_cli_" });
  await Deno.writeTextFile(`${path}/pulp.cell.toml`, manifest);
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

Deno.test("call prints the answer as one line of JSON and nothing else", async () => {
  assertEquals(await pulp(["call", HELLO, "greet", '{"name":"Ada"}']), {
    code: 0,
    out: '{"message":"Hello, Ada!"}\n',
    err: "",
  });
});

Deno.test("call takes its argument from standard input", async () => {
  const { code, out } = await pulp(["call", HELLO, "greet", "-"], {
    stdin: '{"name":"Bob"}\n',
  });
  assertEquals([code, out], [0, '{"message":"Hello, Bob!"}\n']);
});

Deno.test("call --raw hands over bytes and prints bytes", async () => {
  // {"name": "Eve"} in MessagePack.
  const stdin = new Uint8Array([
    0x81,
    0xa4,
    0x6e,
    0x61,
    0x6d,
    0x65,
    0xa3,
    0x45,
    0x76,
    0x65,
  ]);
  const argv = ["call", "--raw", HELLO, "greet", "-"];
  const { code, out, err } = await pulp(argv, { stdin });
  assertEquals([code, err], [0, ""]);
  assertStringIncludes(out, "Hello, Eve!");
  assertEquals(out.includes("{"), false);
});

Deno.test("call ends with 1 and the cell's own words when the cell refuses", async () => {
  const { code, out, err } = await pulp(["call", HELLO, "gret"]);
  assertEquals([code, out], [1, ""]);
  assertMatch(
    err,
    /^error: Cannot call "gret" of cell "hello": .+\nhint: did you mean "greet"\?\n$/,
  );
});

Deno.test("call names some of what a manifest provides, however much that is", async () => {
  const names = Array.from({ length: 900 }, (_, i) => `f${i}`);
  await using folder = await cellFolder(
    'name = "x"\nversion = "1"\n' +
      `provides = ${JSON.stringify(["x".repeat(1_000), ...names])}\n`,
  );
  await Deno.copyFile(`${HELLO}/cell.wasm`, `${folder.path}/cell.wasm`);
  const { code, err } = await pulp(["call", folder.path, "frobnicate"], {
    allow: [`read=${folder.path}`],
  });
  assertEquals(code, 1);
  assertMatch(
    err,
    /\nhint: its manifest provides x{60}\.\.\., f0, f1, .*, f18 and 881 more\n$/,
  );
});

Deno.test("call ends with 2 for what is not JSON, before anything else", async () => {
  for (
    const json of ["{", "", "nul", "{'a':1}", "1 2"]
  ) {
    const { code, out, err } = await pulp(["call", HELLO, "greet", json], {
      allow: [],
    });
    assertEquals([code, out], [2, ""]);
    assertStringIncludes(err, "error: Cannot read the JSON: ");
  }
  const beyond = ["call", HELLO, "greet", "18446744073709551616"];
  assertEquals((await pulp(beyond, { allow: [] })).code, 2);
});

Deno.test("call ends with 2 for a function without a name", async () => {
  assertEquals((await pulp(["call", HELLO, ""])).code, 2);
});

Deno.test("call says which flag is missing, and the line that it prints works", async () => {
  const argv = ["call", HELLO, "greet", `{"name":"it's me"}`];
  const refused = await pulp(argv, { allow: [] });
  assertEquals([refused.code, refused.out], [3, ""]);
  const line = refused.err.split("\n").find((it) =>
    it.startsWith("  deno run ")
  );
  assertNotEquals(line, undefined);
  const script = `deno() { "$DENO" "$@"; }; ${line}`;
  const { code, stdout } = await new Deno.Command("bash", {
    args: ["-c", script],
    cwd: ROOT,
    env: { DENO: Deno.execPath() },
    stdin: "null",
  }).output();
  assertEquals(code, 0);
  assertEquals(
    new TextDecoder().decode(stdout),
    `{"message":"Hello, it's me!"}\n`,
  );
});

Deno.test("call refuses a module that may not be read before it is read", async () => {
  const { code, err } = await pulp(["call", HELLO, "greet"], {
    allow: [`read=${HELLO}/pulp.cell.toml`],
  });
  assertEquals(code, 3);
  assertMatch(err, /^ {2}capability {2}manifest {2}Deno {5}missing flag$/m);
  assertMatch(
    err,
    /^ {2}module .* missing {2}--allow-read=cells\/hello\/cell\.wasm$/m,
  );
});

Deno.test("call is interrupted with 130", async () => {
  await using child = new Deno.Command(Deno.execPath(), {
    args: denoArgs(["call", HELLO, "greet", "-"], [`read=${HELLO}`]),
    cwd: ROOT,
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  // More than a pipe holds: once it is written, the program is reading it.
  const writer = child.stdin.getWriter();
  await writer.write(new Uint8Array(1 << 20));
  child.kill("SIGINT");
  assertEquals((await child.status).code, 130);
  await writer.close().catch(() => {});
});

Deno.test("step prints what each step returned", async () => {
  assertEquals(await pulp(["step", "--count=3", HELLO]), {
    code: 0,
    out: "0\n0\n0\n",
    err: "",
  });
  const argv = ["step", "--event", "tick", "--payload", "-", HELLO];
  assertEquals((await pulp(argv, { stdin: '{"n":1}' })).out, "0\n");
});

Deno.test("step refuses a payload without an event", async () => {
  const { code, err } = await pulp(["step", "--payload={}", HELLO]);
  assertEquals(code, 2);
  assertStringIncludes(err, 'Cannot use "--payload" without "--event"');
});

Deno.test("check shows the module, its exports and the verdict", async () => {
  const { code, out, err } = await pulp(["check", HELLO], { allow: HOSTED });
  assertEquals([code, err], [0, ""]);
  assertMatch(out, /^hello \S+: ready\n/);
  assertMatch(out, /^ {2}sha256 {4}[0-9a-f]{64}$/m);
  assertMatch(out, /^ {2}exports .*pulp_on_call/m);
});

Deno.test("check --json is one object with every key", async () => {
  const { code, out } = await pulp(["check", "--json", HELLO], {
    allow: HOSTED,
  });
  const report = JSON.parse(out);
  assertEquals([code, report.ok, report.exitCode], [0, true, 0]);
  assertEquals(Object.keys(report), [
    "ok",
    "exitCode",
    "order",
    "errors",
    "cells",
    "given",
    "limits",
  ]);
  assertEquals(Object.keys(report.cells[0]), [
    "argument",
    "ok",
    "exitCode",
    "name",
    "version",
    "manifest",
    "wasm",
    "provides",
    "consumes",
    "dependsOn",
    "limits",
    "errors",
    "warnings",
    "module",
    "capabilities",
  ]);
});

Deno.test("check tells what is missing from what is wrong", async () => {
  const missing = await pulp(["check", "--json", HELLO], {
    allow: [`read=${HELLO}/pulp.cell.toml`],
  });
  assertEquals(missing.code, 3);
  assertEquals(JSON.parse(missing.out).cells[0].module, null);
  await using folder = await cellFolder(
    'name = "x"\nversion = "1"\ncapabilities = ["storage.sqlit"]\n',
  );
  const wrong = await pulp(["check", "--json", HELLO, folder.path], {
    allow: [`read=${HELLO},${folder.path}`],
  });
  assertEquals(wrong.code, 2);
  const { cells } = JSON.parse(wrong.out);
  assertEquals(cells.map((cell: { ok: boolean }) => cell.ok), [true, false]);
  assertStringIncludes(
    JSON.stringify(cells[1].errors),
    'did you mean \\"storage.sqlite\\"?',
  );
});

Deno.test("a manifest that can't be hosted ends with 2 and names the place", async () => {
  await using folder = await cellFolder('name = "x"\nversion = 1\n');
  const allow = [`read=${folder.path}`];
  for (const argv of [["run"], ["check"], ["step"], ["call"]]) {
    const more = argv[0] === "call" ? ["f"] : [];
    const { code, out, err } = await pulp([...argv, folder.path, ...more], {
      allow,
    });
    assertEquals(code, 2);
    assertStringIncludes(out + err, "pulp.cell.toml:2:");
  }
});

Deno.test("run without a manifest ends with 2", async () => {
  assertEquals((await pulp(["run"])).code, 2);
  assertEquals((await pulp(["run", ""])).code, 2);
  assertEquals((await pulp(["run", "--manifest=,"])).code, 2);
});
