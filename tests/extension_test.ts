import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { TempDir } from "../src/testing/cell_folder.ts";
import { cellWat, wat } from "../src/testing/wat.ts";
import { HostProcess } from "./support/host_process.ts";
import { pulp, WORKER } from "./support/pulp.ts";

const EXT = "cells/visits/kv_extension.ts";
const visit = (storage: string): string[] => [
  "call",
  "--ext",
  EXT,
  "--storage-root",
  storage,
  "cells/visits",
  "visit",
  '{"name":"Ada"}',
];

Deno.test("an extension serves the cell that declares it, and keeps its data", async () => {
  await using dir = new TempDir();
  const allow = [
    `read=cells/visits,${dir.path},${WORKER}`,
    `write=${dir.path}`,
  ];
  for (const count of [1, 2]) {
    const { code, out, err } = await pulp(visit(dir.path), { allow });
    assertEquals([code, err], [0, ""]);
    assertEquals(JSON.parse(out), { name: "Ada", count });
  }
});

Deno.test("what an extension asks for is asked of Deno, and the flag is named", async () => {
  await using dir = new TempDir();
  const { code, err } = await pulp(visit(dir.path), {
    allow: ["read=cells/visits"],
  });
  assertEquals(code, 3);
  assertStringIncludes(err, "example.kv");
  assertStringIncludes(err, `--allow-write=${dir.path}/visits`);
});

Deno.test("an extension that can't be read or loaded is an error that names it", async () => {
  await using dir = new TempDir();
  await Deno.writeTextFile(
    dir.join("broken.ts"),
    "throw new Error('no luck');",
  );
  const call = (ext: string, allow: string[]): ReturnType<typeof pulp> =>
    pulp(["call", "--ext", ext, "cells/visits", "visit"], { allow });
  const unread = await call(EXT, ["read=cells/visits/pulp.cell.toml"]);
  assertEquals(unread.code, 3);
  assertStringIncludes(unread.err, "--allow-read=");
  const broken = await call(dir.join("broken.ts"), [
    `read=cells/visits,${dir.path}`,
  ]);
  assertEquals(broken.code, 2);
  assertStringIncludes(broken.err, "no luck");
  await Deno.writeTextFile(
    dir.join("waits.ts"),
    "await new Promise(() => {});",
  );
  const waits = await call(dir.join("waits.ts"), [
    `read=cells/visits,${dir.path}`,
  ]);
  assertEquals(waits.code, 2);
  assertStringIncludes(waits.err, "it took longer than 10000 ms");
  const absent = await call(dir.join("absent.ts"), [
    `read=cells/visits,${dir.path}`,
  ]);
  assertEquals(absent.code, 2);
  assertStringIncludes(absent.err, "absent.ts");
});

/** A capability `test.moody` with one function that does what `body` says. */
const moody = (body: string): string => `
  import { registerExtension } from "@pulp/deno/extension";
  registerExtension({ name: "test.moody", stubs: { moody: { params: [0] } }, imports: () => ({ moody: () => { ${body} } }) });`;

const CALLER = cellWat({
  imports: `(import "pulp" "moody" (func $moody (result i32)))`,
  functions:
    `(func (export "pulp_on_call") (param i32 i32 i32 i32) (param $p i32) (param $l i32) (result i32)
    (i32.store8 (i32.const 8) (call $moody)) (i32.store (local.get $p) (i32.const 8)) (i32.store (local.get $l) (i32.const 1)) (i32.const 0))`,
});

Deno.test("an extension that throws is a code for its cell; one that hangs or breaks out ends at the deadline or at Deno", async () => {
  await using dir = new TempDir();
  const config = `{ "imports": { "@pulp/deno/extension": "${new URL(
    "../src/extension.ts",
    import.meta.url,
  )}" } }`;
  await Deno.writeTextFile(dir.join("deno.json"), config);
  const spec = await dir.cell(
    "moody",
    await wat(CALLER),
    `capabilities = ["test.moody"]\ncall_timeout_ms = 2000`,
  );
  const cases: [string, string, number, string][] = [
    ["throws", `throw new Error("broken")`, 0, "\x04"],
    ["reads", `Deno.readTextFileSync("/etc/hostname"); return 0;`, 0, "\x04"],
    ["exits", `Deno.exit(7); return 0;`, 0, "\x04"],
    ["closes", `self.close(); return 0;`, 0, "\x04"],
    ["loops", `for (;;);`, 4, ""],
  ];
  for (const [name, body, code, out] of cases) {
    const ext = dir.join(`${name}.ts`);
    await Deno.writeTextFile(ext, moody(body));
    // All of read makes the process wider than the cell: it gets a worker.
    const outcome = await pulp([
      "call",
      "--raw",
      "--ext",
      ext,
      spec.manifestPath,
      "x",
    ], { allow: ["read"] });
    assertEquals([outcome.code, outcome.out], [code, out], outcome.err);
  }
});

Deno.test("a hanging extension is an error for its cell, and its sibling serves on", async () => {
  await using dir = new TempDir();
  await Deno.writeTextFile(
    dir.join("deno.json"),
    `{ "imports": { "@pulp/deno/extension": "${new URL(
      "../src/extension.ts",
      import.meta.url,
    )}" } }`,
  );
  await Deno.writeTextFile(dir.join("hang.ts"), moody("for (;;);"));
  const spec = await dir.cell(
    "moody",
    await wat(
      cellWat({
        imports: `(import "pulp" "moody" (func $moody (result i32)))`,
        without: ["pulp_step"],
        functions:
          `(func (export "pulp_step") (param i32 i32) (result i32) (call $moody))`,
      }),
    ),
    `capabilities = ["test.moody"]\ncall_timeout_ms = 300\nrestart = "never"`,
  );
  await using host = HostProcess.run(
    [
      "--ext",
      dir.join("hang.ts"),
      "--listen",
      "127.0.0.1:0",
      "--storage-root",
      dir.join("data"),
      spec.manifestPath,
      "cells/notes",
    ],
    [
      `read=${dir.path},cells/notes,${WORKER}`,
      `write=${dir.join("data")}`,
      "net=127.0.0.1:0",
    ],
  );
  const url = await host.url();
  await host.line(/cell stays down/);
  const response = await fetch(`${url}/notes`);
  assertEquals(response.status, 200);
  await response.body?.cancel();
  assert(host.log.includes('msg="thread given up"'));
});
