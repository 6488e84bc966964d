/**
 * The programs of threads, as the sources name them.
 *
 * @module
 */

import { fromFileUrl, join, relative } from "@std/path";
import { ROOT } from "./pulp.ts";

/** The programs of threads that the sources name, relative to the project. */
export async function threadPrograms(): Promise<string[]> {
  const programs: string[] = [];
  for await (const file of sources(join(ROOT, "src"))) {
    const text = await Deno.readTextFile(file);
    for (const match of text.matchAll(/new URL\(\s*"([^"]+\.ts)",\s*import/g)) {
      const path = fromFileUrl(new URL(match[1] ?? "", `file://${file}`));
      programs.push(relative(ROOT, path));
    }
  }
  return [...new Set(programs)];
}

/** Every module of the program, without what only tests load. */
async function* sources(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory && name !== "testing") yield* sources(join(folder, name));
    else if (/\.ts$/.test(name) && !/^testing|_test\.ts$/.test(name)) {
      yield join(folder, name);
    }
  }
}
