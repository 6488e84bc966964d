/**
 * Bundles the programs of the host's threads: `deno task build:workers
 * [--check]`. A thread that is one file starts in two thirds of the time, and
 * its text can be handed to it, so that nobody has to grant reading it.
 *
 * The bundles are committed. `--check` compares them with fresh ones.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { fromFileUrl, join } from "@std/path";

const HOST = fromFileUrl(new URL("../src/host/", import.meta.url));
const BUNDLES = join(HOST, "bundles");

/** The programs; each is bundled to a file of the same name, as JavaScript. */
export const PROGRAMS: readonly string[] = ["cell_worker", "compile_worker"];

/** The text of the bundle that is committed, if there is one. */
export async function committedBundle(
  name: string,
): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(join(BUNDLES, `${name}.js`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Bundles a program. Throws with what Deno says when that fails. */
export async function bundle(name: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    // Without the names of functions: to define them is a tenth of what a
    // thread takes to start over an empty one. Errors carry theirs as values.
    args: ["bundle", "--minify", join(HOST, `${name}.ts`)],
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  if (!success) {
    throw new Error(
      `Cannot bundle "${name}": ${new TextDecoder().decode(stderr).trim()}`,
    );
  }
  return `// Made by "deno task build:workers" from src/host/${name}.ts.\n` +
    new TextDecoder().decode(stdout);
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

async function main(args: readonly string[]): Promise<number> {
  const unknown: string[] = [];
  const { check } = parseArgs([...args], {
    boolean: ["check"],
    unknown: (arg) => unknown.push(arg) === 0,
  });
  if (unknown.length > 0) {
    say(`Cannot read "${unknown[0]}": there is only --check`);
    return 2;
  }
  let stale = 0;
  for (const name of PROGRAMS) {
    const fresh = await bundle(name);
    const isSame = await committedBundle(name) === fresh;
    if (!isSame && !check) {
      await Deno.mkdir(BUNDLES, { recursive: true });
      await Deno.writeTextFile(join(BUNDLES, `${name}.js`), fresh);
    }
    if (!isSame) stale++;
    say(`${name}: ${fresh.length} characters${isSame ? "" : ", changed"}`);
  }
  if (!check || stale === 0) return 0;
  say("Run: deno task build:workers");
  return 1;
}

if (import.meta.main) {
  try {
    Deno.exitCode = await main(Deno.args);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    Deno.exitCode = 1;
  }
}
