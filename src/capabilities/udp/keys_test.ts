import { assertEquals, assertStringIncludes } from "@std/assert";
import { soon, UdpCell, UdpPeer } from "./testing/udp_cell.ts";

Deno.test("an address that the manifest does not list is refused", async (t) => {
  await using peer = await UdpPeer.bind();
  const port = Number(peer.address.split(":")[1]);

  await t.step("without the list", async () => {
    await using cell = new UdpCell();
    for (const addr of ["127.0.0.1:0", "", ":0", "[::1]:0", "localhost:0"]) {
      assertEquals((await cell.listen(addr)).code, 12, addr);
    }
    assertEquals(
      cell.complaints()[0],
      'Cannot listen on "127.0.0.1:0": it is a loopback address | ' +
        '[permissions] net = ["127.0.0.1:0"]',
    );
  });

  await t.step("with an empty list", async () => {
    await using cell = new UdpCell({ net: [] });
    assertEquals((await cell.listen("127.0.0.1:0")).code, 12);
  });

  await t.step("by its port", async () => {
    await using cell = new UdpCell({ net: ["127.0.0.1:0"] });
    const { code, socketId } = await cell.listen("127.0.0.1:0");
    assertEquals(code, 0);
    assertEquals((await cell.sendTo(socketId, peer.address)).code, 12);
    assertStringIncludes(
      cell.complaints()[0]!,
      `[permissions] net = ["127.0.0.1:${port}"]`,
    );
  });

  await t.step("as a destination, in whatever spelling", async () => {
    const resolved: string[] = [];
    await using cell = new UdpCell({
      net: ["127.0.0.1:0", "rebinding.test", "public.test", "8.8.8.8"],
    }, {
      resolve: (host) => {
        resolved.push(host);
        if (host === "rebinding.test") {
          return Promise.resolve(["8.8.8.8", "127.0.0.1"]);
        }
        return Promise.resolve(host === "public.test" ? undefined : []);
      },
    });
    const { socketId } = await cell.listen("127.0.0.1:0");
    for (
      const host of [
        "127.0.0.1",
        "127.0.0.2",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "0.0.0.0",
        "0",
        "localhost",
        "LOCALHOST.",
        "a.localhost",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "224.0.0.1",
        "255.255.255.255",
        "1.1.1.1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fe80::1%lo]",
        "[fd00::1]",
        "[ff02::1]",
        "rebinding.test",
        "public.test",
        "other.test",
      ]
    ) {
      const { code } = await cell.sendTo(socketId, `${host}:${port}`);
      assertEquals(code, 12, host);
    }
    assertEquals(resolved, ["rebinding.test", "public.test"]);
  });

  await t.step(
    "even when a range would hold it, if it hides this machine",
    async () => {
      await using cell = new UdpCell({ net: ["0.0.0.0/0", "[::]"] });
      const { socketId } = await cell.listen("127.0.0.1:0");
      assertEquals((await cell.sendTo(socketId, `0.0.0.0:${port}`)).code, 12);
      assertEquals((await cell.sendTo(socketId, `0.1.2.3:${port}`)).code, 12);
      assertEquals((await cell.sendTo(socketId, `[::]:${port}`)).code, 12);
      assertEquals((await cell.sendTo(socketId, peer.address)).code, 0);
    },
  );
});

Deno.test("what the manifest lists is refused as long as Deno does not grant it", async () => {
  await using cell = new UdpCell({ net: ["10.1.2.3", "127.0.0.1"] });
  const { socketId } = await cell.listen("127.0.0.1:0");
  assertEquals((await cell.listen("10.1.2.3:0")).code, 12);
  assertEquals((await cell.sendTo(socketId, "10.1.2.3:53")).code, 12);
  assertEquals(
    cell.complaints()[1],
    'Cannot send to "10.1.2.3:53": Deno was not given --allow-net=10.1.2.3:53 | ' +
      'list "10.1.2.3:53" in [permissions] net, and run with --allow-net=10.1.2.3:53',
  );
});

Deno.test("localhost is loopback, and names are used by their judged address", async () => {
  await using cell = new UdpCell({
    net: ["localhost", "peer.test", "127.0.0.1"],
  }, { resolve: () => Promise.resolve(["127.0.0.1"]) });
  await using peer = await UdpPeer.bind();
  const port = peer.address.split(":")[1];
  const { code, socketId } = await cell.listen("localhost:0");
  assertEquals(code, 0);
  assertEquals((await cell.sendTo(socketId, `localhost:${port}`)).code, 0);
  assertEquals((await cell.sendTo(socketId, `peer.test:${port}`)).code, 0);
  for (let n = 0; n < 2; n++) await soon(peer.receive());
});

Deno.test("a name that is not there is a failure, and IPv4 is not reached over IPv6", async () => {
  await using cell = new UdpCell({
    net: ["gone.test", "127.0.0.1", "[::1]"],
  }, { resolve: () => Promise.reject(new Error("ENOTFOUND")) });
  const { socketId } = await cell.listen("127.0.0.1:0");
  assertEquals((await cell.sendTo(socketId, "gone.test:53")).code, 4);
  assertEquals((await cell.sendTo(socketId, "[::1]:53")).code, 4);
  assertStringIncludes(cell.complaints()[1]!, "the socket is an IPv4 one");
});

/** Runs `testing/packets.ts` with permissions of its own. */
async function narrowly(
  flags: readonly string[],
  order: object,
): Promise<{ codes: number[]; complaints: string[] }> {
  const program = new URL("./testing/packets.ts", import.meta.url);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--quiet",
      "--no-check",
      ...flags,
      program.href,
      JSON.stringify(order),
    ],
    env: { NO_COLOR: "1" },
  }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("udp in a process of narrow permissions", async (t) => {
  const steps = ["listen 127.0.0.1:0", "send 127.0.0.1:1"];
  await t.step("that has both keys", async () => {
    const { codes } = await narrowly(["--allow-net=127.0.0.1"], {
      net: ["127.0.0.1"],
      steps,
      peer: true,
    });
    assertEquals(codes, [0, 0]);
  });
  await t.step("that Deno grants nothing", async () => {
    const { codes, complaints } = await narrowly([], {
      net: ["127.0.0.1"],
      steps: ["listen 127.0.0.1:0", "listen :0", "listen localhost:0"],
    });
    assertEquals(codes, [12, 12, 12]);
    assertStringIncludes(complaints[0]!, "run with --allow-net=127.0.0.1:0");
  });
  await t.step("that Deno lets listen and not send", async () => {
    const { codes, complaints } = await narrowly(
      ["--allow-net=127.0.0.1:0"],
      { net: ["127.0.0.1"], steps },
    );
    assertEquals(codes, [0, 12]);
    assertStringIncludes(complaints[0]!, "--allow-net=127.0.0.1:1");
  });
  await t.step(
    "that Deno grants everything, and the manifest nothing",
    async () => {
      const { codes } = await narrowly(["--allow-net"], { steps: [steps[0]] });
      assertEquals(codes, [12]);
    },
  );
  await t.step("that Deno denies what it grants at large", async () => {
    const { codes } = await narrowly(
      ["--allow-net", "--deny-net=127.0.0.1:1"],
      { net: ["127.0.0.1"], steps },
    );
    assertEquals(codes, [0, 12]);
  });
  await t.step("that grants a name and not what it stands for", async () => {
    const { codes, complaints } = await narrowly(
      ["--allow-net=127.0.0.1:0,localhost,example.com:53"],
      {
        net: ["127.0.0.1:0", "localhost", "example.com:53"],
        steps: [steps[0], "send localhost:1", "send example.com:53"],
      },
    );
    assertEquals(codes, [0, 12, 12]);
    assertStringIncludes(
      complaints[1]!,
      "Deno does not tell which addresses the name stands for",
    );
  });
});
