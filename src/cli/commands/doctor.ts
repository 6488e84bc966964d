/**
 * `doctor`: what is enforced on this machine.
 *
 * @module
 */

import type { CheckResult } from "../../doctor/check.ts";
import { type DoctorReport, examine } from "../../doctor/doctor.ts";
import { EXIT } from "../../errors.ts";
import { resolvePath } from "../../manifest/paths.ts";
import type { Invocation } from "../command.ts";
import type { CliIo } from "../io.ts";
import { denoCommand, leastFlags } from "../command_line.ts";
import {
  doctorJson,
  doctorText,
  isMendable,
  type Remedy,
} from "../doctor_report.ts";
import { Progress } from "../progress.ts";
import { StopSignal } from "../stop_signal.ts";

/** Runs the command. */
export async function run(invocation: Invocation): Promise<number> {
  const { args, io } = invocation;
  const scratchRoot = resolvePath(io.cwd, args.required("scratch"));
  const report = await examined(scratchRoot, io);
  if (report === undefined) return EXIT.interrupted;
  const exitCode = exitCodeOf(report.results);
  const remedy = remedyOf(report, invocation);
  io.stdout.write(
    args.has("json")
      ? doctorJson(report.results, exitCode, remedy, io)
      : doctorText(report.results, remedy, io),
  );
  return exitCode;
}

/** `undefined` when a signal ended it. What was made in the folder is gone in any case. */
async function examined(
  scratchRoot: string,
  io: CliIo,
): Promise<DoctorReport | undefined> {
  using stop = new StopSignal(io);
  using progress = new Progress(io);
  const stopping = new AbortController();
  stop.received.then(() => stopping.abort());
  try {
    return await examine({
      scratchRoot,
      query: (descriptor) => io.queryPermission(descriptor),
      // With --no-prompt it does not, but that can't be told from in here.
      mayAsk: io.stdin.isTerminal && io.stderr.isTerminal,
      signal: stopping.signal,
      onCheck: ({ promise }, index, count) =>
        progress.show(`${index + 1} of ${count}: ${promise}`),
    });
  } catch (error) {
    if (stopping.signal.aborted) return undefined;
    throw error;
  }
}

/** What does not hold comes before what is not known. */
function exitCodeOf(results: readonly CheckResult[]): number {
  const rest = results.filter(({ outcome }) => outcome !== "held");
  if (rest.length === 0) return EXIT.ok;
  return rest.every(isMendable) ? EXIT.permission : EXIT.cell;
}

function remedyOf(
  { results, needs }: DoctorReport,
  { argv, io }: Invocation,
): Remedy | undefined {
  if (!results.some(isMendable)) return undefined;
  const missing = results.flatMap((result) => result.missing);
  // With a terminal for its input Deno would ask for what a worker may not do.
  const nothing = Deno.build.os === "windows" ? "NUL" : "/dev/null";
  return {
    missing: leastFlags(missing, io.cwd),
    command: `${denoCommand(leastFlags(needs, io.cwd), argv, io)} < ${nothing}`,
  };
}
