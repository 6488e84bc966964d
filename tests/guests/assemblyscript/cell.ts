/** Every part of the AssemblyScript SDK that the example cells leave out. */

export * from "../../../cells/sdk/assemblyscript/exports";
export {
  pulp_on_call,
  pulp_on_call_error_len,
  pulp_on_call_error_ptr,
} from "../../../cells/sdk/assemblyscript/providers";

import { onShutdown, onTick } from "../../../cells/sdk/assemblyscript/cell";
import { randomBytes } from "../../../cells/sdk/assemblyscript/entropy";
import { readJson } from "../../../cells/sdk/assemblyscript/json_reader";
import { writeJson } from "../../../cells/sdk/assemblyscript/json_writer";
import { Level, log } from "../../../cells/sdk/assemblyscript/log";
import { Call, provide } from "../../../cells/sdk/assemblyscript/providers";
import { callCell } from "../../../cells/sdk/assemblyscript/siblings";

let ticks: u64 = 0;

onTick((_wallTimeNs: u64): void => {
  ticks++;
});

onShutdown((): i32 => {
  log(Level.Info, `ticks: ${ticks}`);
  return 0;
});

/** JSON text as bytes -> the same value as JSON text; fails when it is no JSON. */
provide("json", (call: Call): void => {
  const value = readJson(call.args.asBytes());
  if (value === null) call.fail("not JSON");
  else call.reply.bytes(writeJson(value));
});

/** Any value -> the same value. */
provide("value", (call: Call): void => {
  call.reply.value(call.args);
});

/** Count -> that many random bytes. */
provide("random", (call: Call): void => {
  const bytes = randomBytes(<u32> call.args.asInt());
  if (bytes === null) call.fail("no entropy");
  else call.reply.bytes(bytes);
});

/** `{level, text}` -> nothing, and a record in the log. */
provide("log", (call: Call): void => {
  const args = call.args;
  log(<Level> (<i32> args.get("level").asInt()), args.get("text").asStr());
});

/** `{target, name, args}` -> `{code, bytes}`. */
provide("call", (call: Call): void => {
  const args = call.args;
  const result = callCell(
    args.get("target").asStr(),
    args.get("name").asStr(),
    args.get("args").asBytes(),
  );
  const reply = call.reply.map(2);
  reply.str("code").u32(result.code);
  reply.str("bytes").bytes(result.bytes);
});

/** Number of idle steps so far. */
provide("ticks", (call: Call): void => {
  call.reply.uint(ticks);
});

/** Traps, by reading past the end of an array. */
provide("trap", (call: Call): void => {
  call.reply.int(new Array<i64>(0)[<i32> call.args.asInt()]);
});
