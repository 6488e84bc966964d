/**
 * The compilers of the guests: whether each is here, and how it is run.
 *
 * @module
 */

import { join } from "@std/path";
import wabt from "wabt";
import {
  ASC_OPTIONS,
  compileCell,
  goCommand,
  goProblem,
} from "../../scripts/build_cells.ts";
import type { Language } from "./catalog.ts";

/** One compiler. Paths are absolute, except for the project's own sources. */
export interface Toolchain {
  /** Why it can't be used here, or `undefined`. */
  problem(): Promise<string | undefined>;
  /** What else than the source decides the result: version and flags. */
  identity(): Promise<string>;
  /** Compiles `source` into the file `output`. Throws with the compiler's messages. */
  build(root: string, source: string, output: string): Promise<void>;
}

const WASM_TARGET = "wasm32-wasip1";

const C_FLAGS = [
  "--target=wasm32-wasi",
  "-mexec-model=reactor",
  "-O2",
  "-s",
];

const assemblyscript: Toolchain = {
  problem: () => Promise.resolve(undefined),
  identity: () => Promise.resolve(ASC_OPTIONS.join(" ")),
  build: async (root, source, output) => {
    await Deno.writeFile(output, await compileCell(root, source));
  },
};

const wat: Toolchain = {
  problem: () => Promise.resolve(undefined),
  identity: () => Promise.resolve("wabt"),
  build: async (root, source, output) => {
    const text = await Deno.readTextFile(join(root, source));
    await Deno.writeFile(output, await compileWat(source, text));
  },
};

const go: Toolchain = {
  problem: async () => {
    const problem = await goProblem();
    if (problem !== undefined) return problem;
    // Without the modules there is nothing to compile, and no fault in the guest.
    const root = join(import.meta.dirname ?? ".", "go");
    const fetched = await goCommand(root, ["mod", "download"]).output();
    return fetched.success
      ? undefined
      : `Go modules can't be fetched: ${firstLine(fetched.stderr)}`;
  },
  identity: () => outputOf("go", ["env", "GOVERSION"]),
  build: async (root, source, output) => {
    const built = await goCommand(join(root, source), [
      "build",
      "-buildmode=c-shared",
      "-trimpath",
      "-ldflags=-s -w",
      "-o",
      output,
    ]).output();
    assertBuilt(source, built);
  },
};

const rust: Toolchain = {
  problem: async () => {
    const sysroot = await optionalOutput("rustc", ["--print", "sysroot"]);
    if (sysroot === undefined) return "rustc is not installed";
    const target = join(sysroot, "lib", "rustlib", WASM_TARGET, "lib");
    return await exists(target)
      ? undefined
      : `the target is missing: rustup target add ${WASM_TARGET}`;
  },
  identity: () => outputOf("rustc", ["--version"]),
  build: async (root, source, output) => {
    const built = await run("rustc", [
      "--edition=2021",
      `--target=${WASM_TARGET}`,
      "--crate-type=cdylib",
      "--crate-name=guest",
      "-Copt-level=2",
      "-Cstrip=symbols",
      `--remap-path-prefix=${root}=`,
      "-o",
      output,
      join(root, source),
    ]);
    assertBuilt(source, built);
  },
};

const c: Toolchain = {
  problem: async () => {
    if (await optionalOutput(clang(), ["--version"]) === undefined) {
      return "clang is not installed";
    }
    // Whether libc, crt and linker are there shows in the smallest program.
    const folder = await Deno.makeTempDir({ prefix: "pulp-c-" });
    try {
      const source = join(folder, "probe.c");
      await Deno.writeTextFile(
        source,
        `#include <stdio.h>\n__attribute__((export_name("f"))) void f(void) { puts(""); }\n`,
      );
      const args = [...C_FLAGS, "-o", join(folder, "probe.wasm"), source];
      const { success, stderr } = await run(clang(), args);
      return success
        ? undefined
        : `clang can't link for WASI: ${firstLine(stderr)}`;
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
  identity: async () =>
    `${await outputOf(clang(), ["--version"])} ${C_FLAGS.join(" ")}`,
  build: async (root, source, output) => {
    const args = [...C_FLAGS, "-Wall", "-o", output, join(root, source)];
    assertBuilt(source, await run(clang(), args));
  },
};

/** A toolchain for each language. */
export const TOOLCHAINS: Readonly<Record<Language, Toolchain>> = {
  assemblyscript,
  c,
  go,
  rust,
  wat,
};

/** Compiles WAT text to a module. `name` is for the compiler's messages. */
export async function compileWat(
  name: string,
  text: string,
): Promise<Uint8Array> {
  const module = (await wabt()).parseWat(name, text, { simd: true });
  try {
    // Some guests are refused by V8 on purpose, so nothing is validated here.
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}

function clang(): string {
  const sdk = Deno.env.get("WASI_SDK_PATH");
  return sdk === undefined ? "clang" : join(sdk, "bin", "clang");
}

function run(
  command: string,
  args: readonly string[],
): Promise<Deno.CommandOutput> {
  return new Deno.Command(command, {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
}

async function optionalOutput(
  command: string,
  args: readonly string[],
): Promise<string | undefined> {
  try {
    const { success, stdout } = await run(command, args);
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function outputOf(
  command: string,
  args: readonly string[],
): Promise<string> {
  return await optionalOutput(command, args) ?? "";
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function firstLine(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).trim().split("\n")[0] ?? "";
}

function assertBuilt(source: string, output: Deno.CommandOutput): void {
  if (output.success) return;
  const messages = new TextDecoder().decode(output.stderr);
  throw new Error(`Cannot build "${source}":\n${messages}`);
}
