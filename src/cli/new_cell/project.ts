/**
 * The files of a new cell.
 *
 * @module
 */

import type { CliIo } from "../io.ts";
import { examplesOf } from "./capability_examples.ts";
import type { LanguageTemplate, TemplateFile } from "./language.ts";
import { manifestText } from "./manifest_text.ts";
import { readmeText } from "./readme.ts";
import { fillSections } from "./sections.ts";
import { denoJson } from "./tasks.ts";

/** What somebody wants a cell to be. */
export interface CellWish {
  /** Absolute path of the project. */
  readonly folder: string;
  readonly name: string;
  readonly language: LanguageTemplate;
  /** What {@linkcode readTemplate} gave for that language. */
  readonly template: readonly TemplateFile[];
  readonly capabilities: readonly string[];
}

/** A file of the project; its path has `/` and starts at the project. */
export interface ProjectFile {
  readonly path: string;
  readonly text: string;
}

/** What is not to be kept under version control. */
const IGNORED = ["cell.wasm", "data/", "test-data/", "pulp.ctl"];

/** Every file of the project, in the order in which they are made. */
export function projectFiles(
  { folder, name, language, template, capabilities }: CellWish,
  io: Pick<CliIo, "mainModule">,
): readonly ProjectFile[] {
  const { memoryPages } = language;
  const manifest = manifestText({ name, capabilities, memoryPages });
  const examples = examplesOf(capabilities);
  const listens = examples.some((it) => it.listens);
  const stores = examples.some((it) => it.stores);
  const holds = new Set([
    ...capabilities,
    ...(listens ? ["listener"] : []),
    ...(stores ? ["storage"] : []),
  ]);
  const connects = listens || holds.has("network.udp");
  const tasks = { folder, manifest, language, listens, connects };
  return [
    { path: "pulp.cell.toml", text: manifest },
    ...template.map(({ path, text, sections }) => ({
      path,
      text: sections ? fillSections(text, holds) : text,
    })),
    { path: "deno.json", text: denoJson(tasks, io) },
    { path: "README.md", text: readmeText({ name, capabilities, language }) },
    { path: ".gitignore", text: IGNORED.join("\n") + "\n" },
  ];
}
