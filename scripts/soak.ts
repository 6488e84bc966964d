// deno-lint-ignore-file no-console -- prints what it sees
/**
 * Load with faults for a long time: every request is answered, nothing that
 * was acknowledged is lost, and memory and handles are flat at the end.
 *
 *     deno task soak [--minutes 5]
 *
 * Ends with 1 when one of that does not hold. The short form is tests/faults.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { TempDir } from "../src/testing/cell_folder.ts";
import { serveFaulty } from "../tests/faults/faulty_host.ts";
import { killWhileWriting } from "../tests/faults/killed_writes.ts";
import { type Statuses, storm, untilServed } from "../tests/faults/storm.ts";

const DEFAULT_MINUTES = 5;
/**
 * Cells and faults are such that none dies more often than four times in 30 s:
 * at five it would stay down, and the rest of the time would say nothing. The
 * cells are few: it takes some 50,000 requests until the heap of a worker has
 * the size that it keeps.
 */
const CELLS = 8;
const FAULTS_APART_MS = 1_000;
const TRAP_EVERY = 4_000;
const HANG_EVERY = 10_000;
const TIMEOUT_MS = 200;
const CLIENTS = 32;
const SAMPLE_MS = 1_000;
/** Samples between two lines. */
const SAMPLES_PER_LINE = 15;
/** How much more there may be in the last quarter than in the second one. */
const MEMORY_FACTOR = 1.1;
const MEMORY_SLACK_MIB = 16;
const HANDLES_SLACK = 8;
const KILLS_PER_MINUTE = 4;

interface Sample {
  readonly rssMib: number;
  readonly handles: number;
}

/** What a process holds now. Through programs, as Deno opens `/proc` to nobody with less than all permissions. */
async function sampleOf(pid: number): Promise<Sample> {
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", `ps -o rss= -p ${pid}; ls /proc/${pid}/fd | wc -l`],
  }).output();
  const [rss, handles] = new TextDecoder().decode(stdout).split("\n");
  return { rssMib: Number(rss) / 1024, handles: Number(handles) };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

/** What is not flat, in words. */
function growth(samples: readonly Sample[]): string[] {
  const quarter = Math.floor(samples.length / 4);
  if (quarter === 0) return ["Cannot judge growth: there are too few samples"];
  const early = samples.slice(quarter, 2 * quarter);
  const late = samples.slice(-quarter);
  const problems: string[] = [];
  const compare = (
    what: string,
    of: (sample: Sample) => number,
    most: (before: number) => number,
  ): void => {
    const before = median(early.map(of));
    const after = median(late.map(of));
    console.log(
      `${what}: ${before.toFixed(0)} early, ${after.toFixed(0)} late`,
    );
    if (after > most(before)) problems.push(`${what} grew`);
  };
  compare(
    "memory in MiB",
    (sample) => sample.rssMib,
    (before) => before * MEMORY_FACTOR + MEMORY_SLACK_MIB,
  );
  compare(
    "handles",
    (sample) => sample.handles,
    (before) => before + HANDLES_SLACK,
  );
  return problems;
}

/** Requests with faults for some time, and what was wrong. */
async function soakFaults(ms: number): Promise<string[]> {
  await using dir = new TempDir();
  await using served = await serveFaulty(dir, CELLS, TIMEOUT_MS);
  const urls = Array.from({ length: CELLS }, (_, n) => `${served.url}/${n}`);
  const samples: Sample[] = [];
  const take = async (): Promise<void> => {
    const sample = await sampleOf(served.pid);
    if (samples.push(sample) % SAMPLES_PER_LINE !== 0) return;
    const seconds = samples.length * SAMPLE_MS / 1000;
    console.log(
      `${seconds} s: ${
        sample.rssMib.toFixed(0)
      } MiB, ${sample.handles} handles`,
    );
  };
  const sampler = setInterval(() => void take(), SAMPLE_MS);
  const { answered, trapped, hung, failures } = await storm({
    requests: Infinity,
    signal: AbortSignal.timeout(ms),
    clients: CLIENTS,
    trapEvery: TRAP_EVERY,
    hangEvery: HANG_EVERY,
    faultsApartMs: FAULTS_APART_MS,
    urls,
  }).finally(() => clearInterval(sampler));
  const print = (what: string, counts: Statuses): void =>
    console.log(
      `${what}: ${
        [...counts].map(([status, count]) => `${count} x ${status}`).join(", ")
      }`,
    );
  print("ordinary requests", answered);
  print("requests that trap", trapped);
  print("requests that hang", hung);
  const problems = failures.slice(0, 20).map((failure) =>
    `no answer: ${failure}`
  );
  const expected: [Statuses, number[]][] = [
    [answered, [200, 503]],
    [trapped, [500, 503]],
    [hung, [504, 503]],
  ];
  for (const [counts, allowed] of expected) {
    for (const status of counts.keys()) {
      if (!allowed.includes(status)) {
        problems.push(`unexpected status ${status}`);
      }
    }
  }
  problems.push(...growth(samples));
  for (const url of urls) await untilServed(url);
  const code = await served.stop();
  if (code !== 0) problems.push(`the host ended with ${code}`);
  const log = await served.log();
  for (const message of ["cell stays down", "thread given up"]) {
    if (log.includes(`msg="${message}"`)) {
      problems.push(`"${message}" in the log`);
    }
  }
  return problems;
}

async function soakKills(rounds: number): Promise<string[]> {
  await using dir = new TempDir();
  const enough = Array.from({ length: rounds }, (_, n) => 1 + n * 37 % 200);
  try {
    const kept = await killWhileWriting(dir, enough);
    console.log(
      `${rounds} kills: all of ${kept} acknowledged writes are there`,
    );
    return [];
  } catch (error) {
    return [`after ${rounds} kills: ${error}`];
  }
}

if (import.meta.main) {
  const args = parseArgs(Deno.args, { string: ["minutes"] });
  const minutes = Number(args.minutes ?? DEFAULT_MINUTES);
  if (!(minutes > 0)) {
    console.error(
      `Cannot soak for "${args.minutes}" minutes: it is no number above 0`,
    );
    Deno.exit(2);
  }
  console.log(`${CELLS} cells, ${CLIENTS} clients, ${minutes} minutes`);
  const problems = [
    ...await soakFaults(minutes * 60_000),
    ...await soakKills(Math.ceil(minutes * KILLS_PER_MINUTE)),
  ];
  for (const problem of problems) console.error(`FAILED ${problem}`);
  console.log(
    problems.length === 0 ? "everything held" : "something did not hold",
  );
  Deno.exit(problems.length === 0 ? 0 : 1);
}
