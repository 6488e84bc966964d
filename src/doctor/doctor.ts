/**
 * Makes the experiments, and says what holds here.
 *
 * @module
 */

import { messageOf } from "../errors.ts";
import { inTime, unlessAborted } from "../in_time.ts";
import type { PermissionRequest } from "../permissions/request.ts";
import { descriptorOf } from "../permissions/request.ts";
import { denoQuery, type PermissionQuery } from "../permissions/verdict.ts";
import { type Check, type CheckResult, NotTried } from "./check.ts";
import { DEADLINE_CHECKS } from "./deadline_checks.ts";
import { EGRESS_CHECKS } from "./egress_checks.ts";
import { Ground } from "./ground.ts";
import { HOST_CHECKS } from "./host_checks.ts";
import { type Parts, REAL_PARTS } from "./parts.ts";
import { RESOURCE_CHECKS } from "./resource_checks.ts";
import { STORAGE_CHECKS } from "./storage_checks.ts";
import { WORKER_CHECKS } from "./worker_checks.ts";

/** Every check, in the order in which they are made and reported. */
export const CHECKS: readonly Check[] = [
  ...DEADLINE_CHECKS,
  ...RESOURCE_CHECKS,
  ...EGRESS_CHECKS,
  ...STORAGE_CHECKS,
  ...WORKER_CHECKS,
  ...HOST_CHECKS,
];

/** How the doctor works. */
export interface DoctorOptions {
  /** Absolute path of the folder below which it makes one of its own, and removes it. */
  readonly scratchRoot: string;
  /** What is examined. Default: this host. */
  readonly parts?: Parts;
  /** Default: {@linkcode CHECKS}. */
  readonly checks?: readonly Check[];
  /** How long a check may take, whatever is broken. Default: 30 s. */
  readonly mostMs?: number;
  /** Asks what Deno grants. Default: the Deno that this runs on. */
  readonly query?: PermissionQuery;
  /** Whether Deno may ask at a terminal for what it was not given. Default: no. */
  readonly mayAsk?: boolean;
  /** Ends the examination; what it was aborted with is thrown. */
  readonly signal?: AbortSignal;
  /** Told before each check. */
  readonly onCheck?: (check: Check, index: number, count: number) => void;
}

/** What came out. */
export interface DoctorReport {
  readonly results: readonly CheckResult[];
  /** Everything that all of the checks need of Deno. */
  readonly needs: readonly PermissionRequest[];
}

/**
 * Makes each experiment that Deno's permissions let it make. What a check
 * throws is a finding. A thread that a check gave up may still compute.
 */
export async function examine(options: DoctorOptions): Promise<DoctorReport> {
  const { parts = REAL_PARTS, checks = CHECKS, query = denoQuery } = options;
  await using ground = new Ground(parts, options.scratchRoot);
  const results: CheckResult[] = [];
  const needs: PermissionRequest[] = [];
  for (const [index, check] of checks.entries()) {
    options.onCheck?.(check, index, checks.length);
    // A signal ends no check that has begun, so none begins after it.
    options.signal?.throwIfAborted();
    const ofCheck = check.needs(ground);
    needs.push(...ofCheck);
    const missing = ofCheck.filter((need) =>
      query(descriptorOf(need)) !== "granted"
    );
    results.push(await resultOf(check, ground, missing, options));
  }
  return { results, needs };
}

async function resultOf(
  check: Check,
  ground: Ground,
  missing: readonly PermissionRequest[],
  { signal, mayAsk = false, mostMs = 30_000 }: DoctorOptions,
): Promise<CheckResult> {
  const { id, promise, tried } = check;
  const terminal = mayAsk && check.denies === true;
  const row = { id, promise, tried, missing, terminal };
  if (missing.length > 0 || terminal) {
    const seen = missing.length > 0
      ? "a permission is missing"
      : "at a terminal Deno asks before it denies";
    return { ...row, outcome: "not tried", seen, ms: 0 };
  }
  const start = performance.now();
  const took = (): number => Math.round(performance.now() - start);
  try {
    const { held, seen } = await inTime(
      unlessAborted(check.run(ground), signal),
      mostMs,
      `nothing came of it within ${mostMs} ms`,
    );
    return { ...row, outcome: held ? "held" : "not held", seen, ms: took() };
  } catch (error) {
    signal?.throwIfAborted();
    return {
      ...row,
      outcome: error instanceof NotTried ? "not tried" : "not held",
      seen: messageOf(error),
      ms: took(),
    };
  }
}
