/**
 * The languages in which `new` makes a cell.
 *
 * @module
 */

import config from "../../../deno.json" with { type: "json" };

/** A language by name, as `--lang` takes it. */
export type LanguageName = "assemblyscript" | "go" | "c" | "wat";

/** What a person reads of a language. */
export interface LanguageText {
  /** As a sentence has it. */
  readonly title: string;
  /** What has to be there besides Deno; absent = nothing. */
  readonly needs?: string;
}

/** Every language, in the order in which they are offered. */
export const LANGUAGES: Readonly<Record<LanguageName, LanguageText>> = {
  assemblyscript: { title: "AssemblyScript" },
  go: { title: "Go", needs: "Go 1.24 or newer" },
  c: { title: "C", needs: "clang and wasm-ld" },
  wat: { title: "WebAssembly text" },
};

/** Whether a word is the name of a language. */
export function isLanguage(word: string): word is LanguageName {
  return Object.hasOwn(LANGUAGES, word);
}

/** A file of a template. */
export interface TemplateFile {
  /** Where it is in the project, with `/`. */
  readonly path: string;
  readonly text: string;
  /** Whether parts of it depend on the capabilities. */
  readonly sections?: true;
}

/** What a project in one language is made of. */
export interface LanguageTemplate extends LanguageText {
  /** The file in which the cell says what it does; parts of it depend on the capabilities. */
  readonly source: string;
  /** Files of the project by their path there, as they stand below {@linkcode TEMPLATES}. */
  readonly files: Readonly<Record<string, string>>;
  /** A folder below {@linkcode TEMPLATES} whose modules go to `sdk`. */
  readonly sdk?: string;
  /** A command that goes well where the program is that `build` starts. Absent = Deno itself. */
  readonly probe?: string;
  /** The command that makes `cell.wasm`, in the shell of `deno task`. */
  readonly build: string;
  /** `max_memory_pages` of the manifest. */
  readonly memoryPages: number;
  /** More of `deno.json`. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** Every language as a project. */
export const LANGUAGE_TEMPLATES: Readonly<
  Record<LanguageName, LanguageTemplate>
> = {
  assemblyscript: {
    ...LANGUAGES.assemblyscript,
    source: "cell.ts",
    files: { "cell.ts": "assemblyscript/template/cell.ts" },
    sdk: "assemblyscript",
    // asc has to be allowed to write more than cell.wasm: else it writes
    // nothing, says nothing and ends with 0. Without `abort`, `pulp` is all
    // that the cell imports.
    build:
      `deno run --no-prompt --allow-read=. --allow-write=. --allow-env=CI ${config.imports.assemblyscript}/asc cell.ts --outFile cell.wasm --optimizeLevel 3 --shrinkLevel 1 --runtime minimal --use abort=`,
    memoryPages: 256,
    // It is no TypeScript, and Deno's tools don't know it.
    config: { exclude: ["cell.ts", "sdk"] },
  },
  go: {
    ...LANGUAGES.go,
    source: "main.go",
    files: {
      "main.go": "go/template/main.go",
      "pulp.go": "go/pulp.go",
      "go.mod": "go/go.mod",
      "go.sum": "go/go.sum",
    },
    probe: "go version",
    build:
      "GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -trimpath -ldflags='-s -w' -o cell.wasm",
    // Its runtime takes most of the first 16 MiB.
    memoryPages: 1024,
    config: {},
  },
  c: {
    ...LANGUAGES.c,
    source: "cell.c",
    files: { "cell.c": "c/template/cell.c", "pulp.h": "c/pulp.h" },
    probe: "clang --version",
    // With bulk memory a copy is an instruction, and no call of memcpy.
    build:
      "clang --target=wasm32 -std=c11 -Wall -Wextra -Os -mbulk-memory -nostdlib -Wl,--no-entry -Wl,--strip-all -o cell.wasm cell.c",
    memoryPages: 256,
    config: {},
  },
  wat: {
    ...LANGUAGES.wat,
    source: "cell.wat",
    files: {
      "cell.wat": "wat/template/cell.wat",
      "build.ts": "wat/template/build.ts",
    },
    build:
      "deno run --no-prompt --allow-read=cell.wat --allow-write=cell.wasm build.ts",
    memoryPages: 256,
    config: { imports: { wabt: config.imports.wabt } },
  },
};
