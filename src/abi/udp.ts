/**
 * The records of `network.udp`.
 *
 * @module
 */

import { writeCompactInt } from "./compact_int.ts";
import { RecordReader } from "./record.ts";
import { MsgpackWriter } from "./writer.ts";

/** What a cell asks for with `udp_listen`. */
export interface UdpListen {
  /** `host:port` as sent: "" stands for any port of every interface. */
  readonly addr: string;
  /** Bytes, as sent; 0 when absent. */
  readonly bufferSize: bigint;
}

/** Throws `contract`. */
export function decodeUdpListen(bytes: Uint8Array): UdpListen {
  const record = RecordReader.parse(bytes);
  return { addr: record.str("addr"), bufferSize: record.i64("buffer_size") };
}

/** What `udp_listen` answers: `{socket_id}`. */
export function encodeUdpListenResult(
  socketId: bigint,
): Uint8Array<ArrayBuffer> {
  return new MsgpackWriter(32).map(1).str("socket_id").u64(socketId).finish();
}

/** What a cell sends with `udp_send`. */
export interface UdpSend {
  readonly socketId: bigint;
  /** `host:port` as sent, unchecked. */
  readonly dstAddr: string;
  /** A view of the request. */
  readonly payload: Uint8Array;
}

/** Throws `contract`. */
export function decodeUdpSend(bytes: Uint8Array): UdpSend {
  const record = RecordReader.parse(bytes);
  return {
    socketId: record.u64("socket_id"),
    dstAddr: record.str("dst_addr"),
    payload: record.bytes("payload"),
  };
}

/** What `udp_send` answers: `{bytes_sent}`. */
export function encodeUdpSendResult(
  bytesSent: number,
): Uint8Array<ArrayBuffer> {
  const writer = new MsgpackWriter(32).map(1).str("bytes_sent");
  return writeCompactInt(writer, bytesSent).finish();
}

/** The socket that `udp_close` names. Throws `contract`. */
export function decodeUdpClose(bytes: Uint8Array): bigint {
  return RecordReader.parse(bytes).u64("socket_id");
}

/** The event `udp.packet`. */
export interface UdpPacket {
  readonly socketId: bigint;
  /** `ip:port`, IPv6 in brackets. */
  readonly srcAddr: string;
  readonly payload: Uint8Array;
  /** Milliseconds since 1970; goes out in nanoseconds. */
  readonly receivedAtMs: number;
}

/** The map of `udp.packet`, to be embedded by `encodeEvent`. */
export function encodeUdpPacket(packet: UdpPacket): Uint8Array<ArrayBuffer> {
  return new MsgpackWriter(128 + packet.payload.length)
    .map(4)
    .str("socket_id").u64(packet.socketId)
    .str("src_addr").str(packet.srcAddr)
    .str("payload").bin(packet.payload)
    .str("received_at").i64(
      BigInt(Math.trunc(packet.receivedAtMs)) * 1_000_000n,
    )
    .finish();
}
