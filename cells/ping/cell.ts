/** Sends every UDP packet back to where it came from. */

export * from "../sdk/assemblyscript/exports";

import { onInit, onShutdown } from "../sdk/assemblyscript/cell";
import { Level, log } from "../sdk/assemblyscript/log";
import {
  closeUdp,
  listenUdp,
  onPacket,
  sendUdp,
  UDP_REFUSED,
  UdpPacket,
} from "../sdk/assemblyscript/udp";
import { Value } from "../sdk/assemblyscript/value";

const NOT_BOUND: u32 = 99;

let socketId: u64 = 0;

onInit((config: Value): string | null => {
  const given = config.get("addr");
  if (!given.isNil && !given.isStr) {
    return 'config.addr must be an address such as "127.0.0.1:7007"';
  }
  const addr = given.asStr("127.0.0.1:7007");
  const socket = listenUdp(addr);
  socketId = socket.id;
  const code = socket.code;
  if (code == 0) return null;
  if (code == UDP_REFUSED) {
    return `Cannot listen on "${addr}": the manifest does not list it in [permissions] net`;
  }
  if (code == NOT_BOUND) {
    return `Cannot listen on "${addr}": the manifest does not declare "network.udp"`;
  }
  return `Cannot listen on "${addr}": the host answers ${code}, and its log says why`;
});

/** The host would close it anyway, a moment later. */
onShutdown((): i32 => <i32> closeUdp(socketId));

onPacket((packet: UdpPacket): void => {
  const code = sendUdp(packet.socketId, packet.srcAddr, packet.payload);
  if (code != 0) {
    log(
      Level.Warn,
      `Cannot answer "${packet.srcAddr}": the host answers ${code}`,
    );
  }
});
