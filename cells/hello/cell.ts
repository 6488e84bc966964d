/** Greets. Provides `greet`. */

export * from "../sdk/assemblyscript/exports";
export {
  pulp_on_call,
  pulp_on_call_error_len,
  pulp_on_call_error_ptr,
} from "../sdk/assemblyscript/providers";

import { onInit } from "../sdk/assemblyscript/cell";
import { Call, provide } from "../sdk/assemblyscript/providers";
import { Value } from "../sdk/assemblyscript/value";

let greeting = "Hello";

onInit((config: Value): string | null => {
  const given = config.get("greeting");
  if (given.isNil) return null;
  if (!given.isStr || given.text.trim().length == 0) {
    return "config.greeting must be a string that is not blank";
  }
  greeting = given.text;
  return null;
});

/** Takes `{name}`, a bare string or nothing; returns `{message}`. */
provide("greet", (call: Call): void => {
  const args = call.args;
  const name = args.isMap ? args.get("name") : args;
  if (!name.isStr && !name.isNil) {
    call.fail('Cannot greet: "name" must be a string');
    return;
  }
  call.reply.map(1);
  call.reply.str("message").str(`${greeting}, ${name.asStr("world")}!`);
});
