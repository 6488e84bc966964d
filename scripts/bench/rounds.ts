/**
 * Ratios within one run: two things measured in turn, several rounds, medians.
 *
 * @module
 */

/** One line of the table. */
export interface Figure {
  readonly name: string;
  /** What was measured, with its unit. */
  readonly ours: string;
  /** What it is held against. */
  readonly limit: string;
  readonly ratio: number;
  /** The bound, and whether it is the most or the least. */
  readonly bound: number;
  readonly sense: "at most" | "at least";
}

/** The middle of a list; of the two middles the lower. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN;
}

/** Runs both in turn and gives the medians, and the median of the ratios ours / limit. */
export async function inTurn(
  rounds: number,
  ours: () => number | Promise<number>,
  limit: () => number | Promise<number>,
): Promise<{ ours: number; limit: number; ratio: number }> {
  const pairs: { ours: number; limit: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    pairs.push({ limit: await limit(), ours: await ours() });
  }
  return {
    ours: median(pairs.map((pair) => pair.ours)),
    limit: median(pairs.map((pair) => pair.limit)),
    ratio: median(pairs.map((pair) => pair.ours / pair.limit)),
  };
}

/** Whether a figure keeps its bound. */
export function holds({ ratio, bound, sense }: Figure): boolean {
  return sense === "at most" ? ratio <= bound : ratio >= bound;
}
