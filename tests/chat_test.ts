import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  RawClient,
  TestSocket,
} from "../src/capabilities/ws/testing/listening_cells.ts";
import { thousandSubscribers } from "../scripts/bench/sse_idle.ts";
import { TempDir } from "../src/testing/cell_folder.ts";
import { HostProcess } from "./support/host_process.ts";
import { pulp } from "./support/pulp.ts";

/** `run cells/chat` on a free port, alone or beside the cell notes, which listens too. */
async function chat(
  mode: "own" | "front",
  storage: string,
): Promise<HostProcess & { address: string }> {
  const more = mode === "own" ? [] : ["cells/notes"];
  const host = HostProcess.run(
    [
      "cells/chat",
      ...more,
      "--listen=127.0.0.1:0",
      `--storage-root=${storage}`,
    ],
    [
      `read=cells/chat,cells/notes,${storage}`,
      `write=${storage}`,
      "net=127.0.0.1:0",
    ],
  );
  await host.ready("chat");
  return Object.assign(host, { address: new URL(await host.url()).host });
}

for (const mode of ["own", "front"] as const) {
  Deno.test(`chat is a room in a process of its own, and ends in good order (${mode})`, async () => {
    await using dir = new TempDir();
    await using host = await chat(mode, dir.path);
    const a = await TestSocket.open(host.address, "/chat");
    const b = await TestSocket.open(host.address, "/chat");
    using feed = await RawClient.get(host.address, "/feed");
    await feed.until("\r\n\r\n");
    a.socket.send("hello");
    assertStringIncludes((await b.received(1))[0] as string, `"text":"hello"`);
    await feed.until(`"text":"hello"}\n\n`);
    assertEquals(await host.stop(), 0);
    const away = { code: 1001, reason: "cell shut down" };
    assertEquals([await a.ended, await b.ended], [away, away]);
    assert((await feed.rest()).endsWith("0\r\n\r\n"));
    assertStringIncludes(host.log, `msg="pulp exit clean"`);
    assert(!host.log.includes("level=ERROR"), host.log);
  });

  Deno.test({
    name: `a thousand quiet subscribers cost less than 64 MiB (${mode})`,
    ignore: Deno.build.os === "windows",
    async fn(): Promise<void> {
      await using dir = new TempDir();
      await using host = await chat(mode, dir.path);
      const grown = await thousandSubscribers(host.pid, host.address, "/feed");
      assert(grown < 64, `${grown} MiB`);
    },
  });
}

Deno.test("check says that chat needs the listener, for each of its capabilities", async () => {
  const { code, out } = await pulp(["check", "cells/chat", "--json"], {
    allow: ["read=cells/chat"],
  });
  assertEquals(code, 3);
  for (
    const name of [
      "transport.http.inbound",
      "transport.ws.inbound",
      "transport.sse",
    ]
  ) assertStringIncludes(out, name);
  assertStringIncludes(out, "--allow-net=127.0.0.1:8080");
});
