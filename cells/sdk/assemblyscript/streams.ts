/**
 * Answers to outgoing requests that are read as they come, or handed to a
 * client as they come. Needs the capability `transport.http.outbound`, and
 * `StreamResponse` also `transport.http.inbound`.
 */

import { FetchRequest } from "./fetch";
import { Response } from "./http";
import { MsgpackReader } from "./msgpack_reader";
import { MsgpackWriter } from "./msgpack_writer";
import { Pairs } from "./pairs";
import {
  http_fetch_begin,
  http_fetch_close,
  http_fetch_read,
  http_respond_stream,
} from "./pulp";
import { lengthOut, pointerOut, takeResponse } from "./response";

export class FetchChunk {
  /** The host's code. */
  code: u32 = 0;
  /** Empty at the end, and when something went wrong. */
  bytes: Uint8Array = new Uint8Array(0);
  eof: bool = false;
  /** What went wrong; "" when nothing did. */
  problem: string = "";
}

export class FetchStream {
  /** The host's code: 0, 4 failed, 11 not allowed, 99 not declared. */
  code: u32 = 0;
  id: u64 = 0;
  status: u32 = 0;
  headers: Pairs = new Pairs();

  /** Waits for at least one byte, the end or a failure. At most 4 MiB. */
  read(most: u32 = 65536): FetchChunk {
    const chunk = new FetchChunk();
    chunk.code = http_fetch_read(
      <u32> this.id,
      <u32> (this.id >> 32),
      most,
      pointerOut(),
      lengthOut(),
    );
    if (chunk.code != 0) return chunk;
    const reader = MsgpackReader.of(takeResponse());
    for (let n = reader.map(); n > 0 && !reader.failed; n--) {
      const key = reader.str();
      if (key == "bytes") chunk.bytes = reader.bytes();
      else if (key == "eof") chunk.eof = reader.bool();
      else if (key == "err") chunk.problem = reader.str();
      else reader.skip();
    }
    if (!reader.done) chunk.code = 3;
    return chunk;
  }

  /** Closes the connection. The end of the body does not. */
  close(): void {
    http_fetch_close(<u32> this.id, <u32> (this.id >> 32));
  }
}

/** Sends a request and waits for the head of the answer. */
export function beginFetch(request: FetchRequest): FetchStream {
  const writer = new MsgpackWriter();
  request.write(writer);
  const stream = new FetchStream();
  stream.code = http_fetch_begin(
    writer.ptr,
    writer.length,
    pointerOut(),
    lengthOut(),
  );
  if (stream.code != 0) return stream;
  const reader = MsgpackReader.of(takeResponse());
  for (let n = reader.map(); n > 0 && !reader.failed; n--) {
    const key = reader.str();
    if (key == "id") stream.id = reader.uint();
    else if (key == "status") stream.status = <u32> reader.uint();
    else if (key == "headers") stream.headers = Pairs.read(reader);
    else reader.skip();
  }
  if (!reader.done) stream.code = 3;
  return stream;
}

/** An answer whose body is that of a stream, which is gone for the cell then. */
export class StreamResponse extends Response {
  constructor(private stream: FetchStream) {
    super(stream.status);
  }

  override send(id: u64): u32 {
    const cookies = this.cookies;
    const writer = new MsgpackWriter().map(cookies.length == 0 ? 4 : 5);
    writer.str("id").uint(id);
    writer.str("stream_id").uint(this.stream.id);
    writer.str("status").u32(this.status);
    writer.str("headers");
    this.headers.write(writer);
    if (cookies.length != 0) {
      writer.str("cookies").list(cookies.length);
      for (let i = 0; i < cookies.length; i++) writer.str(cookies[i]);
    }
    return http_respond_stream(writer.ptr, writer.length);
  }
}
