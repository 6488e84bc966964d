/** WebSocket connections that clients open. Needs the capability `transport.ws.inbound`. */

import { onEvent } from "./cell";
import { MsgpackReader } from "./msgpack_reader";
import { MsgpackWriter } from "./msgpack_writer";
import { Pairs } from "./pairs";
import { ws_close, ws_register, ws_send } from "./pulp";
import { encodeUtf8 } from "./utf8";

/** A connection that was opened. */
export class Opened {
  id: u64 = 0;
  /** Decoded, without the query. */
  path: string = "";
  query: Pairs = new Pairs();
  /** Names in canonical form: `User-Agent`. */
  headers: Pairs = new Pairs();
}

/** A whole message. */
export class Frame {
  id: u64 = 0;
  isText: bool = false;
  /** UTF-8 when it is text. */
  payload: Uint8Array = new Uint8Array(0);
}

/** A connection that ended; there is one for each that was opened. */
export class Closed {
  id: u64 = 0;
  /** 1006: the client broke off. */
  code: u16 = 0;
  reason: string = "";
}

export type OpenHandler = (opened: Opened) => void;
export type FrameHandler = (frame: Frame) => void;
export type CloseHandler = (closed: Closed) => void;

const TEXT: u8 = 1;
const BINARY: u8 = 2;

let onOpen: OpenHandler = (_opened: Opened): void => {};
let onFrame: FrameHandler = (_frame: Frame): void => {};
let onClose: CloseHandler = (_closed: Closed): void => {};

/**
 * Registers a path at the host; from `onInit`. A pattern takes `:name` and
 * `*name` as for HTTP. Returns the host's code: 0, 4 the path is another
 * cell's, 99 the manifest does not declare the capability. The handlers are
 * those of all paths: the last ones set count.
 */
export function acceptSockets(
  pattern: string,
  opened: OpenHandler,
  received: FrameHandler,
  closed: CloseHandler,
): u32 {
  const path = encodeUtf8(pattern);
  const code = ws_register(<u32> path.dataStart, path.length);
  if (code != 0) return code;
  onOpen = opened;
  onFrame = received;
  onClose = closed;
  onEvent("ws.open", takeOpen);
  onEvent("ws.frame", takeFrame);
  onEvent("ws.close", takeClose);
  return 0;
}

/** Sends UTF-8 as text. Returns the host's code: 0, 4 the connection is gone. */
export function sendText(id: u64, utf8: Uint8Array): u32 {
  return send(id, TEXT, utf8);
}

/** Sends bytes. Returns the host's code: 0, 4 the connection is gone. */
export function sendBytes(id: u64, bytes: Uint8Array): u32 {
  return send(id, BINARY, bytes);
}

/** Ends a connection; `onClose` follows. Returns the host's code: 0, 4 it is gone. */
export function closeSocket(
  id: u64,
  code: u16 = 1000,
  reason: string = "",
): u32 {
  const writer = new MsgpackWriter().map(3);
  writer.str("conn_id").uint(id);
  writer.str("code").u16(code);
  writer.str("reason").str(reason);
  return ws_close(writer.ptr, writer.length);
}

function send(id: u64, opcode: u8, payload: Uint8Array): u32 {
  const writer = new MsgpackWriter().map(3);
  writer.str("conn_id").uint(id);
  writer.str("opcode").u8(opcode);
  writer.str("payload").bytes(payload);
  return ws_send(writer.ptr, writer.length);
}

function takeOpen(reader: MsgpackReader, _wallTimeNs: u64): i32 {
  const opened = new Opened();
  for (let n = reader.map(); n > 0 && !reader.failed; n--) {
    const key = reader.str();
    if (key == "conn_id") opened.id = reader.uint();
    else if (key == "path") opened.path = reader.str();
    else if (key == "query") opened.query = Pairs.read(reader);
    else if (key == "headers") opened.headers = Pairs.read(reader);
    else reader.skip();
  }
  if (reader.failed) return 3;
  onOpen(opened);
  return 0;
}

function takeFrame(reader: MsgpackReader, _wallTimeNs: u64): i32 {
  const frame = new Frame();
  for (let n = reader.map(); n > 0 && !reader.failed; n--) {
    const key = reader.str();
    if (key == "conn_id") frame.id = reader.uint();
    else if (key == "opcode") frame.isText = reader.uint() == <u64> TEXT;
    else if (key == "payload") frame.payload = reader.bytes();
    else reader.skip();
  }
  if (reader.failed) return 3;
  onFrame(frame);
  return 0;
}

function takeClose(reader: MsgpackReader, _wallTimeNs: u64): i32 {
  const closed = new Closed();
  for (let n = reader.map(); n > 0 && !reader.failed; n--) {
    const key = reader.str();
    if (key == "conn_id") closed.id = reader.uint();
    else if (key == "code") closed.code = <u16> reader.uint();
    else if (key == "reason") closed.reason = reader.str();
    else reader.skip();
  }
  if (reader.failed) return 3;
  onClose(closed);
  return 0;
}
