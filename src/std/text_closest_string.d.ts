export interface ClosestStringOptions {
  readonly caseSensitive?: boolean;
  readonly compareFn?: (a: string, b: string) => number;
}
export function closestString(
  givenWord: string,
  possibleWords: readonly string[],
  options?: ClosestStringOptions,
): string;
