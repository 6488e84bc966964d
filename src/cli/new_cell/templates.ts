/**
 * The templates of `new`, read where they stand: as modules of this program
 * they would be loaded with every command.
 *
 * @module
 */

import { pathOfUrl } from "../../manifest/paths.ts";
import type { LanguageTemplate, TemplateFile } from "./language.ts";

const FOLDER = new URL("../../../cells/sdk/", import.meta.url);

/** The folder of all templates. */
export const TEMPLATES: string = pathOfUrl(FOLDER).replace(/[/\\]$/, "");

/** The files that a cell in any language gets, and those of one language. */
export async function readTemplate(
  { source, files, sdk }: LanguageTemplate,
): Promise<readonly TemplateFile[]> {
  const named: Record<string, string> = { ...files };
  if (sdk !== undefined) {
    for (const name of (await modulesOf(sdk)).sort()) {
      named[`sdk/${name}`] = `${sdk}/${name}`;
    }
  }
  named["cell_test.ts"] = "template/cell_test.ts";
  return await Promise.all(
    Object.entries(named).map(async ([path, place]) => ({
      path,
      text: await Deno.readTextFile(new URL(place, FOLDER)),
      ...(path === source || path === "cell_test.ts"
        ? { sections: true as const }
        : {}),
    })),
  );
}

async function modulesOf(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(new URL(folder, FOLDER)));
  return entries.filter(({ isFile, name }) => isFile && name.endsWith(".ts"))
    .map(({ name }) => name);
}
