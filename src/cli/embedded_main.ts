/**
 * What an executable begins with: the cells are inside, and the command line
 * is the user's.
 *
 * @module
 */

import { denoIo } from "./deno_io.ts";
import { runExecutable } from "./embedded.ts";

if (import.meta.main) {
  Deno.exit(await runExecutable(Deno.args, denoIo(), import.meta.url));
}
