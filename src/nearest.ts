/**
 * The near miss: what a person probably meant.
 *
 * The twenty lines of edit distance are here and not from a package because
 * every worker and every start of the program loads this file, and a package
 * costs each of them two milliseconds.
 *
 * @module
 */

/** Longer words nobody types, and each letter of one is held against each of the other. */
const MOST_CHARS = 64;

/** Known words that one word is held against. */
const MOST_KNOWN = 500;

/** Words of one error that are held against known ones. */
const MOST_WORDS = 10;

/**
 * The known word closest to `word`, when it is close enough to be a slip:
 * the same letters in another order, or within a third of its length and at
 * least within 1. `undefined` otherwise. Words over 64 characters are near
 * none, and of the known ones only the first 500 are looked at.
 */
export function nearest(
  word: string,
  known: readonly string[],
): string | undefined {
  if (known.length === 0 || word.length > MOST_CHARS) return undefined;
  const lower = word.toLowerCase();
  const others = known.slice(0, MOST_KNOWN)
    .filter((other) => other.length <= MOST_CHARS)
    .map((other) => ({ other, lower: other.toLowerCase() }));
  const letters = lettersOf(lower);
  const swapped = others.find((it) =>
    it.lower.length === lower.length && lettersOf(it.lower) === letters
  );
  if (swapped !== undefined) return swapped.other;
  let best: string | undefined;
  let least = Infinity;
  for (const it of others) {
    const longest = Math.max(word.length, it.other.length);
    const most = Math.min(Math.max(1, Math.floor(longest / 3)), least - 1);
    const distance = editDistance(lower, it.lower, most);
    if (distance > most) continue;
    least = distance;
    best = it.other;
  }
  return best;
}

/**
 * Near misses for all that one error is about: for the first words only. What
 * a file has, it may have a hundred thousand of, and each one takes time.
 */
export class NearMisses {
  readonly #known: readonly string[];
  #left = MOST_WORDS;

  /** Prepares for the words that are known. */
  constructor(known: readonly string[]) {
    this.#known = known;
  }

  /** As {@linkcode nearest}, and `undefined` once there were enough. */
  of(word: string): string | undefined {
    if (this.#left === 0) return undefined;
    this.#left--;
    return nearest(word, this.#known);
  }
}

function lettersOf(lower: string): string {
  return [...lower].sort().join("");
}

/** ` (did you mean "x"?)`, or nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  return didYouMeanThat(nearest(word, known));
}

/** The same for a word that was found. */
export function didYouMeanThat(near: string | undefined): string {
  return near === undefined ? "" : ` (did you mean "${near}"?)`;
}

/**
 * Letters to insert, drop or replace: Levenshtein's distance, a row at a time.
 * Any number above `most` stands for one that is larger than that.
 */
function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return Infinity;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const distance = Math.min(
        replaced,
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
      );
      next.push(distance);
      least = Math.min(least, distance);
    }
    // No row after this one has a smaller number in it.
    if (least > most) return Infinity;
    row = next;
  }
  return row[b.length] ?? 0;
}
