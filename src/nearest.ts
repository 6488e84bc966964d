/**
 * The near miss: what a person probably meant.
 *
 * The twenty lines of edit distance are here and not from a package because
 * every worker and every start of the program loads this file, and a package
 * costs each of them two milliseconds.
 *
 * @module
 */

/**
 * The known word closest to `word`, when it is close enough to be a slip:
 * the same letters in another order, or within a third of its length and at
 * least within 1. `undefined` otherwise.
 */
export function nearest(
  word: string,
  known: readonly string[],
): string | undefined {
  if (known.length === 0 || word.length > 64) return undefined;
  const letters = lettersOf(word);
  const swapped = known.find((other) => lettersOf(other) === letters);
  if (swapped !== undefined) return swapped;
  let best: string | undefined;
  let least = Infinity;
  for (const other of known) {
    const most = Math.max(
      1,
      Math.floor(Math.max(word.length, other.length) / 3),
    );
    const distance = editDistance(word.toLowerCase(), other.toLowerCase());
    if (distance > most || distance >= least) continue;
    least = distance;
    best = other;
  }
  return best;
}

function lettersOf(word: string): string {
  return [...word.toLowerCase()].sort().join("");
}

/** ` (did you mean "x"?)`, or nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? "" : ` (did you mean "${near}"?)`;
}

/** Letters to insert, drop or replace: Levenshtein's distance, a row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
