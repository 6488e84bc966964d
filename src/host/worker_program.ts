/**
 * The programs of the host's threads.
 *
 * @module
 */

import type { HostEnv } from "../capabilities/capability.ts";
import cellWorker from "./bundles/cell_worker.js" with { type: "text" };
import compileWorker from "./bundles/compile_worker.js" with { type: "text" };

/** A program as one text, and as the module that it was made from. */
class Program {
  readonly #text: string;
  readonly #module: URL;
  #url: URL | undefined;

  constructor(text: string, module: string) {
    this.#text = text;
    this.#module = new URL(module, import.meta.url);
  }

  /** For a thread that needs nothing but its program. It need not be able to read it. */
  get whole(): URL {
    // Deno reads modules of an executable out of that; what it does with a
    // text there is not said anywhere.
    if (Deno.build.standalone) return this.#module;
    return this.#url ??= new URL(URL.createObjectURL(
      new Blob([this.#text], { type: "text/javascript" }),
    ));
  }

  /** For a thread that shares modules with what it loads. Deno has to let it read them. */
  get module(): URL {
    return this.#module;
  }
}

const CELL = new Program(cellWorker, "./cell_worker.ts");
const COMPILE = new Program(compileWorker, "./compile_worker.ts");

/** The program of a cell's worker. Extensions register with the modules of it, so they need those. */
export function cellProgram(
  { extensions }: Pick<HostEnv, "extensions">,
): URL {
  return extensions === undefined ? CELL.whole : CELL.module;
}

/** The program of the thread that compiles large modules. */
export function compileProgram(): URL {
  return COMPILE.whole;
}
