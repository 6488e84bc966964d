/**
 * The command line: `deno run main.ts <command>`.
 *
 * @module
 */

import { denoIo } from "./src/cli/deno_io.ts";
import { runCli } from "./src/cli/run_cli.ts";

if (import.meta.main) {
  Deno.exit(await runCli(Deno.args, denoIo()));
}
