import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { UdpPeer } from "../src/capabilities/udp/testing/udp_cell.ts";
import { TempDir } from "../src/testing/cell_folder.ts";
import { until } from "../src/testing/until.ts";
import { HostProcess } from "./support/host_process.ts";
import { pulp } from "./support/pulp.ts";

/** An address of loopback that nobody has at the moment. */
async function freeAddress(): Promise<string> {
  await using peer = await UdpPeer.bind();
  return peer.address;
}

/** A copy of `cells/ping` at another address. */
async function pingAt(dir: TempDir, addr: string): Promise<string> {
  const path = dir.join("ping");
  await Deno.mkdir(path);
  await Deno.copyFile("cells/ping/cell.wasm", dir.join("ping", "cell.wasm"));
  const manifest = await Deno.readTextFile("cells/ping/pulp.cell.toml");
  await Deno.writeTextFile(
    dir.join("ping", "pulp.cell.toml"),
    manifest.replace("127.0.0.1:7007", addr),
  );
  return path;
}

Deno.test("ping, started with the flags that it needs, sends packets back until it is stopped", async () => {
  await using dir = new TempDir();
  await using peer = await UdpPeer.bind();
  const addr = await freeAddress();
  const path = await pingAt(dir, addr);
  const flags = [`read=${path}`, "net=127.0.0.1"];
  await using host = HostProcess.run([path], flags);
  await host.ready("ping");
  for (const text of ["hello", "Grüße 🌍", "x".repeat(60_000)]) {
    await peer.send(text, addr);
    assertEquals(await peer.receive(), { text, from: addr });
  }
  assertEquals(await host.stop(), 0);
});

Deno.test("ping is told which flag and which line of its manifest are missing", async () => {
  await using dir = new TempDir();
  const path = await pingAt(dir, "127.0.0.2:0");
  const flags = [`read=${path}`];
  const denied = await pulp(["run", path], { allow: flags });
  assertEquals([denied.code, denied.out], [3, ""]);
  assertMatch(
    denied.err,
    /^ {2}network\.udp +line 3 +missing +--allow-net=127\.0\.0\.1$/m,
  );
  const refused = await pulp(["run", path], {
    allow: [...flags, "net=127.0.0.1"],
  });
  assertEquals([refused.code, refused.out], [1, ""]);
  assertStringIncludes(
    refused.err,
    "the manifest does not list it in [permissions] net",
  );
  assertStringIncludes(refused.err, '[permissions] net = [\\"127.0.0.2:0\\"]');
});

Deno.test({
  name: "jobs runs the programs of its list over HTTP, and no other",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using dir = new TempDir();
    const storage = dir.join("jobs");
    await using host = HostProcess.run([
      "cells/jobs",
      "--listen=127.0.0.1:0",
      `--storage-root=${dir.path}`,
    ], [
      `read=cells/jobs,${storage}`,
      `write=${storage}`,
      "net=127.0.0.1:0",
      "run=date,uname",
    ]);
    await host.ready("jobs");
    const url = await host.url();
    const started = await fetch(`${url}/jobs/uname?arg=-s`, { method: "POST" });
    assertEquals(started.status, 202);
    const job = `${url}${started.headers.get("location")}`;
    assertEquals(`${url}/jobs/${(await started.text()).trim()}`, job);
    const ended = await endOf(job);
    assertEquals(ended.status, 200);
    assertMatch(await ended.text(), /^(Linux|Darwin)\n$/);
    assertEquals(await (await fetch(`${url}/jobs`)).text(), "0\n");
    const again = await fetch(job);
    assertEquals([again.status, await again.text()], [
      404,
      "there is no such job, or it was read\n",
    ]);
    for (const program of ["sh", "ls", "UNAME", "uname%20-a", "uname%00"]) {
      const refused = await fetch(`${url}/jobs/${program}`, { method: "POST" });
      assertEquals(refused.status, 403, program);
      await refused.text();
    }
    const failed = await fetch(`${url}/jobs/uname?arg=--no-such-option`, {
      method: "POST",
    });
    const failure = await endOf(
      `${url}/jobs/${(await failed.text()).trim()}`,
    );
    assertEquals(failure.status, 502);
    assertMatch(await failure.text(), /option/);
    for (const method of ["GET", "DELETE"]) {
      for (const id of ["0", "1", "x", "99999999999", "-1"]) {
        const none = await fetch(`${url}/jobs/${id}`, { method });
        assertEquals(none.status, 404, id);
        await none.text();
      }
    }
    assertEquals(await host.stop(), 0);
  },
});

/** Asks for a job until it has ended. */
async function endOf(job: string): Promise<Response> {
  return await until(`the end of ${job}`, async () => {
    const response = await fetch(job);
    if (response.status !== 202) return response;
    await response.text();
    return undefined;
  });
}
