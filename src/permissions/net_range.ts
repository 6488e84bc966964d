/**
 * Ranges of IPv4 addresses. Deno takes them in its flags, but does not answer
 * queries about them.
 *
 * @module
 */

/**
 * The first and the last address of `a.b.c.d/n`; `undefined` for anything
 * that is no such range.
 */
export function rangeEnds(
  target: string,
): readonly [string, string] | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(
    target,
  );
  if (match === null) return undefined;
  const parts = match.slice(1).map(Number);
  const bits = parts.pop() ?? 33;
  if (bits > 32 || parts.some((part) => part > 255)) return undefined;
  const address = parts.reduce((sum, part) => sum * 256 + part, 0);
  const size = 2 ** (32 - bits);
  const first = Math.floor(address / size) * size;
  return [text(first), text(first + size - 1)];
}

function text(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256)
    .join(".");
}
