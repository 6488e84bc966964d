/**
 * Many requests at cells that fail now and then.
 *
 * @module
 */

import type { ServedProcess } from "../../scripts/served_process.ts";
import { until } from "../../src/testing/until.ts";
import { METHOD } from "./faulty_cell.ts";

/** What a storm is made of. */
export interface StormOptions {
  /** Requests in all. */
  readonly requests: number;
  /** Ends it before that. */
  readonly signal?: AbortSignal;
  /** Requests at a time. */
  readonly clients: number;
  /** One request in so many traps, and one in so many hangs. */
  readonly trapEvery: number;
  readonly hangEvery: number;
  /** Milliseconds between two of those at least, however fast all goes. Default: none. */
  readonly faultsApartMs?: number;
  /** Where requests go in turn. Those that fail have a turn of their own, so that each place gets as many. */
  readonly urls: readonly string[];
}

/** How the requests of one kind ended: statuses, each with its count. */
export type Statuses = ReadonlyMap<number, number>;

/** What came of a storm. */
export interface StormResult {
  readonly answered: Statuses;
  readonly trapped: Statuses;
  readonly hung: Statuses;
  /** Requests without an HTTP answer, in words. */
  readonly failures: readonly string[];
}

/** No answer for so long counts as none. */
const PATIENCE_MS = 20_000;

/** Sends them all and waits for all that comes back. */
export async function storm(options: StormOptions): Promise<StormResult> {
  const { requests, clients, trapEvery, hangEvery, urls, signal } = options;
  const { faultsApartMs = 0 } = options;
  const counts = {
    answer: new Map<number, number>(),
    trap: new Map<number, number>(),
    hang: new Map<number, number>(),
  };
  const failures: string[] = [];
  let next = 0;
  let faults = 0;
  let lastFault = -Infinity;
  const kindOf = (n: number): keyof typeof counts => {
    if (performance.now() - lastFault < faultsApartMs) return "answer";
    // In the middle of each stretch: what comes before and after is asked too.
    if (n % hangEvery === hangEvery >> 1) return "hang";
    return n % trapEvery === trapEvery >> 2 ? "trap" : "answer";
  };
  const client = async (): Promise<void> => {
    for (let n = next++; n < requests && !signal?.aborted; n = next++) {
      const kind = kindOf(n);
      if (kind !== "answer") lastFault = performance.now();
      const turn = kind === "answer" ? n : faults++;
      const url = urls[turn % urls.length] ?? "";
      try {
        const response = await fetch(url, {
          method: METHOD[kind],
          signal: AbortSignal.timeout(PATIENCE_MS),
        });
        const text = await response.text();
        if (response.status === 200 && text !== "ok") {
          failures.push(`request ${n}: 200 with "${text}"`);
        }
        const count = counts[kind];
        count.set(response.status, (count.get(response.status) ?? 0) + 1);
      } catch (error) {
        failures.push(`request ${n} (${kind}): ${error}`);
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return {
    answered: counts.answer,
    trapped: counts.trap,
    hung: counts.hang,
    failures,
  };
}

/**
 * Asks until the answer is 200; how often it was something else. Throws with
 * the host's log when that does not come.
 */
export async function untilServed(
  url: string,
  host?: ServedProcess,
): Promise<number> {
  let others = 0;
  let last = 0;
  await until(
    `200 of ${url}`,
    async () => {
      const response = await fetch(url, {
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      await response.body?.cancel();
      last = response.status;
      if (last === 200) return true;
      others++;
      return false;
    },
    () => `the last answer was ${last}\n${host ? logSoFar(host) : ""}`,
  );
  return others;
}

function logSoFar(host: ServedProcess): string {
  const lines: string[] = [];
  // It hands over what there is at once; what comes later is of no use here.
  void host.logged((line) => lines.push(line) === 0);
  return lines.join("\n");
}
