import { assertEquals } from "@std/assert";
import type { Producer, Producers } from "./producers.ts";
import { toolchainOf } from "./toolchain.ts";

function producers(
  language: readonly string[],
  processedBy: readonly string[],
): Producers {
  const named = (name: string): Producer => ({ name, version: "" });
  return {
    language: language.map(named),
    processedBy: processedBy.map(named),
    sdk: [],
  };
}

// What the compilers write, as far as they write a section at all.
const WRITTEN: readonly (readonly [Producers, string | undefined])[] = [
  [producers(["Go"], ["Go cmd/compile"]), "Go"],
  [producers(["C11"], ["TinyGo", "clang"]), "TinyGo"],
  [producers(["Go"], ["TinyGo"]), "TinyGo"],
  [producers(["Rust"], ["rustc"]), "Rust"],
  [producers(["Rust", "C11"], ["rustc", "clang"]), "Rust"],
  [producers(["C99"], ["Debian clang"]), "clang"],
  [producers(["C_plus_plus_14"], ["clang", "clang LLVM"]), "clang"],
  [producers(["AssemblyScript"], []), "AssemblyScript"],
  [producers([], ["walrus"]), undefined],
  [producers(["Golfscript"], ["clangor"]), undefined],
  [producers([], []), undefined],
];

for (const [claims, name] of WRITTEN) {
  const said = [...claims.language, ...claims.processedBy].map((it) => it.name);
  Deno.test(`toolchainOf() takes ${JSON.stringify(said)} for ${name}`, () => {
    assertEquals(toolchainOf(claims), name);
  });
}
