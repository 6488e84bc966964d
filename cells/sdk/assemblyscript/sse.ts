/** Events for clients that listen. Needs the capability `transport.sse`. */

import { MsgpackWriter } from "./msgpack_writer";
import { sse_emit, sse_has_subscribers, sse_register } from "./pulp";
import { encodeUtf8 } from "./utf8";

/** Where the host writes a count. */
const countOut = new StaticArray<u32>(1);

/**
 * Registers a path at the host; from `onInit`. A pattern takes `:name` and
 * `*name` as for HTTP. Returns the host's code: 0, 4 the path is another
 * cell's, 99 the manifest does not declare the capability.
 */
export function offerEvents(pattern: string): u32 {
  const path = encodeUtf8(pattern);
  return sse_register(<u32> path.dataStart, path.length);
}

/**
 * Sends an event to everyone who listens to a path. `id` and `event` may be
 * empty, and hold no line ends. Returns the host's code: 0, 4 refused.
 */
export function emit(
  path: string,
  data: string,
  event: string = "",
  id: string = "",
): u32 {
  const writer = new MsgpackWriter().map(4);
  writer.str("path").str(path);
  writer.str("id").str(id);
  writer.str("event").str(event);
  writer.str("data").str(data);
  return sse_emit(writer.ptr, writer.length);
}

/** How many clients listen to a path now. */
export function listeners(path: string): u32 {
  const bytes = encodeUtf8(path);
  const out = <u32> changetype<usize>(countOut);
  const code = sse_has_subscribers(<u32> bytes.dataStart, bytes.length, out);
  return code == 0 ? countOut[0] : 0;
}
