/**
 * What the commands print, word for word: cases, how they are run, and how
 * what differs from run to run is taken out.
 *
 * @module
 */

import { join } from "@std/path";
import { shellQuote } from "../../src/cli/shell.ts";
import { TempDir } from "../../src/testing/cell_folder.ts";
import { HostProcess } from "../support/host_process.ts";
import { type Outcome, pulp, ROOT } from "../support/pulp.ts";

/** Stands for a temporary folder, in arguments, flags and what is printed. */
export const PLACE = "<place>";

/** One command line. */
export interface GoldenCase {
  /** What it shows, as a sentence. */
  readonly shows: string;
  readonly argv: readonly string[];
  /** What follows `--allow-`. Default: nothing is granted. */
  readonly allow?: readonly string[];
  readonly stdin?: string;
  /** What is in the environment besides what the tests have. */
  readonly env?: Readonly<Record<string, string>>;
  /** Only this many lines of standard output are kept: others are tested elsewhere. */
  readonly lines?: number;
  /** It goes on until its log matches this, and SIGTERM ends it. */
  readonly until?: RegExp;
}

/** The cases of one command; they share a folder, and run in order. */
export interface Golden {
  /** Example cells that are copied into the folder, below `cells`. */
  readonly cells?: readonly string[];
  /** Other files of the folder. */
  readonly files?: Readonly<Record<string, string>>;
  /** A host that runs meanwhile. It ends in the cases, or behind them. */
  readonly host?: Pick<GoldenCase, "argv" | "allow">;
  readonly cases: readonly GoldenCase[];
}

/** What all cases of a command print, as it stands in its file. */
export async function goldenText({
  cells = [],
  files = {},
  host,
  cases,
}: Golden): Promise<string> {
  await using place = new TempDir();
  for (const name of cells) await copyCell(name, place);
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(place.join(name), text);
  }
  await using _running = host === undefined
    ? undefined
    : await startHost(host, place);
  const blocks: string[] = [];
  for (const one of cases) {
    const outcome = await runCase(one, place);
    blocks.push(stable(blockOf(one, outcome), place));
  }
  return blocks.join("\n");
}

async function copyCell(name: string, place: TempDir): Promise<void> {
  const to = place.join("cells", name);
  await Deno.mkdir(to, { recursive: true });
  for (const file of ["pulp.cell.toml", "cell.wasm"]) {
    await Deno.copyFile(join(ROOT, "cells", name, file), join(to, file));
  }
}

async function startHost(
  { argv, allow = [] }: Pick<GoldenCase, "argv" | "allow">,
  place: TempDir,
): Promise<AsyncDisposable> {
  const host = HostProcess.run(
    argv.slice(1).map((it) => placed(it, place)),
    allow.map((it) => placed(it, place)),
  );
  try {
    await host.line(/msg="control socket listening"/);
  } catch (error) {
    await host[Symbol.asyncDispose]();
    throw error;
  }
  return host;
}

async function runCase(one: GoldenCase, place: TempDir): Promise<Outcome> {
  const argv = one.argv.map((it) => placed(it, place));
  const allow = (one.allow ?? []).map((it) => placed(it, place));
  if (one.until === undefined) {
    const { stdin, env = {} } = one;
    return await pulp(argv, {
      allow,
      env,
      ...stdin === undefined ? {} : { stdin },
    });
  }
  await using host = HostProcess.run(argv.slice(1), allow);
  await host.line(one.until);
  const code = await host.stop();
  return { code, out: "", err: host.log };
}

function placed(text: string, place: TempDir): string {
  return text.replaceAll(PLACE, place.path);
}

function blockOf(one: GoldenCase, { code, out, err }: Outcome): string {
  const flags = (one.allow ?? []).map((flag) => `--allow-${flag}`).join(" ");
  return [
    `# ${one.shows}`,
    `$ pulp ${one.argv.map(quoted).join(" ")}`,
    `granted: ${flags === "" ? "nothing" : flags}`,
    ...Object.entries(one.env ?? {}).map(([name, value]) =>
      `environment: ${name}=${value}`
    ),
    ...(one.stdin === undefined ? [] : ["stdin:", indented(one.stdin)]),
    ...(one.until === undefined ? [] : ["ended by: SIGTERM"]),
    `exit: ${code}`,
    ...(out === "" ? [] : ["stdout:", indented(shortened(out, one.lines))]),
    ...(err === "" ? [] : ["stderr:", indented(err)]),
    "",
  ].join("\n");
}

function quoted(word: string): string {
  return word.includes(PLACE) ? word : shellQuote(word);
}

function shortened(text: string, lines = Infinity): string {
  const all = text.split("\n");
  return all.length <= lines
    ? text
    : `${all.slice(0, lines).join("\n")}\n...\n`;
}

/** A line that does not end is marked. */
function indented(text: string): string {
  const marked = text.endsWith("\n")
    ? text.slice(0, -1)
    : `${text}<no newline>`;
  return marked.split("\n").map((line) => line === "" ? "" : `  ${line}`)
    .join("\n");
}

/** What differs from run to run or from machine to machine, and what stands for it. */
const UNSTABLE: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "<time>"],
  [/(127\.0\.0\.1:)(?!0\b|8080\b)\d+/g, "$1<port>"],
  // Of modules, which are built anew when their sources change.
  [/\b[0-9a-f]{64}\b/g, "<sha256>"],
  [/(\bsize +|"bytes": )\d+/g, "$1<n>"],
  [/\b\d+ bytes +(?=(?:manifest|module) of )/g, "<n> bytes  "],
  [/(\bfunctions +)\d+, \d+ bytes of code/g, "$1<n>, <n> bytes of code"],
  [/(\bstart function )\d+/g, "$1<n>"],
  [/("(?:functions|codeBytes|startFunction)": )\d+/g, "$1<n>"],
  [/\b\d+ bytes\b/g, "<n> bytes"],
  [/\/v\d+\.\d+\.\d+\//g, "/v<version>/"],
  // The limits of the host, all of them.
  [/"limits": \{\s+"listen"[^}]*\}/g, '"limits": <docs/limits.md>'],
  // How often a cell was stepped.
  [/\b((?:ready|failed|stopped) +)\d+$/gm, "$1<n>"],
  [/("steps": )\d+/g, "$1<n>"],
  [/\blast_call=\d+/g, "last_call=<n>"],
  // How long experiments of the doctor took, and on what.
  [/^( *held) +\d+ ms/gm, "$1  <n> ms"],
  [/\bafter \d+ ms/g, "after <n> ms"],
  [/\banswered \d+ calls/g, "answered <n> calls"],
  [/\bthreads given up: \d+/g, "threads given up: <n>"],
  // Every one of as many as this machine has names and addresses for.
  [/\b(\d+) of \1\b/g, "<n> of <n>"],
  [
    /, Deno \S+, V8 \S+, \w+ \w+$/gm,
    ", Deno <version>, V8 <version>, <system>",
  ],
];

function stable(text: string, place: TempDir): string {
  text = text.replaceAll(place.path, PLACE).replaceAll(ROOT, "<project>/")
    .replaceAll(Deno.execPath(), "<deno>")
    .replaceAll(Deno.build.target, "<target>");
  for (const [pattern, name] of UNSTABLE) text = text.replace(pattern, name);
  return text;
}
