import { encode } from "@msgpack/msgpack";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { LIMITS } from "../limits.ts";
import { udp } from "./udp.ts";
import { soon, UdpCell, UdpPeer } from "./udp/testing/udp_cell.ts";

const LOOPBACK = { net: ["127.0.0.1"] };

/** A cell with one socket on a free port of loopback. */
async function listening(
  cell: UdpCell,
): Promise<{ id: bigint; address: string }> {
  const { code, socketId } = await cell.listen("127.0.0.1:0");
  assertEquals(code, 0);
  return { id: socketId, address: cell.addresses().at(-1)! };
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
    if (n === 1) await arrived(peer);
    events[n - 1]!.done();
  }
  assertEquals(texts.indexOf("d") < 3, true, texts.join());
});

/** Waits until what the peer sent before was read: a further packet, to another cell, was. */
async function arrived(peer: UdpPeer): Promise<void> {
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
    if (n % 64 === 63) await arrived(peer);
  }
  await arrived(peer);
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

Deno.test("a cell never gets at the socket of a cell in another thread", async () => {
  await using peer = await UdpPeer.bind();
  await using one = new UdpCell(LOOPBACK, udp());
  await using other = new UdpCell(LOOPBACK, udp());
  const { id } = await listening(one);
  assertEquals((await other.sendTo(id, peer.address)).code, 11);
  assertEquals(other.closeSocket(id), 11);
  assertEquals(other.closeSocket(id & 0xffff_ffffn), 4);
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

Deno.test("nothing is opened or sent when the answer has no place in memory", async () => {
  await using cell = new UdpCell(LOOPBACK);
  await using peer = await UdpPeer.bind();
  const { id } = await listening(cell);
  const listen = encode({ addr: "127.0.0.1:0" });
  const send = encode(
    { socket_id: id, dst_addr: peer.address, payload: "lost" },
    { useBigInt64: true },
  );
  for (const out of [cell.memory.bytes.length - 3, -4]) {
    assertEquals(await cell.call("udp_listen", listen, out, 4), 8);
    assertEquals(await cell.call("udp_listen", listen, 0, out), 8);
    assertEquals(await cell.call("udp_send", send, out, 4), 8);
  }
  assertEquals(cell.addresses().length, 1);
  await cell.sendTo(id, peer.address, "sent");
  assertEquals((await soon(peer.receive())).text, "sent");
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
