/**
 * What differs from run to run, made the same.
 *
 * @module
 */

const VOLATILE: readonly (readonly [RegExp, string])[] = [
  // Said when a number of steps is reached, which is a matter of time.
  [/^.*step heartbeat.*\n/gm, ""],
  // Deno fetches what is not in its cache.
  // deno-lint-ignore no-control-regex -- escape sequences begin with one
  [/^(?:\x1b\[\d*m)*Download(?:\x1b\[\d*m)* https:.*\n/gm, ""],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "2026-11-22T11:40:00.000Z"],
  [/(?<![\d:T])\d\d:\d\d:\d\d\.\d{3}(?!\d)/g, "11:40:00.000"],
  // The styles of a name and its value differ.
  // deno-lint-ignore no-control-regex -- escape sequences begin with one
  [/(?<=last_call=(?:\x1b\[\d*m)*)\d+/g, "512"],
];

/** An output with one time for all times, and one number of calls. */
export function settled(output: string): string {
  return VOLATILE.reduce(
    (text, [pattern, stable]) => text.replace(pattern, stable),
    output,
  );
}
