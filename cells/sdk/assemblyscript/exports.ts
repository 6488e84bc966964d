/** What every cell exports. A cell's entry file re-exports all of it. */

import { handlers } from "./cell";
import { ErrorText } from "./error_text";
import { leave } from "./memory";
import { MsgpackReader } from "./msgpack_reader";
import { Value } from "./value";

export { pulp_alloc, pulp_free } from "./memory";

const HEADER_BYTES: u32 = 20;

const initError = new ErrorText();
let lastCall: u64 = 0;

export function pulp_init(ptr: u32, length: u32): i32 {
  const result = init(ptr, length);
  leave();
  return result;
}

export function pulp_step(ptr: u32, length: u32): i32 {
  if (length < HEADER_BYTES) return 1;
  lastCall = load<u64>(ptr);
  const wallTimeNs = load<u64>(ptr, 8);
  const payloadLength = load<u32>(ptr, 16);
  if (payloadLength == 0) {
    handlers.tick(wallTimeNs);
    return 0;
  }
  if (payloadLength > length - HEADER_BYTES) return 1;
  const result = dispatch(ptr + HEADER_BYTES, payloadLength, wallTimeNs);
  leave();
  return result;
}

export function pulp_shutdown(): i32 {
  return handlers.shutdown();
}

export function pulp_init_error_ptr(): u32 {
  return initError.ptr;
}

export function pulp_init_error_len(): u32 {
  return initError.length;
}

/** The call number of the last step. */
export function probe_last_call(): u64 {
  return lastCall;
}

function init(ptr: u32, length: u32): i32 {
  let config = Value.map();
  if (length != 0) {
    const reader = new MsgpackReader(ptr, length);
    config = reader.value();
    if (!reader.done || !config.isMap) {
      initError.set("config is not a MessagePack map");
      return 2;
    }
  }
  const problem = handlers.init(config);
  if (problem === null) return 0;
  initError.set(problem);
  return 1;
}

/** Reads `{kind, payload}` and hands the payload on where it lies. */
function dispatch(ptr: u32, length: u32, wallTimeNs: u64): i32 {
  const reader = new MsgpackReader(ptr, length);
  let kind = "";
  let payload: MsgpackReader | null = null;
  for (let n = reader.map(); n > 0 && !reader.failed; n--) {
    const key = reader.str();
    if (key == "kind") kind = reader.str();
    else if (key == "payload") payload = reader.sub();
    else reader.skip();
  }
  if (!reader.done || payload === null) return 3;
  const index = handlers.kinds.indexOf(kind);
  return index < 0 ? 0 : handlers.events[index](payload, wallTimeNs);
}
