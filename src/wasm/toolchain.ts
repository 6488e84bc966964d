/**
 * Which toolchain made a module, by what its `producers` section claims.
 *
 * @module
 */

import type { Producer, Producers } from "./producers.ts";

/** The toolchains that are known by name. */
export type ToolchainName =
  | "TinyGo"
  | "Go"
  | "Rust"
  | "AssemblyScript"
  | "clang";

/**
 * How each is told, the more special ones first: TinyGo and Rust link in C
 * libraries, so clang stands in their modules, too.
 */
const SIGNS: readonly (readonly [ToolchainName, (of: Producers) => boolean])[] =
  [
    ["TinyGo", (of) => named(of.processedBy, /\btinygo\b/i)],
    [
      "Rust",
      (of) => named(of.language, /^rust$/i) || named(of.processedBy, /^rustc$/),
    ],
    [
      "Go",
      (of) => named(of.language, /^go$/i) || named(of.processedBy, /^go cmd/i),
    ],
    [
      "AssemblyScript",
      (of) =>
        named(of.language, /^assemblyscript$/i) ||
        named(of.processedBy, /^(?:asc|assemblyscript)$/i),
    ],
    ["clang", (of) => named(of.processedBy, /\bclang\b/i)],
  ];

/**
 * The toolchain that a `producers` section names; nothing for one that is not
 * known. It is a claim of the module, not a fact.
 */
export function toolchainOf(producers: Producers): ToolchainName | undefined {
  return SIGNS.find(([, claims]) => claims(producers))?.[0];
}

function named(list: readonly Producer[], pattern: RegExp): boolean {
  return list.some(({ name }) => pattern.test(name));
}
