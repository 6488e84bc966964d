/**
 * Where checks stand beside those that the scan found, so that no path
 * through direct calls runs for long without one.
 *
 * @module
 */

import type { BodyScan } from "./body_scan.ts";
import { POINT } from "./points.ts";

/**
 * How much may run between two checks, in bytes of code. An instruction has
 * two bytes or more and takes about a nanosecond: a million is under 1 ms.
 */
const MOST_UNCHECKED = 1_000_000;

/** What a call counts for beside its bytes and what it runs. */
const CALL_COST = 20;

/** What a call of the host counts for; it does bounded work of its own. */
const IMPORT_COST = 1_000;

/**
 * Decides which functions check on entry, one byte for each body: those in
 * `exported`, which the host may call again while it serves an import, and
 * one on each cycle of direct calls. Indirect calls need nothing here: each
 * is checked where it stands.
 *
 * Recursion is not all: sixty functions that each call the next one twice run
 * 2^60 calls without a loop. So calls too are marked as checks in `scan`,
 * where more than {@linkcode MOST_UNCHECKED} could run up to the next check.
 */
export function planChecks(
  scan: BodyScan,
  importedFunctions: number,
  exported: Iterable<number>,
): Uint8Array {
  const checked = new Uint8Array(scan.count);
  for (const index of exported) {
    if (index >= importedFunctions) checked[index - importedFunctions] = 1;
  }
  const costs = new Float64Array(scan.count);
  const state = new Uint8Array(scan.count); // 0 new, 1 on the path, 2 done
  const next = new Int32Array(scan.count);
  const path: number[] = [];
  for (let root = 0; root < scan.count; root++) {
    if (state[root] !== 0) continue;
    path.push(root);
    state[root] = 1;
    next[root] = scan.firstPoints.at(root);
    while (path.length > 0) {
      const body = path[path.length - 1] as number;
      const callee = nextCallee(scan, next, body, importedFunctions);
      if (callee < 0) {
        path.pop();
        state[body] = 2;
        costs[body] = spreadChecks(
          scan,
          body,
          importedFunctions,
          checked,
          costs,
        );
      } else if (state[callee] === 1) {
        checked[callee] = 1; // The path closed a cycle.
      } else if (state[callee] === 0) {
        path.push(callee);
        state[callee] = 1;
        next[callee] = scan.firstPoints.at(callee);
      }
    }
  }
  return checked;
}

/** The next body that `body` calls, or -1. */
function nextCallee(
  scan: BodyScan,
  next: Int32Array,
  body: number,
  importedFunctions: number,
): number {
  const end = scan.firstPoints.at(body + 1);
  let point = next[body] as number;
  let callee = -1;
  while (point < end && callee < 0) {
    if (scan.kinds.at(point) <= POINT.nestedCall) {
      const index = scan.args.at(point) - importedFunctions;
      if (index >= 0 && index < scan.count) callee = index;
    }
    point++;
  }
  next[body] = point;
  return callee;
}

/**
 * Marks calls of a body as checks where too much could run before them, and
 * gives the most that can run in the body without a check.
 *
 * The sum holds for every path: a call that always runs ends what ran before
 * it when it is checked, one within a block does not, because a path may go
 * round it.
 */
function spreadChecks(
  scan: BodyScan,
  body: number,
  importedFunctions: number,
  checked: Uint8Array,
  costs: Float64Array,
): number {
  let sum = 0;
  let peak = 0;
  let last = scan.codes.at(body);
  const end = scan.firstPoints.at(body + 1);
  for (let point = scan.firstPoints.at(body); point < end; point++) {
    const kind = scan.kinds.at(point);
    if (kind > POINT.nestedCall) continue;
    const offset = scan.offsets.at(point);
    sum += offset - last + CALL_COST;
    last = offset;
    const callee = scan.args.at(point) - importedFunctions;
    const cost = callee < 0
      ? IMPORT_COST
      : checked[callee] === 1
      ? 0
      : costs[callee] ?? 0;
    if (sum + cost <= MOST_UNCHECKED) {
      sum += cost;
    } else {
      scan.kinds.set(point, POINT.check);
      peak = Math.max(peak, sum);
      sum = kind === POINT.call ? cost : Math.max(sum, cost);
    }
  }
  return Math.max(peak, sum + scan.ends.at(body) - last);
}
