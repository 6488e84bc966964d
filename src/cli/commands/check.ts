/**
 * `check`: what `run` would say, without running anything.
 *
 * @module
 */

import { EXIT, exitCodeOf } from "../../errors.ts";
import { orderSet } from "../../manifest/set.ts";
import type { CellSpec } from "../../manifest/spec.ts";
import { hostedEnv } from "../../host/worker_permissions.ts";
import {
  hostEnv,
  openRegistry,
  requireManifests,
  requireReadable,
} from "../cell_set.ts";
import { type CellReport, checkCell } from "../check_cell.ts";
import { checkJson } from "../check_json.ts";
import { checkText } from "../check_text.ts";
import type { Invocation } from "../command.ts";
import { hostingArgv } from "../command_line.ts";
import { hostInstead } from "../denied.ts";
import type { CliIo } from "../io.ts";
import { Progress } from "../progress.ts";

/** The findings about a set of cells. */
export interface SetReport {
  readonly cells: readonly CellReport[];
  /** The names in the order in which they would start. */
  readonly order?: readonly string[];
  /** Why these cells are no set. */
  readonly setError?: unknown;
  /** The flags of Deno that an executable was made with; absent outside of one. */
  readonly given?: readonly string[];
  /** What to run instead; there when flags are all that is missing. */
  readonly instead?: string;
  /** The exit code with which `run` would refuse, or 0. */
  readonly exitCode: number;
}

/** Runs the command. */
export async function run(invocation: Invocation): Promise<number> {
  const { args, argv, io } = invocation;
  requireManifests(args.operands);
  const env = hostedEnv(hostEnv(args, io));
  const registry = await openRegistry(env);
  await requireReadable(args.operands, argv, io);
  const cells = await checked(
    args.operands,
    io,
    (argument) => checkCell(argument, registry, env, io),
  );
  const given = io.embedded?.flags;
  const found = setReport(cells);
  const instead = found.exitCode === EXIT.permission
    ? insteadOf(cells, invocation)
    : undefined;
  const report: SetReport = {
    ...found,
    ...(given === undefined ? {} : { given }),
    ...(instead === undefined ? {} : { instead }),
  };
  io.stdout.write(
    args.has("json")
      ? checkJson(report)
      : checkText(report, io, args.has("limits")),
  );
  return report.exitCode;
}

async function checked(
  manifests: readonly string[],
  io: CliIo,
  check: (manifest: string) => Promise<CellReport>,
): Promise<CellReport[]> {
  using progress = new Progress(io);
  const cells: CellReport[] = [];
  for (const [index, manifest] of manifests.entries()) {
    progress.show(`${index + 1} of ${manifests.length}: ${manifest}`);
    cells.push(await check(manifest));
  }
  return cells;
}

function setReport(cells: readonly CellReport[]): SetReport {
  const specs = cells.flatMap(({ spec }) => spec ?? []);
  try {
    // A set with a hole in it says nothing about the cells that are there.
    const order = specs.length === cells.length ? namesOf(orderSet(specs)) : [];
    return { cells, order, exitCode: exitCodeOfSet(cells) };
  } catch (setError) {
    return { cells, setError, exitCode: exitCodeOf(setError) };
  }
}

/** The line that hosts the set; an executable is told how it is made anew. */
function insteadOf(
  cells: readonly CellReport[],
  { args, argv, io }: Invocation,
): string | undefined {
  const judged = cells.flatMap(({ argument, spec, verdict }) =>
    spec === undefined || verdict === undefined
      ? []
      : [{ argument, spec, verdict }]
  );
  const line = io.embedded === undefined ? hostingArgv(args) : argv;
  return hostInstead(judged, line, io);
}

function namesOf(specs: readonly CellSpec[]): string[] {
  return specs.map((spec) => spec.name);
}

/** What `run` would find first: manifests, what no flag mends, flags, modules. */
function exitCodeOfSet(cells: readonly CellReport[]): number {
  const failed = cells.filter((cell) => cell.exitCode !== EXIT.ok);
  const first = failed.find((cell) => cell.verdict === undefined) ??
    failed.find((cell) => isUnknown(cell)) ??
    failed.find((cell) => cell.verdict?.granted === false) ??
    failed[0];
  return first?.exitCode ?? EXIT.ok;
}

function isUnknown({ verdict }: CellReport): boolean {
  return verdict?.capabilities.some((row) => row.state === "unknown") ?? false;
}
