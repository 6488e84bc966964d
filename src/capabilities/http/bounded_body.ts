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
  const body = new Gathered();
  // Leaving the loop cancels the source.
  for await (const chunk of chunks) {
    if (body.length + chunk.length > limit || !onChunk(chunk.length)) {
      return undefined;
    }
    body.add(chunk);
  }
  return body.whole();
}

/** Pieces from this size on, in bytes, are kept as they are. */
const KEPT_BYTES = 16 << 10;

/** The most memory that is made for small pieces at a time, in bytes. */
const BLOCK_BYTES = 64 << 10;

/**
 * Pieces of a body, in memory of about their size: what comes may be a byte in
 * a buffer of 64 KiB. Large pieces that fill their memory are not copied until
 * the body is whole, nor is one that is the whole body.
 */
class Gathered {
  readonly #parts: Uint8Array[] = [];
  /** Where small pieces go, and how far it is full. */
  #block: Uint8Array = new Uint8Array(0);
  #used = 0;
  #length = 0;

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** Takes a piece, which nobody writes to any more. */
  add(piece: Uint8Array): void {
    if (piece.length === 0) return;
    const isWorthIt = this.#length === 0 || piece.length >= KEPT_BYTES;
    this.#length += piece.length;
    if (isWorthIt && 2 * piece.length >= piece.buffer.byteLength) {
      this.#endPart();
      this.#parts.push(piece);
    } else this.#copy(piece);
  }

  /** All of it. Nothing is added after that. */
  whole(): Uint8Array {
    this.#endPart();
    const [first, second] = this.#parts;
    if (first !== undefined && second === undefined) return first;
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  #copy(piece: Uint8Array): void {
    if (this.#used + piece.length > this.#block.length) {
      this.#endPart();
      const room = Math.min(this.#length, BLOCK_BYTES);
      this.#block = new Uint8Array(Math.max(piece.length, room));
    }
    this.#block.set(piece, this.#used);
    this.#used += piece.length;
  }

  /** Makes a part of what is in the block; the next one begins behind it. */
  #endPart(): void {
    if (this.#used === 0) return;
    this.#parts.push(this.#block.subarray(0, this.#used));
    this.#block = this.#block.subarray(this.#used);
    this.#used = 0;
  }
}
