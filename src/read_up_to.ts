/**
 * Files that may be longer than they say.
 *
 * @module
 */

/** First size of the buffer for a file whose size is not known, in bytes. */
const PIECE_BYTES = 64 << 10;

/**
 * What is in an open file, from where it stands; of one that holds more than
 * `most` bytes, the first `most + 1`. What the file system says of its size is
 * where it begins, no more: a file of /proc has none, and another process may
 * write to it meanwhile.
 */
export async function readUpTo(
  file: Pick<Deno.FsFile, "stat" | "read">,
  most: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const { size } = await file.stat();
  // Room for one byte more: it is known to be whole when that stays empty.
  let bytes = new Uint8Array(Math.min(size, most) + 1);
  let length = 0;
  for (;;) {
    const read = await file.read(bytes.subarray(length));
    if (read === null) return bytes.subarray(0, length);
    length += read;
    if (length < bytes.length) continue;
    if (length > most) return bytes;
    const grown = new Uint8Array(
      Math.min(most + 1, Math.max(PIECE_BYTES, 2 * length)),
    );
    grown.set(bytes);
    bytes = grown;
  }
}
