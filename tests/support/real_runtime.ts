/**
 * Whether the runtime that executables begin with is on this machine.
 *
 * @module
 */

import { join } from "@std/path";

/** The runtime, or why there is none. */
export interface RealRuntime {
  /** What has to be in the environment to compile onto it; absent without it. */
  readonly env?: Readonly<Record<string, string>>;
  /** Made to stand behind a test's name. */
  readonly reason: string;
}

/** Looks for what `DENORT_BIN` names, and for what Deno downloaded before. */
export async function realRuntime(): Promise<RealRuntime> {
  const named = Deno.env.get("DENORT_BIN");
  if (named !== undefined) {
    return await isRuntime(named)
      ? { env: { DENORT_BIN: named }, reason: "" }
      : missing(`DENORT_BIN=${named} is no denort`);
  }
  const archive = join(
    await cacheFolder(),
    "dl/release",
    `v${Deno.version.deno}`,
    `denort-${Deno.build.target}.zip`,
  );
  return await Deno.stat(archive).then(
    () => ({ env: {}, reason: "" }),
    () => missing("neither DENORT_BIN nor Deno's cache has denort"),
  );
}

function missing(why: string): RealRuntime {
  return { reason: ` (skipped: ${why})` };
}

/** It complains that nothing is compiled into it; anything else does something else. */
async function isRuntime(path: string): Promise<boolean> {
  try {
    const { success, stderr } = await new Deno.Command(path, {
      args: ["--version"],
      stdin: "null",
    }).output();
    return !success && /standalone/.test(new TextDecoder().decode(stderr));
  } catch {
    return false;
  }
}

async function cacheFolder(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json"],
    stdin: "null",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}
