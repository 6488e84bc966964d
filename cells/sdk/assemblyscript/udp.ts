/** UDP packets. Needs the capability `network.udp` and `[permissions] net`. */

import { onEvent } from "./cell";
import { MsgpackReader } from "./msgpack_reader";
import { MsgpackWriter } from "./msgpack_writer";
import { udp_close, udp_listen, udp_send } from "./pulp";
import { lengthOut, pointerOut, takeResponse } from "./response";

/** It failed; the host's log says why. */
export const UDP_FAILED: u32 = 4;
/** The manifest does not list the address, or Deno does not grant it. */
export const UDP_REFUSED: u32 = 12;

export class UdpSocket {
  /** The host's code: 0, 4 failed, 12 refused, 99 not declared. */
  code: u32 = 0;
  id: u64 = 0;
}

export class UdpPacket {
  socketId: u64 = 0;
  /** `ip:port`. */
  srcAddr: string = "";
  payload: Uint8Array = new Uint8Array(0);
  /** In nanoseconds since 1970. */
  receivedAtNs: i64 = 0;

  static read(reader: MsgpackReader): UdpPacket {
    const packet = new UdpPacket();
    for (let n = reader.map(); n > 0 && !reader.failed; n--) {
      const key = reader.str();
      if (key == "socket_id") packet.socketId = reader.uint();
      else if (key == "src_addr") packet.srcAddr = reader.str();
      else if (key == "payload") packet.payload = reader.bytes();
      else if (key == "received_at") packet.receivedAtNs = reader.int();
      else reader.skip();
    }
    return packet;
  }
}

/** Takes one packet. */
export type PacketHandler = (packet: UdpPacket) => void;

const packetHandlers: PacketHandler[] = [];

/** Sets what handles the packets of all sockets. */
export function onPacket(handler: PacketHandler): void {
  packetHandlers.push(handler);
  onEvent("udp.packet", (payload: MsgpackReader, _wallTimeNs: u64): i32 => {
    const packet = UdpPacket.read(payload);
    if (payload.failed) return 3;
    packetHandlers[packetHandlers.length - 1](packet);
    return 0;
  });
}

/** Opens a socket on `host:port`; port 0 is any that is free. */
export function listenUdp(addr: string): UdpSocket {
  const writer = new MsgpackWriter().map(1);
  writer.str("addr").str(addr);
  const socket = new UdpSocket();
  socket.code = udp_listen(
    writer.ptr,
    writer.length,
    pointerOut(),
    lengthOut(),
  );
  if (socket.code != 0) return socket;
  const reader = MsgpackReader.of(takeResponse());
  for (let n = reader.map(); n > 0 && !reader.failed; n--) {
    if (reader.str() == "socket_id") socket.id = reader.uint();
    else reader.skip();
  }
  if (!reader.done) socket.code = 3;
  return socket;
}

/** Sends one packet to `host:port`. Returns the host's code, as of {@link UdpSocket}; 11 another cell's socket. */
export function sendUdp(
  socketId: u64,
  dstAddr: string,
  payload: Uint8Array,
): u32 {
  const writer = new MsgpackWriter().map(3);
  writer.str("socket_id").uint(socketId);
  writer.str("dst_addr").str(dstAddr);
  writer.str("payload").bytes(payload);
  const code = udp_send(
    writer.ptr,
    writer.length,
    pointerOut(),
    lengthOut(),
  );
  if (code == 0) takeResponse();
  return code;
}

/** Closes a socket. Returns the host's code. */
export function closeUdp(socketId: u64): u32 {
  const writer = new MsgpackWriter().map(1);
  writer.str("socket_id").uint(socketId);
  return udp_close(writer.ptr, writer.length);
}
