/** Functions that the cell provides to its siblings and to `call`. */

import { ErrorText } from "./error_text";
import { handOver, leave } from "./memory";
import { MsgpackReader } from "./msgpack_reader";
import { MsgpackWriter } from "./msgpack_writer";
import { Value } from "./value";

/** One call: what came in, and what goes back. */
export class Call {
  /** The arguments; nil when there were none. */
  args: Value = new Value();
  /** The result. Nothing written = an empty result. */
  reply: MsgpackWriter = new MsgpackWriter();
  problem: string | null = null;

  /** Ends the call with a message instead of a result. */
  fail(problem: string): void {
    this.problem = problem;
  }
}

export type Provider = (call: Call) => void;

const names: string[] = [];
const providers: Provider[] = [];
const callError = new ErrorText();

/** Provides a function. Name it in `provides` of the manifest too. */
export function provide(name: string, provider: Provider): void {
  names.push(name);
  providers.push(provider);
}

export function pulp_on_call(
  namePtr: u32,
  nameLength: u32,
  argsPtr: u32,
  argsLength: u32,
  ptrOut: u32,
  lengthOut: u32,
): u32 {
  const name = String.UTF8.decodeUnsafe(namePtr, nameLength);
  const call = new Call();
  const code = run(name, call, argsPtr, argsLength);
  store<u32>(ptrOut, 0);
  store<u32>(lengthOut, 0);
  if (code != 0) {
    const problem = call.problem;
    callError.set(problem === null ? "" : problem);
  } else if (call.reply.length != 0) {
    store<u32>(ptrOut, handOver(call.reply.ptr, call.reply.length));
    store<u32>(lengthOut, call.reply.length);
  }
  leave();
  return code;
}

export function pulp_on_call_error_ptr(): u32 {
  return callError.ptr;
}

export function pulp_on_call_error_len(): u32 {
  return callError.length;
}

function run(name: string, call: Call, argsPtr: u32, argsLength: u32): u32 {
  const index = names.indexOf(name);
  if (index < 0) {
    call.fail("the cell does not provide it");
    return 10;
  }
  if (argsLength != 0) {
    const reader = new MsgpackReader(argsPtr, argsLength);
    call.args = reader.value();
    if (!reader.done) {
      call.fail(
        'Cannot call "' + name + '": the arguments are not MessagePack',
      );
      return 3;
    }
  }
  providers[index](call);
  return call.problem === null ? 0 : 11;
}
