/** Counts visits through a capability that is not the host's: see kv_extension.ts. */

export * from "../sdk/assemblyscript/exports";
export {
  pulp_on_call,
  pulp_on_call_error_len,
  pulp_on_call_error_ptr,
} from "../sdk/assemblyscript/providers";

import { Call, provide } from "../sdk/assemblyscript/providers";
import {
  lengthOut,
  pointerOut,
  takeResponse,
} from "../sdk/assemblyscript/response";
import { decodeUtf8 } from "../sdk/assemblyscript/utf8";
import { kv_get, kv_set } from "./pulp";

const NOT_THERE: u32 = 6;

/** Takes `{name}`; returns `{name, count}`. */
provide("visit", (call: Call): void => {
  const name = call.args.get("name").asStr("somebody");
  const key = Uint8Array.wrap(String.UTF8.encode("visits/" + name));
  const code = kv_get(
    <u32> key.dataStart,
    key.length,
    pointerOut(),
    lengthOut(),
  );
  if (code != 0 && code != NOT_THERE) {
    call.fail(`Cannot read the count of "${name}": code ${code}`);
    return;
  }
  const known = takeResponse();
  const count: i64 = known.length == 0
    ? 1
    : I64.parseInt(decodeUtf8(known)) + 1;
  const value = Uint8Array.wrap(String.UTF8.encode(count.toString()));
  const stored = kv_set(
    <u32> key.dataStart,
    key.length,
    <u32> value.dataStart,
    value.length,
  );
  if (stored != 0) {
    call.fail(`Cannot keep the count of "${name}": code ${stored}`);
    return;
  }
  call.reply.map(2);
  call.reply.str("name").str(name);
  call.reply.str("count").int(count);
});
