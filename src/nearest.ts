/**
 * The near miss: what a person probably meant.
 *
 * @module
 */

import { closestString } from "@std/text/closest-string";
import { levenshteinDistance } from "@std/text/levenshtein-distance";

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
  const best = closestString(word, known);
  const distance = levenshteinDistance(word.toLowerCase(), best.toLowerCase());
  const most = Math.max(1, Math.floor(Math.max(word.length, best.length) / 3));
  return distance <= most ? best : undefined;
}

function lettersOf(word: string): string {
  return [...word.toLowerCase()].sort().join("");
}

/** ` (did you mean "x"?)`, or nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? "" : ` (did you mean "${near}"?)`;
}
