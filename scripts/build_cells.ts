/**
 * Builds the example cells: `deno task build:cells [--check] [name…]`.
 *
 * - a folder of `cells/` with a `cell.ts` is AssemblyScript; its module is
 *   committed, and `--check` compares it with a fresh build, byte for byte
 * - a folder with a `go.mod` is Go; its module is not committed, and is built
 *   where Go 1.24 or newer is there
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { join, resolve } from "@std/path";

/** What `asc` gets for every cell. The output is the same on every machine. */
export const ASC_OPTIONS: readonly string[] = [
  "--optimizeLevel",
  "3",
  "--shrinkLevel",
  "1",
  "--runtime",
  "minimal",
  // Without `abort`, `pulp` is the only module that a cell imports.
  "--use",
  "abort=",
];

const GO_LEAST = [1, 24] as const;

/** The cells of a folder, by language, and the modules that have no source. */
export interface CellFolders {
  readonly assemblyscript: readonly string[];
  readonly go: readonly string[];
  /** Paths relative to the folder. */
  readonly orphans: readonly string[];
}

/** Looks into each folder of `root`. The SDK is no cell. */
export async function findCells(root: string): Promise<CellFolders> {
  const assemblyscript: string[] = [];
  const go: string[] = [];
  const orphans: string[] = [];
  for (const folder of await entriesOf(root)) {
    if (!folder.isDirectory) {
      if (folder.name.endsWith(".wasm")) orphans.push(folder.name);
      continue;
    }
    const files = await entriesOf(join(root, folder.name));
    const has = (name: string): boolean => files.some((f) => f.name === name);
    const language = has("cell.ts")
      ? assemblyscript
      : has("go.mod")
      ? go
      : undefined;
    language?.push(folder.name);
    for (const file of files) {
      if (!file.name.endsWith(".wasm")) continue;
      if (language === undefined || file.name !== "cell.wasm") {
        orphans.push(`${folder.name}/${file.name}`);
      }
    }
  }
  return { assemblyscript, go, orphans };
}

/**
 * Compiles the `cell.ts` of the folder `name` of `root`, which holds whatever
 * it imports. Throws with the compiler's messages.
 */
export async function compileCell(
  root: string,
  name: string,
): Promise<Uint8Array> {
  // Only here: the compiler is large, and reading it takes longer than most tests.
  const { default: asc } = await import("assemblyscript/asc");
  const messages: string[] = [];
  let binary: Uint8Array | undefined;
  const { error } = await asc.main(
    [
      `${name}/cell.ts`,
      "--baseDir",
      root,
      "--outFile",
      "cell.wasm",
      ...ASC_OPTIONS,
    ],
    {
      stderr: {
        write: (text: string | Uint8Array): void => {
          messages.push(
            typeof text === "string" ? text : new TextDecoder().decode(text),
          );
        },
      },
      readFile: (path: string): Promise<string | null> =>
        readSource(root, path),
      writeFile: (path: string, contents: string | Uint8Array): void => {
        if (path === "cell.wasm" && typeof contents !== "string") {
          binary = contents.slice();
        }
      },
      // Entry files are named one by one.
      listFiles: (): string[] => [],
    },
  );
  if (error !== null || binary === undefined) {
    throw new Error(
      `Cannot build "${name}": ${error?.message ?? "no module was written"}\n${
        messages.join("")
      }`,
    );
  }
  return binary;
}

/** Why a Go cell can't be built here, or `undefined` when it can. */
export async function goProblem(): Promise<string | undefined> {
  let version: string;
  try {
    const { stdout } = await goCommand(".", ["env", "GOVERSION"]).output();
    version = new TextDecoder().decode(stdout).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "go is not installed";
    if (error instanceof Deno.errors.NotCapable) {
      return "running go is not allowed (--allow-run=go)";
    }
    throw error;
  }
  const match = /^go(\d+)\.(\d+)/.exec(version);
  const [major, minor] = [Number(match?.[1]), Number(match?.[2])];
  if (major > GO_LEAST[0] || (major === GO_LEAST[0] && minor >= GO_LEAST[1])) {
    return undefined;
  }
  return `Go ${GO_LEAST.join(".")} or newer is needed, here is ${
    version || "an unknown version"
  }`;
}

/** Builds a Go cell in its folder. Throws with the compiler's messages. */
async function buildGoCell(root: string, name: string): Promise<void> {
  const { success, stderr } = await goCommand(join(root, name), [
    "build",
    "-buildmode=c-shared",
    "-trimpath",
    "-ldflags=-s -w",
    "-o",
    "cell.wasm",
  ]).output();
  if (!success) {
    throw new Error(
      `Cannot build "${name}": go build failed\n${
        new TextDecoder().decode(stderr)
      }`,
    );
  }
}

/** Go for wasip1, with the toolchain that is installed and no other. */
export function goCommand(
  cwd: string,
  args: readonly string[],
): Deno.Command {
  return new Deno.Command("go", {
    args: [...args],
    cwd,
    env: { GOOS: "wasip1", GOARCH: "wasm", GOTOOLCHAIN: "local" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

async function readSource(root: string, path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(resolve(root, path));
  } catch (error) {
    // asc probes several places for one import, also above the root.
    if (
      error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotCapable ||
      error instanceof Deno.errors.NotADirectory
    ) return null;
    throw error;
  }
}

async function entriesOf(folder: string): Promise<Deno.DirEntry[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.sort((a, b) => a.name < b.name ? -1 : 1);
}

async function readOptional(path: string): Promise<Uint8Array | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/**
 * Compares every committed module with its source. Returns what is wrong.
 * `onCell` is told of each cell before it is built.
 */
export async function checkCells(
  root: string,
  onCell: (name: string) => void = () => {},
): Promise<string[]> {
  const { assemblyscript, orphans } = await findCells(root);
  const problems = orphans.map((path) => `${path}: has no source`);
  for (const name of assemblyscript) {
    onCell(name);
    const committed = await readOptional(join(root, name, "cell.wasm"));
    if (committed === undefined) {
      problems.push(`${name}/cell.wasm: is missing`);
    } else {
      const problem = await difference(root, name, committed);
      if (problem !== undefined) problems.push(problem);
    }
  }
  return problems;
}

async function difference(
  root: string,
  name: string,
  committed: Uint8Array,
): Promise<string | undefined> {
  try {
    return same(committed, await compileCell(root, name))
      ? undefined
      : `${name}/cell.wasm: differs from its source`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

async function main(args: readonly string[]): Promise<number> {
  const unknown: string[] = [];
  const flags = parseArgs([...args], {
    boolean: ["check", "go"],
    unknown: (arg) => !arg.startsWith("-") || unknown.push(arg) === 0,
  });
  const root = resolve(import.meta.dirname ?? ".", "../cells");
  if (unknown.length > 0) {
    say(`Cannot read the flag "${unknown[0]}": use --check, --go or names`);
    return 2;
  }
  if (flags.check) {
    const problems = await checkCells(root, (name) => say(`${name} …`));
    for (const problem of problems) say(problem);
    if (problems.length > 0) say("Run: deno task build:cells");
    return problems.length > 0 ? 1 : 0;
  }
  const cells = await findCells(root);
  const names = flags._.map(String);
  const known = [...cells.assemblyscript, ...cells.go];
  const missing = names.find((name) => !known.includes(name));
  if (missing !== undefined) {
    say(`Cannot build "${missing}": there are ${known.join(", ")}`);
    return 2;
  }
  const wanted = (name: string): boolean =>
    names.length === 0 ? true : names.includes(name);
  for (const name of flags.go ? [] : cells.assemblyscript.filter(wanted)) {
    const module = await compileCell(root, name);
    await Deno.writeFile(join(root, name, "cell.wasm"), module);
    say(`${name}: ${module.length} bytes`);
  }
  for (const name of cells.go.filter(wanted)) {
    const problem = await goProblem();
    if (problem !== undefined) {
      say(`${name}: skipped, ${problem}`);
      // Who named it, or said that Go is there, is not served by skipping it.
      if (flags.go || names.includes(name)) return 1;
      continue;
    }
    await buildGoCell(root, name);
    const { size } = await Deno.stat(join(root, name, "cell.wasm"));
    say(`${name}: ${size} bytes`);
  }
  return 0;
}

if (import.meta.main) {
  try {
    Deno.exitCode = await main(Deno.args);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    Deno.exitCode = 1;
  }
}
