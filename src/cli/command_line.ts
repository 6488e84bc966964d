/**
 * The command line that would have worked.
 *
 * @module
 */

import { dirname, fromFileUrl, SEPARATOR } from "@std/path";
import type {
  PermissionKind,
  PermissionRequest,
} from "../permissions/request.ts";
import type { ParsedArgs } from "./args.ts";
import type { CliIo } from "./io.ts";
import { shellQuote, shownPath } from "./shell.ts";

/** The kinds in the order in which flags are printed. */
export const KINDS: readonly PermissionKind[] = [
  "read",
  "write",
  "net",
  "env",
  "run",
];

/**
 * The least flags of `deno run` that grant all of `requests`: one for each
 * kind, without what another target of the same flag covers. Paths below the
 * current directory are relative to it.
 */
export function leastFlags(
  requests: readonly PermissionRequest[],
  cwd: string,
): string[] {
  return KINDS.flatMap((kind) => {
    const targets = leastTargets(kind, requests, (path) => nameable(path, cwd));
    if (targets === undefined) return [];
    if (targets === true) return [`--allow-${kind}`];
    const shown = targets.map((target) => shownTarget(kind, target, cwd));
    return [`--allow-${kind}=${[...new Set(shown)].join(",")}`];
  });
}

/**
 * What has to be granted of one kind: nothing, all of it, or these targets,
 * without what another one of them covers. Paths are absolute, as `named`
 * makes them.
 */
export function leastTargets(
  kind: PermissionKind,
  requests: readonly PermissionRequest[],
  named: (path: string) => string = (path) => path,
): readonly string[] | true | undefined {
  const ofKind = requests.filter((request) => request.kind === kind);
  if (ofKind.length === 0) return undefined;
  const targets = ofKind.map((request) => request.target);
  if (targets.includes(undefined)) return true;
  const all = targets.filter((target) => target !== undefined)
    .map((target) => isPath(kind) ? named(target) : target);
  return [...new Set(all)].filter((target) =>
    !all.some((other) => other !== target && covers(kind, other, target))
  );
}

/** A target as it is written down: paths below the folder `cwd` relative to it. */
export function shownTarget(
  kind: PermissionKind,
  target: string,
  cwd: string,
): string {
  return isPath(kind) ? shownPath(target, cwd) : target;
}

/**
 * The path, or the nearest folder above it that a flag can name: Deno splits
 * values at each comma, and knows no way to write one.
 */
function nameable(path: string, cwd: string): string {
  while (shownPath(path, cwd).includes(",") && dirname(path) !== path) {
    path = dirname(path);
  }
  return path;
}

/**
 * How this program was started, with other flags for Deno. Without
 * `--no-prompt` Deno asks at a terminal for what a worker is denied. An
 * executable names the program that it was made with.
 */
export function denoCommand(
  flags: readonly string[],
  argv: readonly string[],
  io: CliIo,
): string {
  if (io.embedded !== undefined) {
    return ["pulp", ...argv].map(shellQuote).join(" ");
  }
  const main = io.mainModule.startsWith("file:")
    ? shownPath(fromFileUrl(io.mainModule), io.cwd)
    : io.mainModule;
  return ["deno", "run", "--no-prompt", ...flags, main, ...argv].map(shellQuote)
    .join(" ");
}

/** The arguments with which `run` hosts the same set with the same options. */
export function hostingArgv(args: ParsedArgs): string[] {
  const options = [
    "listen",
    "tls-cert",
    "tls-key",
    "storage-root",
    "ext",
    "ctl",
  ].flatMap((name) => args.list(name).map((value) => `--${name}=${value}`));
  const dashes = args.operands.some((it) => it.startsWith("-")) ? ["--"] : [];
  const watch = args.has("watch") ? ["--watch"] : [];
  return ["run", ...options, ...watch, ...dashes, ...args.operands];
}

function isPath(kind: PermissionKind): boolean {
  return kind === "read" || kind === "write";
}

function covers(kind: PermissionKind, wide: string, narrow: string): boolean {
  if (isPath(kind)) {
    const root = wide.endsWith(SEPARATOR) ? wide : wide + SEPARATOR;
    return narrow.startsWith(root);
  }
  // A host without port stands for all of its ports.
  return kind === "net" && /^.*:\d+$/.test(narrow) &&
    narrow.replace(/:\d+$/, "") === wide;
}
