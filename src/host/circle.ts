/**
 * Whether a call between cells would wait for itself.
 *
 * @module
 */

/**
 * The circle that a call of `self` to `target` closes, both ends included:
 * nobody in it would ever get an answer. `waitsFor` gives the cell that a cell
 * waits for now, if any, and may give another the next time; `self` waits for
 * `target` already. Of all in a circle the last to wait sees it at least.
 */
export function circleOf(
  self: number,
  target: number,
  waitsFor: (cell: number) => number | undefined,
): readonly number[] | undefined {
  const chain = [self];
  for (let next: number | undefined = target; next !== self;) {
    // A circle of others: one of them sees it.
    if (next === undefined || chain.includes(next)) return undefined;
    chain.push(next);
    next = waitsFor(next);
  }
  // These were read one after the other, and the first may be over since. From
  // the end on that can't be: who waits for one that waits gets no answer.
  for (let at = chain.length - 1; at > 0; at--) {
    if (waitsFor(chain[at]!) !== (chain[at + 1] ?? self)) return undefined;
  }
  return [...chain, self];
}
