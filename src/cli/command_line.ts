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
import type { CliIo } from "./io.ts";
import { shellQuote, shownPath } from "./shell.ts";

const KINDS: readonly PermissionKind[] = ["read", "write", "net", "env", "run"];

/**
 * The least flags of `deno run` that grant all of `requests`: one for each
 * kind, without what another target of the same flag covers. Paths below the
 * current directory are relative to it.
 */
export function leastFlags(
  requests: readonly PermissionRequest[],
  cwd: string,
): string[] {
  const flags: string[] = [];
  for (const kind of KINDS) {
    const ofKind = requests.filter((request) => request.kind === kind);
    if (ofKind.length === 0) continue;
    const targets = [...new Set(ofKind.map((request) => request.target))];
    if (targets.includes(undefined)) {
      flags.push(`--allow-${kind}`);
      continue;
    }
    const named = targets.filter((target) => target !== undefined)
      .map((target) => isPath(kind) ? nameable(target, cwd) : target);
    const least = named.filter((target) =>
      !named.some((other) => other !== target && covers(kind, other, target))
    );
    const shown = least.map((target) =>
      isPath(kind) ? shownPath(target, cwd) : target
    );
    flags.push(`--allow-${kind}=${[...new Set(shown)].join(",")}`);
  }
  return flags;
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
 * `--no-prompt` Deno asks at a terminal for what a worker is denied.
 */
export function denoCommand(
  flags: readonly string[],
  argv: readonly string[],
  io: CliIo,
): string {
  const main = io.mainModule.startsWith("file:")
    ? shownPath(fromFileUrl(io.mainModule), io.cwd)
    : io.mainModule;
  return ["deno", "run", "--no-prompt", ...flags, main, ...argv].map(shellQuote)
    .join(" ");
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
