/**
 * An executable that was read back: what it grants, where its files are, and
 * its start as a program of Deno once it is unpacked.
 *
 * @module
 */

import { assert } from "@std/assert";
import { join, relative } from "@std/path";
import {
  type ExecutableContent,
  type Metadata,
  startOf,
} from "./executable.ts";
import { type Outcome, ROOT, runProcess } from "./pulp.ts";

/** An executable that was read back and unpacked. */
export interface Unpacked {
  /** Where its files are now. */
  readonly root: string;
  readonly metadata: Metadata;
  /** Where it is started. */
  readonly cwd: string;
}

/** Runs it to its end. */
export function started(
  unpacked: Unpacked,
  argv: readonly string[],
  stdin?: string,
): Promise<Outcome> {
  return runProcess(Deno.execPath(), [
    ...startOf(unpacked.metadata, unpacked.root),
    ...argv,
  ], {
    cwd: unpacked.cwd,
    ...(stdin === undefined ? {} : { stdin }),
  });
}

/** The path of a file of this machine in the file system of an executable. */
export function pathIn(
  { metadata, files }: ExecutableContent,
  path: string,
): string {
  const whole = path.startsWith("/") ? path : join(ROOT, path);
  const entry = join(ROOT, "src/cli/embedded_main.ts");
  assert(files.has(metadata.entrypoint_key));
  const root = entry.slice(0, -metadata.entrypoint_key.length);
  return relative(root, whole);
}

/** What is granted, each list in order; what is not granted is left out. */
export function granted(
  permissions: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(permissions).filter(([, value]) => value !== null).map((
      [key, value],
    ) => [key, Array.isArray(value) ? value.toSorted() : value]),
  );
}

/** The flags that lead to the permissions of an executable. */
export function flagsOf({ permissions }: Metadata): string[] {
  return ["read", "write", "net", "env", "run"].flatMap((kind) => {
    const list = permissions[`allow_${kind}`];
    if (list === null || list === undefined) return [];
    assert(Array.isArray(list) && list.length > 0, `all of ${kind}`);
    return [`--allow-${kind}=${list.join(",")}`];
  });
}
