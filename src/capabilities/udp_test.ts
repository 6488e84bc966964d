import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { LIMITS } from "../limits.ts";
import { udp } from "./udp.ts";
import { UdpCell, UdpPeer } from "./udp/testing.ts";

const LOOPBACK = { net: ["127.0.0.1"] };

/** A cell with one socket on a free port of loopback. */
async function listening(
  cell: UdpCell,
): Promise<{ id: bigint; address: string }> {
  const { code, socketId } = await cell.listen("127.0.0.1:0");
  assertEquals(code, 0);
  return { id: socketId, address: cell.addresses().at(-1)! };
}

/** What a promise gives, or an error when it takes too long. */
async function soon<T>(promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("too late")), 10_000);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

Deno.test("udp_listen and udp_send exchange packets with a peer", async () => {
  await using cell = new UdpCell(LOOPBACK);
  await using peer = await UdpPeer.bind();
  const { id, address } = await listening(cell);

  assertEquals((await cell.sendTo(id, peer.address, "ping")).bytesSent, 4);
  assertEquals(await soon(peer.receive()), { text: "ping", from: address });

  const before = BigInt(Date.now());
  await peer.send("pong", address);
  const [event] = await soon(cell.received(1));
  const { socket_id, src_addr, payload, received_at } = event!.payload;
  assertEquals(event!.kind, "udp.packet");
  assertEquals(socket_id, id);
  assertEquals(src_addr, peer.address);
  assertEquals(new TextDecoder().decode(payload), "pong");
  assert(received_at >= before * 1_000_000n);
  assert(received_at <= BigInt(Date.now()) * 1_000_000n);
});

Deno.test("a cell answers the address that a packet came from", async () => {
  const answers: Promise<unknown>[] = [];
  await using cell = new UdpCell({
    ...LOOPBACK,
    step: ({ payload }, cell) => {
      const { socket_id, src_addr, payload: bytes } = payload;
      answers.push((cell as UdpCell).sendTo(socket_id, src_addr, bytes));
    },
  });
  await using peer = await UdpPeer.bind();
  const { address } = await listening(cell);
  for (let n = 0; n < 50; n++) {
    await peer.send(`${n}`, address);
    assertEquals((await soon(peer.receive())).text, `${n}`);
  }
  await Promise.all(answers);
});

Deno.test("packets of one sender come and go in their order", async () => {
  await using cell = new UdpCell(LOOPBACK);
  await using peer = await UdpPeer.bind();
  const { id } = await listening(cell);
  for (let n = 0; n < 50; n++) await cell.sendTo(id, peer.address, `${n}`);
  for (let n = 0; n < 50; n++) {
    assertEquals((await soon(peer.receive())).text, `${n}`);
  }
});

Deno.test("the largest packet goes through, one byte more does not", async () => {
  await using cell = new UdpCell(LOOPBACK);
  const { id, address } = await listening(cell);
  const most = new Uint8Array(65_507).fill(7);
  assertEquals((await cell.sendTo(id, address, most)).bytesSent, 65_507);
  const [event] = await soon(cell.received(1));
  assertEquals(event!.payload.payload, most);
  assertEquals(
    (await cell.sendTo(id, address, new Uint8Array(65_508))).code,
    4,
  );
  assertStringIncludes(cell.complaints()[0]!, "65508 bytes are too many");
});

Deno.test("a packet without bytes is no event", async () => {
  await using cell = new UdpCell(LOOPBACK);
  await using peer = await UdpPeer.bind();
  const { id, address } = await listening(cell);
  assertEquals(
    (await cell.sendTo(id, peer.address, new Uint8Array(0))).bytesSent,
    0,
  );
  assertEquals((await soon(peer.receive())).text, "");
  await peer.send("", address);
  await peer.send("x", address);
  const [event] = await soon(cell.received(1));
  assertEquals(event!.payload.payload, Uint8Array.of(0x78));
});

Deno.test("one packet at a time is with the cell, and sockets take turns", async () => {
  await using cell = new UdpCell(LOOPBACK);
  await using peer = await UdpPeer.bind();
  const first = await listening(cell);
  const second = await listening(cell);
  for (
    const [text, { address }] of [["a", first], ["b", first], ["c", first], [
      "d",
      second,
    ]] as const
  ) {
    await peer.send(text, address);
  }
  const texts: string[] = [];
  for (let n = 1; n <= 4; n++) {
    const events = await soon(cell.received(n));
    assertEquals(events.length, n);
    texts.push(new TextDecoder().decode(events[n - 1]!.payload.payload));
    // By then all four are there: the second socket is served in turn.
    if (n === 1) await arrived(cell, peer, first.address);
    events[n - 1]!.done();
  }
  assertEquals(texts.indexOf("d") < 3, true, texts.join());
});

/** Waits until what was sent before has been read: one packet to a socket of another cell shows that. */
async function arrived(
  _cell: UdpCell,
  peer: UdpPeer,
  _address: string,
): Promise<void> {
  await using other = new UdpCell(LOOPBACK);
  const { address } = await listening(other);
  await peer.send("z", address);
  await soon(other.received(1));
}

Deno.test("1,024 packets wait in a socket, and one record counts those that gave way", async () => {
  await using cell = new UdpCell(LOOPBACK);
  await using peer = await UdpPeer.bind();
  const { address } = await listening(cell);
  // One is with the cell, 1,024 wait, and 10 gave way.
  const sent = 1 + LIMITS.udpPackets + 10;
  for (let n = 0; n < sent; n++) {
    await peer.send(`${n}`, address);
    // The system's own buffer is not to be what drops them.
    if (n % 64 === 63) await arrived(cell, peer, address);
  }
  await arrived(cell, peer, address);
  const texts: string[] = [];
  for (let n = 1; n <= 1 + LIMITS.udpPackets; n++) {
    const event = (await soon(cell.received(n)))[n - 1]!;
    texts.push(new TextDecoder().decode(event.payload.payload));
    event.done();
  }
  const kept = [
    0,
    ...Array.from({ length: LIMITS.udpPackets }, (_, n) => n + 11),
  ];
  assertEquals(texts, kept.map(String));
  const dropped = cell.records.filter(({ message }) =>
    message === "udp packets dropped"
  );
  assertEquals(dropped.map(({ fields }) => fields.dropped), [10]);
});

Deno.test("a socket that is closed is gone: its id, its packets and its address", async () => {
  await using cell = new UdpCell(LOOPBACK);
  await using peer = await UdpPeer.bind();
  const { id, address } = await listening(cell);
  await peer.send("a", address);
  await peer.send("b", address);
  const [first] = await soon(cell.received(1));
  assertEquals(cell.closeSocket(id), 0);
  assertEquals(cell.closeSocket(id), 4);
  assertEquals((await cell.sendTo(id, peer.address)).code, 4);
  first!.done();
  const { code, socketId } = await cell.listen(address);
  assertEquals(code, 0);
  assert(socketId > id);
  assertEquals((await cell.listen(address)).code, 4);
  assertStringIncludes(cell.complaints()[0]!, "the address is in use");
  await peer.send("c", address);
  const second = (await soon(cell.received(2)))[1]!;
  assertEquals(second.payload.socket_id, socketId);
  assertEquals(second.payload.payload, Uint8Array.of(0x63));
});

Deno.test("a cell never gets at another cell's socket, nor at one of its earlier life", async () => {
  const capability = udp();
  await using peer = await UdpPeer.bind();
  await using one = new UdpCell(LOOPBACK, capability);
  await using other = new UdpCell(LOOPBACK, capability);
  const { id, address } = await listening(one);
  const { id: otherId } = await listening(other);
  assert(id !== otherId);
  assertEquals((await other.sendTo(id, peer.address)).code, 11);
  assertEquals(other.closeSocket(id), 11);
  await one.close();
  assertEquals((await other.sendTo(id, peer.address)).code, 4);

  await using again = new UdpCell(LOOPBACK, capability);
  const { code, socketId } = await again.listen(address);
  assertEquals(code, 0);
  assert(socketId !== id);
  assertEquals((await again.sendTo(id, peer.address)).code, 4);
  assertEquals(again.closeSocket(id), 4);
});

Deno.test("a cell that ends lets go of its sockets and hears nothing more", async () => {
  const cell = new UdpCell(LOOPBACK);
  await using peer = await UdpPeer.bind();
  const { id, address } = await listening(cell);
  for (let n = 0; n < 3; n++) await peer.send("x", address);
  await soon(cell.received(1));
  await cell.close();
  assertEquals(cell.events.length, 1);
  assertEquals((await cell.sendTo(id, peer.address)).code, 4);
  await using next = new UdpCell(LOOPBACK);
  assertEquals((await next.listen(address)).code, 0);
});

Deno.test("a socket that opens while its cell ends is closed again", async () => {
  const cell = new UdpCell(LOOPBACK);
  const opening = cell.listen("127.0.0.1:0");
  await cell.close();
  assertEquals((await opening).code, 4);
});

Deno.test("udp functions refuse what is no request", async () => {
  await using cell = new UdpCell(LOOPBACK);
  const { id } = await listening(cell);
  const size = cell.memory.bytes.length;
  for (const name of ["udp_listen", "udp_send", "udp_close"]) {
    assertEquals(await cell.raw(name, 0, 0, 0, 4), 1, name);
    assertEquals(await cell.raw(name, size - 1, 2, 0, 4), 2, name);
    assertEquals(await cell.raw(name, -1, 4, 0, 4), 2, name);
    assertEquals(await cell.call(name, Uint8Array.of(0xc1), 0, 4), 3, name);
    assertEquals(await cell.call(name, Uint8Array.of(0x90), 0, 4), 3, name);
    assertEquals(await cell.call(name, Uint8Array.of(0x81), 0, 4), 3, name);
  }
  assertEquals((await cell.listen({ addr: 1 })).code, 3);
  assertEquals(
    (await cell.listen({ addr: "127.0.0.1:0", buffer_size: "a" })).code,
    3,
  );
  assertEquals(
    (await cell.listen({ addr: "127.0.0.1:0", buffer_size: 1 << 30 })).code,
    0,
  );
  for (const addr of ["127.0.0.1", "127.0.0.1:x", "127.0.0.1:65536", "::1:0"]) {
    assertEquals((await cell.listen(addr)).code, 4, addr);
  }
  for (const addr of ["", ":", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999"]) {
    assertEquals((await cell.sendTo(id, addr)).code, 4, addr);
  }
  assertEquals(cell.send("udp_close", { socket_id: "1" }), 3);
  assertEquals(cell.send("udp_close", { socket_id: -1 }), 3);
  assertEquals(cell.closeSocket(0n), 4);
  assertEquals(cell.closeSocket(2n ** 64n - 1n), 4);
});

Deno.test("a socket whose id can't be handed over is not open", async () => {
  await using cell = new UdpCell(LOOPBACK);
  const { address } = await listening(cell);
  const { length } = cell.memory.bytes;
  cell.closeSocket((await cell.listen("127.0.0.1:0")).socketId);
  const port = Number(address.split(":")[1]);
  const request = new TextEncoder().encode(`\x81\xa4addr`);
  assert(request.length > 0);
  // Out words beyond memory are seen before anything is opened or sent.
  for (const out of [length - 3, -4]) {
    const message = Uint8Array.of(
      0x81,
      0xa4,
      0x61,
      0x64,
      0x64,
      0x72,
      0xab,
      ...new TextEncoder().encode("127.0.0.1:0"),
    );
    assertEquals(await cell.call("udp_listen", message, out, 4), 2);
    assertEquals(await cell.call("udp_listen", message, 0, out), 2);
  }
  assertEquals(cell.addresses().length, 2);
  assert(port > 0);
});

Deno.test("sockets of one cell are counted", async () => {
  await using cell = new UdpCell(LOOPBACK);
  const ids: bigint[] = [];
  for (let n = 0; n < LIMITS.udpSockets; n++) {
    const { code, socketId } = await cell.listen("127.0.0.1:0");
    assertEquals(code, 0);
    ids.push(socketId);
  }
  assertEquals((await cell.listen("127.0.0.1:0")).code, 4);
  assertStringIncludes(cell.complaints()[0]!, "has 256 sockets already");
  assertEquals(cell.closeSocket(ids[0]!), 0);
  assertEquals((await cell.listen("127.0.0.1:0")).code, 0);
});

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

/** Runs `udp/testing_packets.ts` with permissions of its own. */
async function narrowly(
  flags: readonly string[],
  order: object,
): Promise<{ codes: number[]; complaints: string[] }> {
  const program = new URL("./udp/testing_packets.ts", import.meta.url);
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
