/**
 * Whether what the documents say is what the program has.
 *
 * @module
 */

import { join } from "@std/path";
import { headingsOf, proseOf } from "./markdown.ts";

/** Names of `names` that a document mentions nowhere as code. */
export function unmentioned(
  markdown: string,
  names: Iterable<string>,
): string[] {
  const code = [...markdown.matchAll(/`([^`\n]+)`/g)].map((m) => m[1]!);
  return [...new Set(names)].filter((name) =>
    !code.some((text) =>
      text === name ||
      new RegExp(`(?<![\\w.-])${RegExp.escape(name)}(?![\\w-]|\\.\\w)`)
        .test(text)
    )
  );
}

/** The rows below a table's header, as texts of their columns. */
export function tableRows(markdown: string): string[][] {
  return proseOf(markdown).split("\n")
    .filter((line) => line.startsWith("|") && !/^\|[\s:|-]+\|$/.test(line))
    .map((line) =>
      line.replaceAll("\\|", "\0").slice(1, -1).split("|")
        .map((text) => text.trim().replaceAll("\0", "|"))
    );
}

/** Tests that a document points at, as "`name` in `path`", and that are not there. */
export async function missingTests(
  markdown: string,
  root: string,
): Promise<string[]> {
  const missing: string[] = [];
  for (
    const [, path = "", names = ""] of markdown.matchAll(
      /`((?:src|tests|scripts)\/[\w./-]+_test\.ts)`((?:[\s,:]+(?:and )?"[^"\n]+")*)/g,
    )
  ) {
    const text = await Deno.readTextFile(join(root, path)).catch(() => "");
    if (text === "") missing.push(path);
    for (const [, name = ""] of names.matchAll(/"([^"]+)"/g)) {
      if (!text.includes(name)) missing.push(`${path}: ${name}`);
    }
  }
  return missing;
}

/** Message headings of a document of which some fixed part is in no source. */
export async function inventedMessages(
  markdown: string,
  source: string,
): Promise<string[]> {
  // Lines that the formatter broke are one text again.
  const texts = (await sources(source)).map((text) =>
    text.replaceAll(/[`"'] \+\s+[`"']/g, "").replaceAll('\\"', '"')
  );
  return headingsOf(markdown)
    .flatMap(({ text }) => /^`` ?(.+?) ?``$|^`(.+)`$/.exec(text) ?? [])
    .filter((text) => text !== undefined && !text.startsWith("`"))
    .filter((message) =>
      fixedParts(message).some((part) => !texts.some((t) => t.includes(part)))
    );
}

/** Messages that none of the headings of a document is about. */
export function unexplained(
  markdown: string,
  messages: Iterable<string>,
): string[] {
  const headings = headingsOf(markdown).flatMap(({ text }) => {
    if (!text.startsWith("`")) return [];
    const parts = text.replaceAll(/^`+ ?| ?`+$/g, "").split(/<[^>]+>/);
    return new RegExp(parts.map(RegExp.escape).join(".+"));
  });
  return [...messages].filter((it) =>
    !headings.some((heading) => heading.test(it))
  );
}

/** The parts of a message between its `<placeholders>` that say something. */
function fixedParts(message: string): string[] {
  return message.split(/<[^>]+>/).map((part) =>
    part.replace(/^["\s]+|["\s]+$/g, "")
  )
    .filter((part) => part.length >= 6);
}

async function sources(folder: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) texts.push(...await sources(path));
    else if (name.endsWith(".ts") && !name.endsWith("_test.ts")) {
      texts.push(await Deno.readTextFile(path));
    }
  }
  return texts;
}
