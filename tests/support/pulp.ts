/**
 * The program as its users start it: a child process with named permissions.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";

/** The project's folder, where the program is started. */
export const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** What Deno has to let be read where workers load extensions: the modules that both are made of. */
export const WORKER = "src";

/** Longer than anything that a test starts takes; what hangs is killed then. */
const MOST_MS = 60_000;

/** How a process ended. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** How a process is started. */
export interface Start {
  /** What follows `--allow-`, such as `read=cells/hello`. */
  readonly allow?: readonly string[];
  /** Default: nothing to read, as under a service manager. */
  readonly stdin?: string | Uint8Array;
  /** Default: the project's folder. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The arguments of `deno` that run the program. */
export function denoArgs(
  argv: readonly string[],
  allow: readonly string[],
): string[] {
  return [
    "run",
    "--no-prompt",
    "--quiet",
    ...allow.map((flag) => `--allow-${flag}`),
    `${ROOT}main.ts`,
    ...argv,
  ];
}

/** Runs the program to its end. */
export function pulp(
  argv: readonly string[],
  start: Start = {},
): Promise<Outcome> {
  const args = denoArgs(argv, start.allow ?? []);
  return runProcess(Deno.execPath(), args, start);
}

/** Runs any program to its end. Throws when it does not end. */
export async function runProcess(
  program: string,
  args: readonly string[],
  { stdin, cwd = ROOT, env = {} }: Omit<Start, "allow"> = {},
): Promise<Outcome> {
  const bytes = await runForBytes(program, args, {
    cwd,
    env,
    ...(stdin === undefined ? {} : { stdin }),
  });
  const decoder = new TextDecoder();
  return {
    code: bytes.code,
    out: decoder.decode(bytes.out),
    err: decoder.decode(bytes.err),
  };
}

/** As {@linkcode pulp}, with the bytes of standard output as they are. */
export async function pulpForBytes(
  argv: readonly string[],
  start: Start = {},
): Promise<{ code: number; out: Uint8Array; err: string }> {
  const args = denoArgs(argv, start.allow ?? []);
  const { code, out, err } = await runForBytes(Deno.execPath(), args, start);
  return { code, out, err: new TextDecoder().decode(err) };
}

async function runForBytes(
  program: string,
  args: readonly string[],
  { stdin, cwd = ROOT, env = {} }: Omit<Start, "allow">,
): Promise<{ code: number; out: Uint8Array; err: Uint8Array }> {
  const child = new Deno.Command(program, {
    args: [...args],
    cwd,
    env: { ...env },
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    child.kill("SIGKILL");
  }, MOST_MS);
  try {
    const written = stdin === undefined ? undefined : feed(child.stdin, stdin);
    const { code, stdout, stderr } = await child.output();
    await written;
    if (hung) {
      const said = new TextDecoder().decode(stderr);
      throw new Error(`It hung: ${args.join(" ")}\n${said}`);
    }
    return { code, out: stdout, err: stderr };
  } finally {
    clearTimeout(timer);
  }
}

/** Writes all of it; a program that refuses does not read what it was given. */
async function feed(
  stdin: WritableStream<Uint8Array>,
  data: string | Uint8Array,
): Promise<void> {
  const bytes = typeof data === "string"
    ? new TextEncoder().encode(data)
    : data;
  const writer = stdin.getWriter();
  await writer.write(bytes).then(() => writer.close()).catch(() => {});
}

/** Maps two at a time, which is what a small machine runs well; order is kept. */
export async function inPairs<T, R>(
  items: readonly T[],
  map: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const rest = items.entries();
  const work = async (): Promise<void> => {
    for (const [index, item] of rest) results[index] = await map(item);
  };
  await Promise.all([work(), work()]);
  return results;
}
