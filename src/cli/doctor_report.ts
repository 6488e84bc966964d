/**
 * The doctor's findings, for people and for scripts.
 *
 * @module
 */

import type { CheckResult, Outcome } from "../doctor/check.ts";
import { leastFlags } from "./command_line.ts";
import type { CliIo } from "./io.ts";
import { escapeUnprintable, formatDocument } from "./record_text.ts";
import { VERSION } from "./version.ts";

/** What to do about checks that were not made. */
export interface Remedy {
  /** The flags of Deno that are missing; none when only a terminal was in the way. */
  readonly missing: readonly string[];
  /** The whole command line to run instead. */
  readonly command: string;
}

const SHOWN: Readonly<Record<Outcome, string>> = {
  "held": "held",
  "not held": "NOT HELD",
  "not tried": "not tried",
};

const COLOUR: Readonly<Record<Outcome, string>> = {
  "held": "32",
  "not held": "1;31",
  "not tried": "33",
};

/** Two lines for each promise: the outcome, the time, the promise; then how it was tried and what was seen. */
export function doctorText(
  results: readonly CheckResult[],
  remedy: Remedy | undefined,
  io: CliIo,
): string {
  const paint = (outcome: Outcome): string => {
    const text = SHOWN[outcome].padEnd(9);
    return io.stdout.isTerminal && !io.noColor
      ? `\x1b[${COLOUR[outcome]}m${text}\x1b[0m`
      : text;
  };
  const indent = " ".repeat(21);
  const rows = results.map((row) => {
    const ms = isMendable(row) ? "-" : `${row.ms} ms`;
    const seen = row.missing.length > 0
      ? `Deno was not given ${leastFlags(row.missing, io.cwd).join(" ")}`
      : row.seen;
    return `${paint(row.outcome)} ${ms.padStart(8)}   ${row.promise}\n` +
      `${indent}${escapeUnprintable(`${row.tried}: ${seen}`)}\n`;
  });
  const counts = (Object.keys(SHOWN) as Outcome[])
    .map((outcome) => [SHOWN[outcome], count(results, outcome)] as const)
    .filter(([, number]) => number > 0)
    .map(([text, number]) => `${number} ${text}`);
  return `${title(io)}\n\n${rows.join("")}\n${counts.join(", ")}\n` +
    (remedy === undefined
      ? ""
      : `\n${
        io.embedded === undefined
          ? "Run it with what all of it needs"
          : "What an executable may do is fixed. Try all of it with pulp itself"
      }:\n\n  ${remedy.command}\n`);
}

/**
 * One JSON object. Every key is always there: `ok`, `exitCode`, the versions,
 * the counts, `missing` flags and the `command` with all of them (`null` when
 * none is missing), and `checks`, each with `id`, `promise`, `tried`,
 * `outcome` ("held", "not held", "not tried"), `seen`, `missing` and `ms`.
 */
export function doctorJson(
  results: readonly CheckResult[],
  exitCode: number,
  remedy: Remedy | undefined,
  io: CliIo,
): string {
  const value = {
    ok: exitCode === 0,
    exitCode,
    version: VERSION,
    deno: io.denoVersion,
    v8: Deno.version.v8,
    os: Deno.build.os,
    arch: Deno.build.arch,
    held: count(results, "held"),
    notHeld: count(results, "not held"),
    notTried: count(results, "not tried"),
    missing: remedy?.missing ?? [],
    command: remedy?.command ?? null,
    checks: results.map((row) => ({
      id: row.id,
      promise: row.promise,
      tried: row.tried,
      outcome: row.outcome,
      seen: row.seen,
      missing: leastFlags(row.missing, io.cwd),
      ms: row.ms,
    })),
  };
  return formatDocument(value);
}

/** Whether it was not tried for a reason that another command line takes away. */
export function isMendable(row: CheckResult): boolean {
  return row.missing.length > 0 || row.terminal;
}

function title(io: CliIo): string {
  const { os, arch } = Deno.build;
  return `pulp ${VERSION}, Deno ${io.denoVersion}, V8 ${Deno.version.v8}, ${os} ${arch}`;
}

function count(results: readonly CheckResult[], outcome: Outcome): number {
  return results.filter((row) => row.outcome === outcome).length;
}
