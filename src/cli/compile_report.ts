/**
 * What `compile` put into an executable, for people and for scripts.
 *
 * @module
 */

import type { HostingNeeds } from "../host/hosting_needs.ts";
import { flagOf } from "../permissions/request.ts";
import type { EmbeddedSet } from "./embedded_set.ts";
import type { CliIo } from "./io.ts";
import { escapeUnprintable, formatDocument } from "./record_text.ts";
import { shellQuote, shownPath } from "./shell.ts";
import { table } from "./table.ts";

/** A file that is inside an executable. */
export interface PackedFile {
  /** Absolute path of where it came from. */
  readonly path: string;
  readonly kind: "manifest" | "module" | "extension";
  /** The cell that it belongs to; absent for an extension. */
  readonly cell?: string;
  readonly bytes: number;
}

/** An executable that was made. */
export interface Executable {
  /** Absolute path. */
  readonly output: string;
  readonly bytes: number;
  readonly target: string;
  readonly set: EmbeddedSet;
  readonly files: readonly PackedFile[];
  readonly needs: HostingNeeds;
}

/** Tables of the cells, the files and the permissions, and how to start it. */
export function compileText(made: Executable, io: CliIo): string {
  const { set, output, target, bytes, files } = made;
  const shown = shownPath(output, io.cwd);
  const cells = set.cells.map((cell) => [
    cell.name,
    cell.version,
    cell.sha256,
  ]);
  const packed = files.map(({ path, kind, cell, bytes }) => [
    shownPath(path, io.cwd),
    `${bytes} bytes`,
    cell === undefined ? `${kind}, with what it imports` : `${kind} of ${cell}`,
  ]);
  const start = shown.includes("/") || shown.includes("\\")
    ? shown
    : `./${shown}`;
  return [
    `${escapeUnprintable(shown)}: ${bytes} bytes for ${target}\n`,
    table(["cell", "version", "sha256"], cells),
    table(["inside", "size", "what"], packed),
    permissionTable(made),
    `Start it with ${shellQuote(start)}; ${
      shellQuote(start)
    } --help says more.\n`,
  ].join("\n");
}

/** A line for each permission, with who asked for it. */
function permissionTable({ needs: { needs, closed } }: Executable): string {
  const reasons = new Map<string, string[]>();
  for (const { request, cell } of needs) {
    const flag = flagOf(request);
    const reason = cell === undefined
      ? request.reason
      : `${cell}: ${request.reason}`;
    reasons.set(flag, [...reasons.get(flag) ?? [], reason]);
  }
  const rows = [
    ...[...reasons].map(([flag, reasons]) => [flag, reasons.join("; ")]),
    ...closed.denied.map(({ range, kind }) => [`--deny-net=${range}`, kind]),
  ];
  return rows.length === 0
    ? "  It may do nothing but compute.\n"
    : table(["permission", "for"], rows);
}

/**
 * One JSON object: `output`, `bytes`, `target`, `cells` with the checksums of
 * their modules, `files` with where they came from, `flags`, `permissions`
 * with who asked for each, the ranges that are `denied`, and `defaults`, the
 * options that hold unless told otherwise. Every key is always there.
 */
export function compileJson(made: Executable): string {
  const { output, bytes, target, set, files, needs } = made;
  const value = {
    output,
    bytes,
    target,
    cells: set.cells.map(({ name, version, sha256 }) => ({
      name,
      version,
      sha256,
    })),
    files: files.map(({ path, kind, cell, bytes }) => ({
      path,
      kind,
      cell: cell ?? null,
      bytes,
    })),
    flags: set.flags,
    permissions: needs.needs.map(({ request, capability, cell }) => ({
      kind: request.kind,
      target: request.target ?? null,
      reason: request.reason,
      capability,
      cell: cell ?? null,
    })),
    denied: needs.closed.denied.map(({ range }) => range),
    options: set.made.options,
  };
  return formatDocument(value);
}
