/** Random bytes of the system's generator. */

import { MsgpackReader } from "./msgpack_reader";
import { MsgpackWriter } from "./msgpack_writer";
import { entropy_read } from "./pulp";
import { lengthOut, pointerOut, takeResponse } from "./response";

/** From 1 to 65536 bytes; `null` when the host refuses or fails. */
export function randomBytes(count: u32): Uint8Array | null {
  const writer = new MsgpackWriter().map(1);
  writer.str("n").u32(count);
  const code = entropy_read(
    writer.ptr,
    writer.length,
    pointerOut(),
    lengthOut(),
  );
  if (code != 0) return null;
  const reader = MsgpackReader.of(takeResponse());
  let bytes: Uint8Array | null = null;
  for (let n = reader.map(); n > 0 && !reader.failed; n--) {
    if (reader.str() == "bytes") bytes = reader.bytes();
    else reader.skip();
  }
  return reader.done ? bytes : null;
}
