/**
 * A stand-in for the runtime that executables begin with, where the real one
 * can't be had. Unlike other programs that `deno compile` takes for a base, it
 * starts: it unpacks what was compiled onto it, and runs that in Deno with what
 * was compiled in, and nothing more.
 *
 * It is a copy of bash, which looks at a file before it does anything else, and
 * finds in there that it is another program now. What begins with a dash is for
 * bash, so such an executable takes no option without a command in front.
 *
 * @module
 */

import { fromFileUrl, join } from "@std/path";

const STARTER = fromFileUrl(new URL("start_unpacked.ts", import.meta.url));

/**
 * Makes it in a folder.
 *
 * @returns what has to be in the environment to compile onto it, and to start
 * what was compiled
 */
export async function standInRuntime(
  folder: string,
): Promise<Readonly<Record<string, string>>> {
  const bash = await bashPath();
  const base = join(folder, "denort");
  const start = join(folder, "start.bash");
  // A runtime says somewhere which Deno it is of.
  const version = new TextEncoder().encode(`\nDeno/${Deno.version.deno}\n`);
  await Deno.writeFile(base, await Deno.readFile(bash), { mode: 0o755 });
  await Deno.writeFile(base, version, { append: true });
  await Deno.writeTextFile(
    start,
    `exe=$(readlink /proc/$$/exe)
[ "$exe" = '${bash}' ] && return
mapfile -d '' -t argv < /proc/$$/cmdline
unset BASH_ENV
exec '${Deno.execPath()}' run --no-prompt --quiet --allow-read --allow-write \\
  --allow-run '${STARTER}' "$exe" "\${argv[@]:1}"
`,
  );
  return { DENORT_BIN: base, BASH_ENV: start };
}

async function bashPath(): Promise<string> {
  const { stdout } = await new Deno.Command("bash", {
    // It becomes the last program of a line; this is not the last.
    args: ["-c", "readlink /proc/$$/exe; true"],
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout).trim();
}
