// deno-lint-ignore-file no-console -- a script prints
/**
 * Holds the rule that a stage imports only from stages before it.
 *
 *     deno run --allow-read scripts/check_layers.ts
 *
 * @module
 */

import { fromFileUrl, join, relative } from "@std/path";

/** The stages in order; those in one row don't know each other. */
const STAGES: readonly (readonly string[])[] = [
  [
    "errors.ts",
    "in_time.ts",
    "limits.ts",
    "logger.ts",
    "look_at.ts",
    "read_up_to.ts",
    "std",
  ],
  ["arguments.ts", "nearest.ts"],
  ["abi", "wasm"],
  ["manifest"],
  ["permissions"],
  ["capabilities"],
  ["extension.ts"],
  ["cell"],
  ["host"],
  ["doctor"],
  ["mod.ts"],
  ["cli"],
];

/** Code for tests only may know everything, and only tests may know it. */
const TESTING = "testing";

/** An import of a file here, and its type if it says one. */
const IMPORT =
  /(?:from|import)\s*\(?\s*"(\.[^"]+)"(?:\s*with\s*\{\s*type:\s*"(\w+)")?/g;

/** One import that breaks the rule. */
interface Breach {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

const root = fromFileUrl(new URL("..", import.meta.url));
const source = join(root, "src");

function stageOf(path: string): { stage: string; rank: number } | undefined {
  const stage = relative(source, path).split(/[\\/]/)[0] ?? "";
  const rank = STAGES.findIndex((row) => row.includes(stage));
  return rank < 0 ? undefined : { stage, rank };
}

function isTest(path: string): boolean {
  return /(_test|[\\/]testing[\\/].*)\.ts$/.test(path);
}

async function* files(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* files(path);
    else if (path.endsWith(".ts") && !path.endsWith(".d.ts")) yield path;
  }
}

const breaches: Breach[] = [];
let seen = 0;
for await (const file of files(source)) {
  if (isTest(file)) continue;
  seen++;
  const from = stageOf(file);
  const text = await Deno.readTextFile(file);
  for (const match of text.matchAll(IMPORT)) {
    const target = join(file, "..", match[1] ?? "");
    // Data, not code.
    if (target.endsWith(".json") || match[2] === "text") continue;
    const to = stageOf(target);
    const sameStage = from?.stage === to?.stage;
    const before = from !== undefined && to !== undefined &&
      to.rank < from.rank;
    const toTesting = isTest(target) ||
      relative(source, target).startsWith(TESTING);
    if (!toTesting && (sameStage || before) && from !== undefined) continue;
    const line = text.slice(0, match.index).split("\n").length;
    breaches.push({ file: relative(root, file), line, text: match[0] });
  }
}

for (const { file, line, text } of breaches) {
  console.error(
    `${file}:${line}: a stage may only import from stages before it: ${text}`,
  );
}
if (seen === 0) console.error("no source files found");
if (breaches.length > 0 || seen === 0) Deno.exit(1);
console.log(`layers: ${seen} files, no import against the order`);
