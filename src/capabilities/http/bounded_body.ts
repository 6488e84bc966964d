/**
 * Reading a body of unknown length without holding more than the limit.
 *
 * @module
 */

/** Reads to the end; `undefined` as soon as there is more than `limit` bytes. */
export async function readBounded(
  chunks: AsyncIterable<Uint8Array>,
  limit: number,
  onChunk: (bytes: number) => boolean = () => true,
): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the source.
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > limit || !onChunk(chunk.length)) return undefined;
    parts.push(chunk);
  }
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
