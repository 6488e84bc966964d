/**
 * What hosting a set takes, for people and for scripts.
 *
 * @module
 */

import type { OpenRange } from "../host/closed_net.ts";
import type { HostingNeeds } from "../host/hosting_needs.ts";
import { flagOf } from "../permissions/request.ts";
import { shownTarget } from "./command_line.ts";
import type { PermissionSet } from "./hosting_flags.ts";
import { type HostingRow, hostingRows } from "./hosting_rows.ts";
import { formatDocument } from "./record_text.ts";
import { table } from "./table.ts";

/** A set of cells, and what hosting it takes. */
export interface HostingReport {
  /** The names in the order in which they start. */
  readonly cells: readonly string[];
  readonly hosting: HostingNeeds;
  /** What stands between `deno run` and the program. */
  readonly flags: readonly string[];
  /** The name of the permission set. */
  readonly name: string;
  readonly set: PermissionSet;
  /** The whole command line that hosts the set. */
  readonly line: string;
}

/** Tables of what is granted, denied and left to the host, and the line to run. */
export function hostingText(report: HostingReport, cwd: string): string {
  const { needs, closed } = report.hosting;
  const blocks = [
    table(
      ["permission", "what", "why", "asked for by"],
      hostingRows(needs).map((row) => [
        row.kind,
        row.target === undefined
          ? "everything"
          : shownTarget(row.kind, row.target, cwd),
        row.reasons.join("; "),
        row.cells.join(", ") || "the host, which goes on without",
      ]),
    ),
  ];
  if (closed.denied.length > 0) {
    const rows = closed.denied.map(({ range, kind }) => [range, kind]);
    blocks.push(
      `Denied to the whole process:\n\n${table(["net", "kind"], rows)}`,
    );
  }
  if (closed.open.length > 0) {
    const rows = closed.open.map((it) => [it.range, it.kind, whyOpen(it)]);
    blocks.push(
      "Not denied, and closed only by the host's own judgement of each " +
        `outbound request:\n\n${table(["net", "kind", "why"], rows)}`,
    );
  }
  blocks.push(`Host it with that, and no more:\n\n  ${report.line}\n`);
  return blocks.join("\n");
}

function whyOpen({ need }: OpenRange): string {
  if (need === undefined) return "Deno takes no ranges of IPv6";
  const { request: { reason, target }, cell } = need;
  const why = `${cell ?? "the host"}: ${reason}`;
  return target === undefined ? why : `${why}, ${target}`;
}

/**
 * One JSON object: `cells`, `name`, `permissions` (the set of that name),
 * `flags`, `line`, `needs` (`kind`, `target`, `flag`, `reasons`,
 * `capabilities`, `cells`, `optional`), `denied` and `open` (`range`, `kind`,
 * for `open` also `cell` and `target`, or `null`).
 */
export function hostingJson(report: HostingReport): string {
  const { cells, name, set, flags, line, hosting } = report;
  const { denied, open } = hosting.closed;
  const value = {
    cells,
    name,
    permissions: set,
    flags,
    line,
    needs: hostingRows(hosting.needs).map(rowJson),
    denied,
    open: open.map(({ range, kind, need }) => ({
      range,
      kind,
      cell: need?.cell ?? null,
      target: need?.request.target ?? need?.request.grants ?? null,
    })),
  };
  return formatDocument(value);
}

function rowJson(row: HostingRow): unknown {
  const { kind, target, reasons, capabilities, cells } = row;
  return {
    kind,
    target: target ?? null,
    flag: flagOf({
      kind,
      reason: "",
      ...(target === undefined ? {} : { target }),
    }),
    reasons,
    capabilities,
    cells,
    optional: cells.length === 0,
  };
}
