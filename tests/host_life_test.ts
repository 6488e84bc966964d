import { assert, assertEquals, assertMatch } from "@std/assert";
import { TempDir } from "../src/testing/cell_folder.ts";
import { cellWat, wat } from "../src/testing/wat.ts";
import { writeCell, writeGuest } from "./guests/build.ts";
import {
  HostProcess,
  type LogRecord,
  records,
} from "./support/host_process.ts";
import { denoArgs, pulp } from "./support/pulp.ts";

/** A shutdown that never ends. */
const STUCK_SHUTDOWN = `(func (export "pulp_shutdown") (result i32)
  (loop $again (br $again)) (i32.const 0))`;

function messages(log: string, cell?: string): string[] {
  return records(log)
    .filter((record) => cell === undefined || record.cell === cell)
    .map((record) => record.msg);
}

function only(log: string, msg: string): LogRecord {
  const found = records(log).filter((record) => record.msg === msg);
  assertEquals(found.length, 1, `${msg}:\n${log}`);
  const [record] = found;
  assert(record !== undefined);
  return record;
}

function allowed(storage: string): string[] {
  return [
    `read=cells,${storage}`,
    `write=${storage}`,
    "net=127.0.0.1:0,example.com:443",
  ];
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`run logs the life of a cell in order, until ${signal}`, async () => {
    await using dir = new TempDir();
    const argv = ["cells/notes", "--listen=127.0.0.1:0"];
    await using host = HostProcess.run(
      [...argv, `--storage-root=${dir.path}`],
      allowed(dir.path),
    );
    await host.line(/msg="step heartbeat"/);
    assertEquals(await host.stop(signal), 0);
    assertEquals(messages(host.log), [
      "pulp boot",
      "http server started",
      "init complete",
      "cell ready",
      "step heartbeat",
      "signal received",
      "probe last envelope",
      "shutdown complete",
      "pulp exit clean",
    ]);
    for (const line of host.log.trimEnd().split("\n")) {
      assertMatch(line, /^time=\d{4}-\d\d-\d\dT\S+Z level=INFO msg="/);
    }
    const boot = only(host.log, "pulp boot");
    assertEquals([boot.cell, boot.version], ["notes", "0.1.0"]);
    assert(boot.manifest?.endsWith("/cells/notes/pulp.cell.toml"));
    assert(boot.wasm?.endsWith("/cells/notes/cell.wasm"));
    assertEquals(
      boot.capabilities,
      "[storage.sqlite transport.http.inbound]",
    );
    assertMatch(
      only(host.log, "http server started").addr ?? "",
      /^127\.0\.0\.1:[1-9]\d*$/,
    );
    assertEquals(only(host.log, "init complete").cell, "notes");
    assertEquals(only(host.log, "cell ready").cell, "notes");
    assertEquals(only(host.log, "step heartbeat").call_number, "0");
    assertEquals(
      only(host.log, "signal received").signal,
      signal === "SIGTERM" ? "terminated" : "interrupt",
    );
    assertMatch(only(host.log, "probe last envelope").last_call ?? "", /^\d+$/);
    assertEquals(only(host.log, "shutdown complete").cell, "notes");
  });
}

Deno.test("run takes --manifest a,b --manifest c and --http-port for old scripts", async () => {
  await using dir = new TempDir();
  await using host = HostProcess.run(
    [
      "--manifest",
      "cells/hello,cells/notes",
      "--manifest=cells/relay/pulp.cell.toml",
      "--http-port=0",
      `--storage-root=${dir.path}`,
    ],
    allowed(dir.path),
  );
  for (const cell of ["hello", "notes", "relay"]) await host.ready(cell);
  assertMatch(await host.url(), /^http:\/\/127\.0\.0\.1:\d+$/);
  assertEquals(await host.stop(), 0);
  const started = records(host.log).filter((it) => it.msg === "cell ready");
  assertEquals(started.map((it) => it.cell), ["hello", "notes", "relay"]);
});

Deno.test("run starts in the order of dependencies, and shuts down in reverse", async () => {
  await using dir = new TempDir();
  const wasm = await wat(cellWat());
  const cell = (name: string, ...depends_on: string[]): Promise<string> =>
    writeCell(dir.path, { name, wasm, manifest: { depends_on } });
  const manifests = [
    await cell("top", "middle"),
    await cell("middle", "base"),
    await cell("base"),
  ];
  await using host = HostProcess.run(manifests, [`read=${dir.path}`]);
  await host.ready("top");
  assertEquals(await host.stop(), 0);
  const order = (msg: string): unknown[] =>
    records(host.log).filter((it) => it.msg === msg).map((it) => it.cell);
  assertEquals(order("pulp boot"), ["base", "middle", "top"]);
  assertEquals(order("cell ready"), ["base", "middle", "top"]);
  assertEquals(order("shutdown complete"), ["top", "middle", "base"]);
});

Deno.test("run logs the marker of a cell that exports one", async () => {
  await using dir = new TempDir();
  const written = await writeGuest(dir.path, "counter", { config: "a = 1" });
  assert("path" in written);
  await using host = HostProcess.run([written.path], [
    `read=${dir.path}`,
  ]);
  await host.ready("counter");
  assertEquals(await host.stop(), 0);
  // {a: int64 1}: a map, a key of 2 bytes, 9 bytes of integer.
  assertEquals(only(host.log, "probe config marker").marker, "12");
  assertEquals(
    messages(host.log, "counter").slice(-3),
    ["probe last envelope", "probe config marker", "shutdown complete"],
  );
});

Deno.test("run writes records as JSON, or for people, when asked", async () => {
  for (const format of ["json", "pretty"]) {
    await using host = HostProcess.run(
      ["cells/hello", `--log-format=${format}`],
      ["read=cells/hello"],
    );
    await host.line(/cell ready/);
    assertEquals(await host.stop(), 0);
    const lines = host.log.trimEnd().split("\n");
    if (format === "pretty") {
      assertMatch(
        lines[0] ?? "",
        /^\d\d:\d\d:\d\d\.\d{3} INFO {2}hello: pulp boot /,
      );
      continue;
    }
    const parsed = lines.map((line) => JSON.parse(line));
    assertEquals([parsed[0].level, parsed[0].msg], ["INFO", "pulp boot"]);
    assertEquals(parsed[0].capabilities, []);
    assertEquals(parsed.at(-1).msg, "pulp exit clean");
  }
});

Deno.test("run ends with 130 at a second signal, whatever a cell does", async (t) => {
  await using dir = new TempDir();
  const wasm = await wat(cellWat({
    without: ["pulp_shutdown"],
    functions: STUCK_SHUTDOWN,
  }));
  const path = await writeCell(dir.path, { name: "stuck", wasm });
  const stopping = async (signal: Deno.Signal): Promise<HostProcess> => {
    const host = HostProcess.run([path], [`read=${dir.path}`]);
    await host.ready("stuck");
    host.kill(signal);
    await host.line(/msg="signal received"/);
    return host;
  };
  await t.step("another one at once", async () => {
    await using host = await stopping("SIGTERM");
    assertEquals(await host.stop("SIGINT"), 130);
  });
  await t.step("the same one when over a second passed", async () => {
    await using host = await stopping("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 1200));
    assertEquals(await host.stop("SIGINT"), 130);
    assertEquals(messages(host.log).includes("pulp exit clean"), false);
  });
});

/** A cell whose shutdown takes long enough for a second signal. */
async function slowToEnd(dir: TempDir): Promise<string> {
  const wasm = await wat(cellWat({
    without: ["pulp_shutdown"],
    functions: STUCK_SHUTDOWN,
  }));
  const manifest = { call_timeout_ms: 500 };
  return await writeCell(dir.path, { name: "slow", wasm, manifest });
}

Deno.test("run takes a signal that comes twice for one, as deno task forwards it", async () => {
  await using dir = new TempDir();
  const path = await slowToEnd(dir);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    await using host = HostProcess.run([path], [`read=${dir.path}`]);
    await host.ready("slow");
    host.kill(signal);
    await host.line(/msg="signal received"/);
    assertEquals(await host.stop(signal), 0, host.log);
    assertEquals(messages(host.log).at(-1), "pulp exit clean");
  }
});

Deno.test("Ctrl-C on the task of a cell ends its host in order", async () => {
  await using dir = new TempDir();
  const path = await slowToEnd(dir);
  const line = denoArgs(["run", path], [`read=${dir.path}`]);
  const tasks = { start: "deno task host", host: `deno ${line.join(" ")}` };
  await Deno.writeTextFile(dir.join("deno.json"), JSON.stringify({ tasks }));
  // A session of its own, as at a terminal: the signal goes to all of it.
  const args = [Deno.execPath(), "task", "start"];
  await using host = new HostProcess(args, {}, dir.path, "setsid");
  await host.ready("slow");
  Deno.kill(-host.pid, "SIGINT");
  await host.line(/msg="pulp exit clean"/);
  await host.ended();
});

Deno.test("run shuts down after the deadline of a cell that does not", async () => {
  await using dir = new TempDir();
  const wasm = await wat(cellWat({
    without: ["pulp_shutdown"],
    functions: STUCK_SHUTDOWN,
  }));
  const path = await writeCell(dir.path, {
    name: "stuck",
    wasm,
    manifest: { call_timeout_ms: 1000 },
  });
  await using host = HostProcess.run([path], [`read=${dir.path}`]);
  await host.ready("stuck");
  assertEquals(await host.stop(), 0);
  assertMatch(host.log, /level=ERROR msg="shutdown failed" cell=stuck/);
  assertMatch(host.log, /msg="pulp exit clean"/);
});

Deno.test("call and step end with 4 when the deadline passes", async () => {
  await using dir = new TempDir();
  const loop = "(loop $again (br $again)) (i32.const 0)";
  const wasm = await wat(cellWat({
    without: ["pulp_step"],
    functions: `
      (func (export "pulp_step") (param i32 i32) (result i32) ${loop})
      (func (export "pulp_on_call") (param i32 i32 i32 i32 i32 i32) (result i32) ${loop})`,
  }));
  const path = await writeCell(dir.path, {
    name: "loops",
    wasm,
    manifest: { call_timeout_ms: 200 },
  });
  for (const argv of [["call", path, "f"], ["step", path]]) {
    const { code, out, err } = await pulp(argv, {
      allow: [`read=${dir.path}`],
    });
    assertEquals([code, out], [4, ""], err);
    assertMatch(err, /^error: .*ran longer than call_timeout_ms = 200\n$/);
  }
});
