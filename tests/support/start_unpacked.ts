/**
 * Starts an executable without the runtime that it needs: unpacks it, and runs
 * what is inside with what was compiled in. Takes its path and its arguments.
 *
 * @module
 */

import { readExecutable, startOf, unpack } from "./executable.ts";

const [path = "", ...argv] = Deno.args;
const root = await Deno.makeTempDir({ prefix: "pulp-unpacked-" });
try {
  const content = await readExecutable(path);
  await unpack(content, root);
  const child = new Deno.Command(Deno.execPath(), {
    args: [...startOf(content.metadata, root), ...argv],
  }).spawn();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => child.kill(signal));
  }
  const { code } = await child.status;
  Deno.exitCode = code;
} finally {
  await Deno.remove(root, { recursive: true });
}
