import { assert, assertEquals, assertGreater } from "@std/assert";
import { WASI } from "@bjorn3/browser_wasi_shim";
import { join } from "@std/path";
import { guardModule } from "../../src/wasm/guard.ts";
import type { Language } from "../guests/catalog.ts";
import { TOOLCHAINS } from "../guests/toolchains.ts";

interface Program {
  readonly language: Language;
  readonly source: string;
  /** What is called, with what. */
  readonly calls: readonly (readonly [name: string, argument: number])[];
}

const PROGRAMS: readonly Program[] = [
  {
    language: "assemblyscript",
    source: "assemblyscript",
    calls: [
      ["sieve", 20_000],
      ["hash", 100_000],
      ["matrix", 40],
      ["sort", 20_000],
      ["json", 300],
      ["recursion", 20],
    ],
  },
  {
    language: "go",
    source: "go",
    calls: [["work", 3000], ["threads", 100], ["recovers", 7]],
  },
  {
    language: "rust",
    source: "rust/kernels.rs",
    calls: [["work", 5000], ["shapes", 1000], ["change", 500]],
  },
  {
    language: "c",
    source: "c/kernels.c",
    calls: [["work", 5000], ["texts", 2000], ["queens", 8]],
  },
];

const SOURCES = join(import.meta.dirname ?? ".", "programs");
const CELLS = join(import.meta.dirname ?? ".", "..", "..", "cells");

/** The results of the calls, in a fresh instance. */
function run(
  bytes: Uint8Array<ArrayBuffer>,
  calls: Program["calls"],
): readonly number[] {
  const wasi = new WASI([], [], [], { debug: false });
  const module = new WebAssembly.Module(bytes);
  const instance = new WebAssembly.Instance(module, {
    wasi_snapshot_preview1: wasi.wasiImport,
  });
  const reactor = instance as Parameters<WASI["initialize"]>[0];
  // A library of Rust has no `_initialize`, and asks for random numbers.
  if (instance.exports._initialize === undefined) wasi.inst = reactor;
  else wasi.initialize(reactor);
  return calls.map(([name, argument]) => {
    const call = instance.exports[name];
    assert(call instanceof Function, `${name} is exported`);
    return call(argument);
  });
}

for (const { language, source, calls } of PROGRAMS) {
  const toolchain = TOOLCHAINS[language];
  const problem = await toolchain.problem();
  const reason = problem === undefined ? "" : ` (${problem})`;
  Deno.test({
    name: `a program in ${language} does the same when guarded${reason}`,
    ignore: problem !== undefined,
    fn: async () => {
      const folder = await Deno.makeTempDir({ prefix: "pulp-guard-" });
      try {
        const output = join(folder, "program.wasm");
        await toolchain.build(SOURCES, source, output);
        const bytes = await Deno.readFile(output);
        const guarded = guardModule(bytes, {
          guard: true,
          maxMemoryPages: 4096,
        });
        assertGreater(guarded.bytes.length, bytes.length);
        assertEquals(run(guarded.bytes, calls), run(bytes, calls));
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

Deno.test("every example cell that is built is valid when guarded", async () => {
  for await (const { name, isDirectory } of Deno.readDir(CELLS)) {
    if (!isDirectory) continue;
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = await Deno.readFile(join(CELLS, name, "cell.wasm"));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      throw error;
    }
    const guarded = guardModule(bytes, { guard: true, maxMemoryPages: 4096 });
    assert(WebAssembly.validate(guarded.bytes), name);
    const imports = (of: Uint8Array<ArrayBuffer>): unknown =>
      WebAssembly.Module.imports(new WebAssembly.Module(of));
    assertEquals(imports(guarded.bytes), imports(bytes));
  }
});
