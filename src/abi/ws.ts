/**
 * The records of `transport.ws.inbound`.
 *
 * @module
 */

import { type TextMap, writeTextMap } from "./http.ts";
import { RecordReader } from "./record.ts";
import { MsgpackWriter } from "./writer.ts";

/** The kinds of a frame that a cell sees. */
export const OPCODE = Object.freeze({
  /** UTF-8. */
  text: 1,
  binary: 2,
});

/** The event `ws.open`. */
export interface WsOpenEvent {
  /** Names the connection in `ws_send` and `ws_close`. */
  readonly connId: bigint | number;
  /** Decoded, without the query. */
  readonly path: string;
  /** The first value of each key. */
  readonly query: TextMap;
  /** The first value of each name, names in canonical form, without `Host`. */
  readonly headers: TextMap;
}

/** The map of `ws.open`, to be embedded by `encodeEvent`. */
export function encodeWsOpen(event: WsOpenEvent): Uint8Array<ArrayBuffer> {
  const writer = new MsgpackWriter(512).map(4)
    .str("conn_id").u64(event.connId)
    .str("path").str(event.path);
  writeTextMap(writer.str("query"), event.query);
  writeTextMap(writer.str("headers"), event.headers);
  return writer.finish();
}

/**
 * The map of `ws.frame`: a whole message. Default for `writer`: one of its
 * own; who encodes many frames keeps one.
 */
export function encodeWsFrame(
  connId: bigint | number,
  opcode: number,
  payload: Uint8Array,
  writer: MsgpackWriter = new MsgpackWriter(64 + payload.length),
): Uint8Array<ArrayBuffer> {
  return writer.map(3)
    .str("conn_id").u64(connId)
    .str("opcode").u8(opcode)
    .str("payload").bin(payload)
    .finish();
}

/** The map of `ws.close`. */
export function encodeWsClose(
  connId: bigint | number,
  code: number,
  reason: string,
): Uint8Array<ArrayBuffer> {
  return new MsgpackWriter(64 + reason.length).map(3)
    .str("conn_id").u64(connId)
    .str("code").u16(code)
    .str("reason").str(reason)
    .finish();
}

/** What a cell sends with `ws_send`. */
export interface WsSend {
  readonly connId: bigint;
  /** As sent: 1 and 2 are sound. */
  readonly opcode: number;
  /** A view of the request. */
  readonly payload: Uint8Array;
}

/** Throws `contract`. */
export function decodeWsSend(bytes: Uint8Array): WsSend {
  const record = RecordReader.parse(bytes);
  return {
    connId: record.u64("conn_id"),
    opcode: record.u32("opcode"),
    payload: record.bytes("payload"),
  };
}

/** What a cell asks for with `ws_close`. */
export interface WsClose {
  readonly connId: bigint;
  /** As sent: 0 stands for 1000. */
  readonly code: number;
  readonly reason: string;
}

/** Throws `contract`. */
export function decodeWsClose(bytes: Uint8Array): WsClose {
  const record = RecordReader.parse(bytes);
  return {
    connId: record.u64("conn_id"),
    code: record.u16("code"),
    reason: record.str("reason"),
  };
}

/** The connection of an event that was made here, without decoding the rest: it stands first. */
export function connIdOf(event: Uint8Array): bigint {
  return new DataView(event.buffer, event.byteOffset).getBigUint64(CONN_ID_AT);
}

/** A map header, the key `conn_id`, and the head of a u64. */
const CONN_ID_AT = 1 + 8 + 1;
