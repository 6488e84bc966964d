/** HTTP requests that go out. Needs the capability `transport.http.outbound`. */

import { MsgpackReader } from "./msgpack_reader";
import { MsgpackWriter } from "./msgpack_writer";
import { Pairs } from "./pairs";
import { http_fetch } from "./pulp";
import { lengthOut, pointerOut, takeResponse } from "./response";

export class FetchRequest {
  headers: Pairs = new Pairs();
  body: Uint8Array = new Uint8Array(0);
  /** 0 = the host's own, 30 s. */
  timeoutNs: i64 = 0;

  constructor(public url: string, public method: string = "GET") {}

  write(writer: MsgpackWriter): void {
    writer.map(this.timeoutNs > 0 ? 5 : 4);
    writer.str("method").str(this.method);
    writer.str("url").str(this.url);
    writer.str("headers");
    this.headers.write(writer);
    writer.str("body").bytes(this.body);
    if (this.timeoutNs > 0) writer.str("timeout").int(this.timeoutNs);
  }
}

export class FetchResult {
  /** The host's code: 0, 4 failed, 11 not allowed, 99 not declared. */
  code: u32 = 0;
  status: u32 = 0;
  headers: Pairs = new Pairs();
  body: Uint8Array = new Uint8Array(0);
}

/** Sends a request and waits for the whole answer. */
export function fetch(request: FetchRequest): FetchResult {
  const writer = new MsgpackWriter();
  request.write(writer);
  const result = new FetchResult();
  result.code = http_fetch(
    writer.ptr,
    writer.length,
    pointerOut(),
    lengthOut(),
  );
  if (result.code != 0) return result;
  const reader = MsgpackReader.of(takeResponse());
  for (let n = reader.map(); n > 0 && !reader.failed; n--) {
    const key = reader.str();
    if (key == "status") result.status = <u32> reader.uint();
    else if (key == "headers") result.headers = Pairs.read(reader);
    else if (key == "body") result.body = reader.bytes();
    else reader.skip();
  }
  if (!reader.done) result.code = 3;
  return result;
}
