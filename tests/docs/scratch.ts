/**
 * A copy of the project in which the commands of a document run: what they
 * leave behind is gone with it.
 *
 * @module
 */

import { dirname, join } from "@std/path";

/** What a clone holds and a command of the documents may need. */
const PARTS = [
  "deno.json",
  "deno.lock",
  "main.ts",
  "src",
  "cells",
  "scripts",
  "docs",
  "README.md",
];

/** The folder that the documents show where a clone is. */
export const SHOWN_ROOT = "/home/ada/pulp-deno";

/** The port that the documents show where any free one does. */
export const SHOWN_PORT = "8080";

/** Where the default port is said. */
const DEFAULT_PORT = ["src/limits.ts", "src/cli/options.ts"];

/** What differs from run to run. Applied to what a document shows as well. */
const VOLATILE: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "<time>"],
  [/\b\d\d:\d\d:\d\d\.\d{3}\b/g, "<time>"],
  [/\b[0-9a-f]{64}\b/g, "<sha256>"],
  [/\b\d+ bytes\b/g, "<n> bytes"],
  [/\bin \d+ ms\b/g, "in <n> ms"],
  [/\b(ready|failed|stopped) +\d+\b/g, "$1 <n>"],
  [/^\d+ held$/gm, "<n> held"],
  [/\blast_call=\d+\b/g, "last_call=<n>"],
];

/** A copy of the project, a port, and the programs that documents name. */
export class Scratch implements AsyncDisposable {
  /** The copy. */
  readonly root: string;
  /** Stands for {@linkcode SHOWN_PORT}. */
  readonly port: string;
  readonly #base: string;
  readonly #more: Readonly<Record<string, string>>;

  private constructor(
    base: string,
    port: string,
    more: Readonly<Record<string, string>>,
  ) {
    this.#base = base;
    this.#more = more;
    this.root = join(base, "pulp-deno");
    this.port = port;
  }

  /** Copies the project at `project`. Commands get `more` in their environment. */
  static async make(
    project: string,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Scratch> {
    const base = await Deno.realPath(
      await Deno.makeTempDir({ prefix: "pulp-docs-" }),
    );
    const scratch = new Scratch(base, freePort(), more);
    for (const part of PARTS) {
      await copy(join(project, part), join(scratch.root, part));
    }
    await scratch.#moveDefaultPort();
    const bin = join(base, "bin");
    await Deno.mkdir(bin);
    await Deno.symlink(Deno.execPath(), join(bin, "deno"));
    // What `npx` would fetch is what the test runs on.
    const npx = join(bin, "npx");
    await Deno.writeTextFile(
      npx,
      `#!/bin/sh\n[ "$1 $2" = "-y deno@${Deno.version.deno}" ] || exit 64\n` +
        `shift 2\nexec deno "$@"\n`,
    );
    await Deno.chmod(npx, 0o755);
    return scratch;
  }

  /** In the copy the default port is the free one, so that commands run as they are shown. */
  async #moveDefaultPort(): Promise<void> {
    for (const path of DEFAULT_PORT) {
      const file = join(this.root, path);
      const text = await Deno.readTextFile(file);
      if (!text.includes(SHOWN_PORT)) {
        throw new Error(`the default port is not in ${path} any more`);
      }
      await Deno.writeTextFile(file, text.replaceAll(SHOWN_PORT, this.port));
    }
  }

  /** The environment of a command. */
  get env(): Record<string, string> {
    const installed = join(this.#base, "installed");
    const path = [
      join(this.#base, "bin"),
      join(installed, "bin"),
      Deno.env.get("PATH") ?? "",
    ].join(":");
    return {
      ...this.#more,
      PATH: path,
      // Nothing that a document installs stays behind.
      DENO_INSTALL_ROOT: installed,
      NO_COLOR: "1",
      DENO_NO_UPDATE_CHECK: "1",
    };
  }

  /** Writes a file below the copy. */
  async write(path: string, text: string): Promise<void> {
    const file = join(this.root, path);
    await Deno.mkdir(dirname(file), { recursive: true });
    await Deno.writeTextFile(file, text);
  }

  /** A command as it runs here. */
  command(shown: string): string {
    return shown.replaceAll(SHOWN_PORT, this.port)
      .replaceAll(SHOWN_ROOT, this.root);
  }

  /** What was printed here, as a document shows it. */
  shown(text: string): string {
    return mask(
      text.replaceAll(this.root, SHOWN_ROOT)
        // In a table the columns stay where they are.
        .replaceAll(
          new RegExp(`:${this.port}(?=( {2})?)`, "g"),
          (_, column) =>
            `:${SHOWN_PORT}${
              column === undefined
                ? ""
                : " ".repeat(this.port.length - SHOWN_PORT.length)
            }`,
        ),
    );
  }

  /** Removes the copy. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#base, { recursive: true });
  }
}

/** Hides what differs from run to run. */
export function mask(text: string): string {
  for (const [pattern, name] of VOLATILE) text = text.replace(pattern, name);
  return text;
}

function freePort(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return String(listener.addr.port);
}

async function copy(from: string, to: string): Promise<void> {
  const info = await Deno.lstat(from);
  if (info.isFile) {
    await Deno.mkdir(dirname(to), { recursive: true });
    await Deno.copyFile(from, to);
  } else if (info.isDirectory) {
    for await (const { name } of Deno.readDir(from)) {
      await copy(join(from, name), join(to, name));
    }
  }
}
