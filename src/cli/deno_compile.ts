/**
 * `deno compile`, as a process.
 *
 * @module
 */

import { dirname, fromFileUrl } from "@std/path";
import { PulpError } from "../errors.ts";
import type { PermissionQuery } from "../permissions/verdict.ts";
import { ENTRY } from "./executable_plan.ts";
import { HEADER_BYTES, platformOf } from "./executable_platform.ts";
import { escapeUnprintable } from "./record_text.ts";
import { shellQuote } from "./shell.ts";

const CONFIG = new URL("../../deno.json", import.meta.url);

/** What is to be compiled. */
export interface Compilation {
  /** Flags of Deno that are compiled in. */
  readonly flags: readonly string[];
  /** Absolute paths of files to put in, besides what the program imports. */
  readonly files: readonly string[];
  /** The argument that the program always gets first. */
  readonly argument: string;
  /** Absolute path of the executable. */
  readonly output: string;
  /** A platform, as Deno names it. */
  readonly target: string;
}

/**
 * The Deno to compile with: this very one, or the `deno` of the search path
 * where that is what may be run. `undefined` when neither may.
 */
export function grantedDeno(query: PermissionQuery): string | undefined {
  return [Deno.execPath(), "deno"].find((command) =>
    query({ name: "run", command }) === "granted"
  );
}

/** The arguments of `deno` for a compilation. */
function compileArgs(of: Compilation): string[] {
  return [
    "compile",
    // Types were checked by whoever wrote them; this takes seconds.
    "--no-check",
    // It would be read from a folder in which anybody can put one.
    "--no-code-cache",
    "--exclude-unused-npm",
    `--config=${fromFileUrl(CONFIG)}`,
    "--no-prompt",
    ...of.flags,
    ...(of.target === Deno.build.target ? [] : [`--target=${of.target}`]),
    ...of.files.map((file) => `--include=${file}`),
    `--output=${of.output}`,
    fromFileUrl(ENTRY),
    of.argument,
  ];
}

/** Starts Deno anew without the variable, which may not be read here. */
const WITHOUT_DENORT_BIN = `Deno.env.delete("DENORT_BIN");
const { code } = await new Deno.Command(Deno.execPath(), {
  args: Deno.args,
  stdin: "null",
  stdout: "null",
}).spawn().status;
Deno.exit(code);`;

/** With what a program of {@linkcode evaluated} ends to say no. */
const NO = 3;

const IS_THERE = `try {
  Deno.statSync(Deno.args[0]);
} catch (error) {
  if (error instanceof Deno.errors.NotFound) Deno.exit(${NO});
}`;

/**
 * Of an executable on a base that somebody named: prints how it begins, and
 * ends with {@linkcode NO} when neither the version of this Deno nor that of
 * its V8 is anywhere in it.
 */
const IS_RUNTIME = `if (!Deno.env.get("DENORT_BIN")) Deno.exit();
const bytes = Deno.readFileSync(Deno.args[0]);
Deno.stdout.writeSync(bytes.subarray(0, ${HEADER_BYTES}));
const { Buffer } = await import("node:buffer");
const all = Buffer.from(bytes.buffer);
if (![navigator.userAgent, Deno.version.v8].some((it) => all.includes(it))) {
  Deno.exit(${NO});
}`;

/**
 * Runs `deno compile` to its end. An empty `DENORT_BIN` is as good as none.
 *
 * What `DENORT_BIN` names is looked at, as far as that goes: it holds a version
 * of this very Deno and is for the platform, or the executable is removed.
 *
 * @param deno as {@linkcode grantedDeno} gives it
 * @param said told each line that Deno prints
 * @throws {PulpError} `usage` when the executable can't be written, `host`
 * when Deno can't compile: with what to do when it lacks the base, or when the
 * base is another one
 */
export async function denoCompile(
  deno: string,
  compilation: Compilation,
  said: (line: string) => void,
): Promise<void> {
  if (deno !== Deno.execPath()) await requireSameVersion(deno);
  const { output } = compilation;
  await requireFolder(deno, dirname(output));
  const args = compileArgs(compilation);
  let text = await failureOf(deno, args, said);
  if (text?.includes("Could not find denort at ''")) {
    text = await failureOf(
      deno,
      ["eval", "--no-config", WITHOUT_DENORT_BIN, ...args],
      said,
    );
  }
  if (text !== undefined) throw compileError(text, compilation);
  const { code, stdout } = await evaluated(deno, IS_RUNTIME, output);
  const platform = stdout.length === 0 ? undefined : platformOf(stdout);
  const error = code === NO
    ? notRuntime(compilation.target)
    : platform !== undefined && platform !== compilation.target
    ? otherPlatform(compilation.target, platform)
    : undefined;
  if (error === undefined) return;
  await evaluated(deno, "Deno.removeSync(Deno.args[0]);", output);
  throw error;
}

/** What Deno printed, when it failed. */
async function failureOf(
  deno: string,
  args: readonly string[],
  said: (line: string) => void,
): Promise<string | undefined> {
  const child = new Deno.Command(deno, {
    args: [...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let text = "";
  for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) {
    text += part;
    said(text.trimEnd().split("\n").at(-1)?.trim() ?? "");
  }
  const { success } = await child.status;
  return success ? undefined : text;
}

/** Runs a program in the Deno that compiles, which may do what this one may not. */
function evaluated(
  deno: string,
  program: string,
  ...args: readonly string[]
): Promise<Deno.CommandOutput> {
  return new Deno.Command(deno, {
    // Whatever lies in the folder has no say in it.
    args: ["eval", "--no-config", program, ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
}

/** Deno would make the folder, and leave it there when it fails. */
async function requireFolder(deno: string, folder: string): Promise<void> {
  const { code } = await evaluated(deno, IS_THERE, folder);
  if (code !== NO) return;
  throw new PulpError(
    "usage",
    `Cannot write to "${folder}": there is no such folder`,
    {
      hint: `make it first: mkdir -p ${shellQuote(folder)}`,
    },
  );
}

function notRuntime(target: string): PulpError {
  const { deno } = Deno.version;
  return wrongRuntime(
    target,
    `Cannot compile for ${target}: what DENORT_BIN names is not denort ${deno}, the runtime of executables`,
  );
}

function otherPlatform(target: string, platform: string): PulpError {
  return wrongRuntime(
    target,
    `Cannot compile for ${target}: what DENORT_BIN names is for ${platform}`,
  );
}

function wrongRuntime(target: string, message: string): PulpError {
  return new PulpError("host", message, {
    hint: `unset DENORT_BIN, or get ${denortUrl(target)} and unpack it`,
  });
}

function denortUrl(target: string): string {
  return `https://dl.deno.land/release/v${Deno.version.deno}/denort-${target}.zip`;
}

/**
 * Puts a file in the place of another one, by the Deno that made it: whoever
 * lets that be run need not grant writing, too.
 *
 * @throws {PulpError} `host` when it can't be done; the new file is left
 */
export async function replaceFile(
  deno: string,
  fresh: string,
  old: string,
): Promise<void> {
  const { success, stderr } = await evaluated(
    deno,
    "Deno.renameSync(Deno.args[0], Deno.args[1]);",
    fresh,
    old,
  );
  if (success) return;
  const said = new TextDecoder().decode(stderr);
  throw new PulpError("host", `Cannot overwrite "${old}": ${reasonOf(said)}`, {
    hint: `the new executable is "${fresh}"`,
  });
}

async function requireSameVersion(deno: string): Promise<void> {
  const { stdout } = await new Deno.Command(deno, {
    args: ["--version"],
    stdin: "null",
    stderr: "null",
  }).output();
  const version = /^deno (\S+)/.exec(new TextDecoder().decode(stdout))?.[1];
  if (version === Deno.version.deno) return;
  throw new PulpError(
    "host",
    `Cannot compile: "${deno}" is Deno ${version}, and this is ${Deno.version.deno}`,
    { hint: `let this one be run, with --allow-run=${Deno.execPath()}` },
  );
}

/** What Deno's own words mean for somebody who compiles cells. */
export function compileError(
  said: string,
  { output, target }: Pick<Compilation, "output" | "target">,
): PulpError {
  const reason = reasonOf(said);
  if (
    /Setting up base binary|Could not find denort|Download could/.test(said)
  ) {
    const url = denortUrl(target);
    return new PulpError(
      "host",
      `Cannot compile for ${target}: Deno can't get denort, the runtime of executables: ${reason}`,
      {
        hint:
          `where there is a network, get ${url} and unpack it; then DENORT_BIN=<file> in front of the same line`,
      },
    );
  }
  // What the format of the target has to have is not in the base.
  if (/Invalid object/.test(reason)) {
    return otherPlatform(target, "another platform");
  }
  if (/Opening temporary file|cannot be overwritten/.test(said)) {
    return new PulpError("usage", `Cannot write "${output}": ${reason}`);
  }
  return new PulpError("host", `Cannot compile: ${reason}`);
}

/** What Deno gives for a cause, and is what it was doing. */
const DOING: readonly string[] = [
  "Setting up base binary.",
  "Writing binary bytes",
];

/** The first cause that Deno gives which says more than what it was doing, or its error. */
function reasonOf(said: string): string {
  const text = said.slice(said.lastIndexOf("\nerror: ") + 1)
    .replace(/\n+Stack backtrace:[^]*$/, "").trim();
  const [error = "", causes = ""] = text.split("\nCaused by:\n");
  const cause = causes.split("\n")
    .map((line) => line.trim().replace(/^\d+: /, ""))
    .find((line) => line !== "" && !DOING.includes(line));
  const reason = cause ?? error.replace(/^error: /, "");
  return reason.trim().split("\n").map(escapeUnprintable).join("\n") ||
    "it gives no reason";
}
