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
import type { CliIo } from "./io.ts";
import { RefusedError } from "./refused.ts";
import { table } from "./table.ts";

/** The error for a set of which at least one cell lacks a key. */
export function refusal(
  cells: readonly JudgedCell[],
  argv: readonly string[],
  io: CliIo,
): PulpError {
  const verdicts = cells.map((cell) => cell.verdict);
  const denied = cells.filter((cell) => !cell.verdict.granted);
  const unknown = verdicts.some((verdict) =>
    verdict.capabilities.some((row) => row.state === "unknown")
  );
  // No flag mends that: it is an error of the manifest.
  if (unknown) return new DeniedError(verdicts);
  const names = denied.map((cell) => `"${cell.spec.name}"`).join(", ");
  const tables = denied.map((cell) => {
    const title = denied.length > 1 ? `cell ${cell.spec.name}:\n\n` : "";
    return `${title}${verdictTable(cell, io.cwd)}\n`;
  });
  return new RefusedError(
    `Cannot start ${denied.length > 1 ? "cells" : "cell"} ${names}: ` +
      "Deno does not grant what is declared",
    `\n${tables.join("")}${runInstead(neededBy(cells, io), argv, io)}`,
  );
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
export function declaredWhere(spec: CellSpec, row: CapabilityVerdict): string {
  const place = spec.places[`${row.declaredIn}=${row.capability}`] ??
    spec.places[row.declaredIn];
  if (place !== undefined) return `line ${place.line}`;
  return row.capability === "module" ? "-" : row.declaredIn;
}

function missingFlags(row: CapabilityVerdict, cwd: string): string {
  const missing = row.permissions.filter((it) => it.state === "missing");
  return leastFlags(missing.map((it) => it.request), cwd).join(" ");
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

function runInstead(
  requests: readonly PermissionRequest[],
  argv: readonly string[],
  io: CliIo,
): string {
  const flags = leastFlags(requests, io.cwd);
  return `Run it with what it needs, and no more:\n\n  ${
    denoCommand(flags, argv, io)
  }\n`;
}
