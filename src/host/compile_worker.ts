/**
 * The program of the thread that compiles large modules. It has no
 * permissions, and takes one module after the other.
 *
 * @module
 */

import { compileModule } from "../cell/compile.ts";
import type { MessageEnd } from "./channel.ts";
import type { CompileReply, CompileRequest } from "./compiler.ts";
import { toWire } from "./protocol.ts";

const end = globalThis as unknown as MessageEnd;

end.addEventListener("message", async ({ data }) => {
  end.postMessage(await answer(data as CompileRequest));
});

async function answer(
  { bytes, options }: CompileRequest,
): Promise<CompileReply> {
  try {
    return { compiled: await compileModule(bytes, options) };
  } catch (error) {
    return { error: toWire(error) };
  }
}
