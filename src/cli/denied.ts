/**
 * What the user reads when a key is missing, before any guest code ran.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import { resolvePath } from "../manifest/paths.ts";
import type { CellSpec } from "../manifest/spec.ts";
import type { PermissionRequest } from "../permissions/request.ts";
import { type CapabilityVerdict, DeniedError } from "../permissions/verdict.ts";
import { denoCommand, leastFlags } from "./command_line.ts";
import { isReadable, type JudgedCell } from "./cell_set.ts";
import { extensionHint } from "./extension_hint.ts";
import type { CliIo } from "./io.ts";
import { RefusedError } from "./refused.ts";
import { table } from "./table.ts";

/**
 * The error for a set of which at least one cell lacks a key.
 *
 * @param extensions those that were loaded, as URLs
 */
export async function refusal(
  cells: readonly JudgedCell[],
  argv: readonly string[],
  io: CliIo,
  extensions: readonly string[] = [],
): Promise<PulpError> {
  const verdicts = cells.map((cell) => cell.verdict);
  const denied = cells.filter((cell) => !cell.verdict.granted);
  const unknown = cells.filter(({ verdict }) =>
    verdict.capabilities.some((row) => row.state === "unknown")
  );
  // No flag mends that: it is an error of the manifest.
  if (unknown.length > 0) {
    const specs = unknown.map(({ spec }) => spec);
    const hint = await extensionHint(specs, extensions, io);
    return new DeniedError(verdicts, hint);
  }
  const names = denied.map((cell) => `"${cell.spec.name}"`).join(", ");
  const tables = denied.map((cell) => {
    const title = denied.length > 1 ? `cell ${cell.spec.name}:\n\n` : "";
    return `${title}${verdictTable(cell, io.cwd)}\n`;
  });
  const what = `Cannot start ${denied.length > 1 ? "cells" : "cell"} ${names}`;
  const absent = absentPrograms(missingIn(denied), io);
  if (absent !== undefined) {
    return new RefusedError(
      `${what}: this machine has no ${absent}`,
      `\n${tables.join("")}`,
    );
  }
  const why = io.embedded === undefined
    ? "Deno does not grant what is declared"
    : "this executable was not made for what is asked of it";
  return new RefusedError(
    `${what}: ${why}`,
    `\n${tables.join("")}${runInstead(neededBy(cells, io), argv, io)}`,
  );
}

/**
 * What to run instead to host these cells, where all that one of them lacks is
 * a flag; `undefined` where nothing is missing, or no flag mends it.
 */
export function hostInstead(
  cells: readonly JudgedCell[],
  argv: readonly string[],
  io: CliIo,
): string | undefined {
  const denied = cells.filter((cell) => !cell.verdict.granted);
  const isUnmendable = denied.length === 0 ||
    denied.some(({ verdict }) =>
      verdict.capabilities.some((row) => row.state === "unknown")
    ) ||
    absentPrograms(missingIn(denied), io) !== undefined;
  return isUnmendable ? undefined : runInstead(neededBy(cells, io), argv, io);
}

/** The error for manifests of which Deno does not let at least one be read. */
export function unreadable(
  manifests: readonly string[],
  argv: readonly string[],
  io: CliIo,
): PulpError {
  const requests = manifests.map((manifest): PermissionRequest => ({
    kind: "read",
    target: resolvePath(io.cwd, manifest),
    reason: "the manifest",
  }));
  const missing = requests.filter((_, index) =>
    !isReadable(manifests[index] ?? "", io)
  );
  const names = leastFlags(missing, io.cwd).join(" ");
  return new RefusedError(
    `Cannot read the manifests: Deno was not given ${names}`,
    `\n${runInstead(requests, argv, io)}` +
      "\nWhat the cells need besides is known once their manifests can be read.\n",
  );
}

/** The verdict about one cell as a table: what is declared, granted, missing. */
export function verdictTable(
  cell: Pick<JudgedCell, "spec" | "verdict">,
  cwd: string,
): string {
  return table(
    ["capability", "manifest", "Deno", "missing flag"],
    cell.verdict.capabilities.map((row) => [
      row.capability,
      declaredWhere(cell.spec, row),
      row.state,
      row.state === "unknown" ? row.reason ?? "" : missingFlags(row, cwd),
    ]),
  );
}

/** Where a manifest asks for something: `line 4`, or the key when no line is known. */
function declaredWhere(spec: CellSpec, row: CapabilityVerdict): string {
  const place = spec.places[`${row.declaredIn}=${row.capability}`] ??
    spec.places[row.declaredIn];
  if (place !== undefined) return `line ${place.line}`;
  return row.capability === "module" ? "-" : row.declaredIn;
}

function missingFlags(row: CapabilityVerdict, cwd: string): string {
  const missing = row.permissions.filter((it) => it.state === "missing");
  return leastFlags(missing.map((it) => it.request), cwd).join(" ");
}

function missingIn(cells: readonly JudgedCell[]): PermissionRequest[] {
  return cells.flatMap(({ verdict }) => verdict.capabilities)
    .flatMap((row) => row.permissions)
    .filter((it) => it.state === "missing").map((it) => it.request);
}

/**
 * The programs that an executable may start and Deno does not find, when
 * nothing else is missing: Deno grants no program that is not there.
 */
function absentPrograms(
  missing: readonly PermissionRequest[],
  { embedded }: CliIo,
): string | undefined {
  const made = embedded?.flags.find((flag) => flag.startsWith("--allow-run="))
    ?.slice("--allow-run=".length).split(",") ?? [];
  const isAbsent = missing.every(({ kind, target = "" }) =>
    kind === "run" && made.includes(target)
  );
  return isAbsent
    ? missing.map(({ target }) => `"${target}"`).join(", ")
    : undefined;
}

function neededBy(
  cells: readonly JudgedCell[],
  io: CliIo,
): PermissionRequest[] {
  return cells.flatMap((cell) => {
    const requests = cell.verdict.capabilities
      .flatMap((row) => row.permissions).map((it) => it.request);
    const named = resolvePath(io.cwd, cell.argument);
    // A folder was named: it is read to find the manifest, and covers the module.
    return named === cell.spec.manifestPath ? requests : [
      ...requests,
      { kind: "read", target: named, reason: "the folder of the manifest" },
    ];
  });
}

/**
 * What to run instead: the same line with the least flags that grant
 * `requests`. What an executable may do is fixed, so another one has to be made.
 */
export function runInstead(
  requests: readonly PermissionRequest[],
  argv: readonly string[],
  io: CliIo,
): string {
  const command = denoCommand(leastFlags(requests, io.cwd), argv, io);
  const how = io.embedded === undefined
    ? "Run it with what it needs, and no more"
    : "What an executable may do is fixed when it is made. Make it anew";
  return `${how}:\n\n  ${command}\n`;
}
