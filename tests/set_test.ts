import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { TempDir } from "../src/testing/cell_folder.ts";
import { cellWat, wat } from "../src/testing/wat.ts";
import { writeCell } from "./guests/build.ts";
import { guestOrSkip } from "./support/guest.ts";
import { HostProcess, records } from "./support/host_process.ts";

function hosting(dir: TempDir, ...argv: string[]): HostProcess {
  return HostProcess.run([
    ...argv,
    "--listen=127.0.0.1:0",
    `--storage-root=${dir.path}`,
  ], [
    `read=cells,${dir.path}`,
    `write=${dir.path}`,
    "net=127.0.0.1:0,example.com:443",
  ]);
}

Deno.test("cells of a set answer on one listener, each on its own routes", async (t) => {
  await using dir = new TempDir();
  const echo = await guestOrSkip(t, dir, "echo-go");
  if (echo === undefined) return;
  await using host = hosting(dir, "cells/notes", echo, "cells/hello");
  for (const cell of ["notes", "echo-go", "hello"]) await host.ready(cell);
  const url = await host.url();
  const [notes, hello, none] = await Promise.all(
    ["/notes", "/echo/hello", "/hello"].map(async (path) => {
      const response = await fetch(url + path);
      return [response.status, await response.text()];
    }),
  );
  assertEquals(notes, [200, "[]"]);
  assertEquals(hello, [200, "hello"]);
  assertEquals(none?.[0], 404);
  assertEquals(host.log.match(/msg="http server started"/g)?.length, 1);
  assertEquals(await host.stop(), 0);
});

Deno.test("a route belongs to the cell that took it first", async () => {
  await using dir = new TempDir();
  const twin = await writeCell(dir.path, {
    name: "twin",
    wasm: await Deno.readFile("cells/notes/cell.wasm"),
    manifest: { capabilities: ["storage.sqlite", "transport.http.inbound"] },
  });
  await using host = hosting(dir, "cells/notes", twin);
  await host.line(/msg="init failed" .*cell=twin/);
  await host.ready("notes");
  const url = await host.url();
  const response = await fetch(`${url}/notes`, {
    method: "POST",
    body: '{"text":"mine"}',
  });
  assertEquals(response.status, 201);
  await response.body?.cancel();
  assertEquals(await host.stop(), 0);
  const shut = records(host.log).filter((it) => it.msg === "shutdown complete");
  assertEquals(shut.map((it) => it.cell), ["notes"]);
});

Deno.test("a cell whose dependency failed does not start, and the others do", async () => {
  await using dir = new TempDir();
  const good = await wat(cellWat());
  const bad = await wat(cellWat({
    without: ["pulp_init"],
    functions: `(func (export "pulp_init") (param i32 i32) (result i32)
      (i32.const 1))`,
  }));
  const base = await writeCell(dir.path, { name: "base", wasm: bad });
  const top = await writeCell(dir.path, {
    name: "top",
    wasm: good,
    manifest: { depends_on: ["middle"] },
  });
  const middle = await writeCell(dir.path, {
    name: "middle",
    wasm: good,
    manifest: { depends_on: ["base"] },
  });
  const alone = await writeCell(dir.path, { name: "alone", wasm: good });
  await using host = hosting(dir, top, middle, base, alone);
  await host.ready("alone");
  assertEquals(await host.stop(), 0);
  const log = records(host.log);
  assertEquals(
    log.filter((it) => it.msg === "cell ready").map((it) => it.cell),
    ["alone"],
  );
  assertEquals(
    log.filter((it) => it.msg === "cell init aborted").map((it) => [
      it.cell,
      it.failed_dep,
    ]),
    [["middle", "base"], ["top", "middle"]],
  );
});

Deno.test("run ends with 1 and the reason when no cell comes up", async () => {
  await using dir = new TempDir();
  const wasm = await wat(cellWat({
    without: ["pulp_init"],
    functions: `(func (export "pulp_init") (param i32 i32) (result i32)
      (i32.const 7))`,
  }));
  const one = await writeCell(dir.path, { name: "one", wasm });
  const two = await writeCell(dir.path, {
    name: "two",
    wasm,
    manifest: { depends_on: ["one"] },
  });
  await using host = hosting(dir, two, one);
  assertEquals(await host.ended(), 1);
  assertStringIncludes(
    host.log,
    '\nerror: Cannot initialise cell "one": pulp_init returned 7\n',
  );
});

Deno.test("a signal during the start is an orderly end, too", async () => {
  await using dir = new TempDir();
  const wasm = await wat(cellWat({
    without: ["pulp_init"],
    functions: `(func (export "pulp_init") (param i32 i32) (result i32)
      (loop $again (br $again)) (i32.const 0))`,
  }));
  const slow = await writeCell(dir.path, {
    name: "slow",
    wasm,
    // Longer than anybody waits.
    manifest: { call_timeout_ms: 600_000 },
  });
  await using host = hosting(dir, "cells/hello", slow);
  await host.ready("hello");
  assertEquals(await host.stop(), 0);
  assertMatch(host.log, /msg="signal received" signal=terminated/);
  assertMatch(host.log, /msg="cell start aborted" cell=slow/);
  assertMatch(host.log, /msg="shutdown complete" cell=hello/);
  assertMatch(host.log, /msg="pulp exit clean"/);
});

Deno.test("a request that is being answered is answered before the end", async (t) => {
  await using dir = new TempDir();
  const arrived = Promise.withResolvers<void>();
  const stopping = Promise.withResolvers<void>();
  await using site = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async () => {
      arrived.resolve();
      await stopping.promise;
      return new Response("late");
    },
  );
  const listed = `127.0.0.1:${site.addr.port}`;
  const path = await guestOrSkip(t, dir, "go-http", {
    permissions: { net: [listed] },
  });
  if (path === undefined) return;
  await using host = HostProcess.run([path, "--listen=127.0.0.1:0"], [
    `read=${dir.path}`,
    `net=127.0.0.1:0,${listed}`,
  ]);
  await host.ready("go-http");
  const answer = fetch(`${await host.url()}/fetch`, {
    method: "POST",
    body: `http://${listed}/`,
  });
  await arrived.promise;
  const ended = host.stop();
  await host.line(/msg="signal received"/);
  stopping.resolve();
  const response = await answer;
  assertEquals([response.status, await response.text()], [200, "late"]);
  assertEquals(await ended, 0);
  assert(!host.log.includes("level=ERROR"), host.log);
});
