import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { TempDir } from "../src/testing/cell_folder.ts";
import { writeCell } from "./guests/build.ts";
import { HostProcess } from "./support/host_process.ts";
import { pulp, WORKER } from "./support/pulp.ts";

/** The example cell, at an address of which `net` is the list. */
async function deskIn(
  dir: TempDir,
  net: readonly string[],
  consumes: readonly string[] = ["greet"],
): Promise<string> {
  const wasm = await Deno.readFile("cells/desk/cell.wasm");
  const manifest = {
    consumes,
    capabilities: ["transport.http.inbound"],
    permissions: { net },
    config: 'addr = "127.0.0.1:0"',
  };
  return await writeCell(dir.path, { name: "desk", wasm, manifest });
}

Deno.test("desk asks hello, on a listener of its own", async () => {
  await using dir = new TempDir();
  const path = await deskIn(dir, ["127.0.0.1:0"]);
  const argv = ["cells/hello", path, "--listen=127.0.0.1:0"];
  await using host = HostProcess.run(argv, [
    `read=cells/hello,${dir.path},${WORKER}`,
    "net=127.0.0.1:0",
  ]);
  await host.ready("desk");
  const url = await host.url();
  const greeting = await fetch(`${url}/greet/Gr%C3%BC%C3%9Fe`);
  assertEquals(await greeting.text(), "Hello, Grüße!\n");
  const tokens = await Promise.all([1, 2].map(async () => {
    const text = await (await fetch(`${url}/token`)).text();
    assertMatch(text, /^[0-9a-f]{32}\n$/);
    return text;
  }));
  assertEquals(new Set(tokens).size, 2);
  assertEquals(await host.stop(), 0);
});

Deno.test("desk says which line of its manifest is missing", async () => {
  await using dir = new TempDir();
  const path = await deskIn(dir, ["127.0.0.1:1"], []);
  const refused = await pulp(["run", path, "--listen=127.0.0.1:2"], {
    allow: [`read=${dir.path},${WORKER}`, "net=127.0.0.1:1,127.0.0.1:2"],
  });
  assertEquals([refused.code, refused.out], [1, ""]);
  assertStringIncludes(
    refused.err,
    "the manifest does not list it in [permissions] net",
  );
  assertStringIncludes(refused.err, '[permissions] net = [\\"127.0.0.1:0\\"]');
});

Deno.test("desk without a link to hello gets no answer of it", async () => {
  await using dir = new TempDir();
  const path = await deskIn(dir, ["127.0.0.1:0"], []);
  const argv = ["cells/hello", path, "--listen=127.0.0.1:0"];
  await using host = HostProcess.run(argv, [
    `read=cells/hello,${dir.path},${WORKER}`,
    "net=127.0.0.1:0",
  ]);
  await host.ready("desk");
  const refused = await fetch(`${await host.url()}/greet/Ada`);
  assertEquals(refused.status, 502);
  assertEquals(await refused.text(), 'the manifest does not consume "greet"\n');
});
