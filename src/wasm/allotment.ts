/**
 * Sharing one limit among several memories or tables.
 *
 * @module
 */

/** What one of them starts with, and the most that the module names. */
export interface Demand {
  readonly min: number;
  /** `Infinity` when the module names none. */
  readonly max: number;
}

/**
 * The maximum of each, so that all together stay within `limit`: each gets
 * what it starts with, and what is left goes round in equal shares, where
 * none gets more than it may use. A single one gets all.
 *
 * `undefined` when what they start with is more than the limit.
 */
export function allot(
  demands: readonly Demand[],
  limit: number,
): number[] | undefined {
  let left = limit;
  for (const { min } of demands) left -= min;
  if (left < 0) return undefined;
  const maxima = demands.map(({ min }) => min);
  const byRoom = demands
    .map(({ min, max }, index) => ({ index, room: Math.max(0, max - min) }))
    .sort((a, b) => a.room - b.room);
  let waiting = byRoom.length;
  for (const { index, room } of byRoom) {
    const share = Math.min(room, Math.floor(left / waiting));
    maxima[index] = (maxima[index] ?? 0) + share;
    left -= share;
    waiting--;
  }
  return maxima;
}
