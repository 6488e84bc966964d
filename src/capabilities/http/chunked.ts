/**
 * The chunked transfer coding, taken off in place.
 *
 * @module
 */

const CR = 13;
const LF = 10;

/** What the next byte belongs to. */
type Part = "size" | "extension" | "data" | "data end" | "trailer" | "done";

/** The most bytes of extensions and trailers, together: nobody reads them. */
const EXTRA_BYTES = 64 << 10;

/** Takes the framing out of a chunked body, however it is cut into pieces. */
export class ChunkedDecoder {
  #part: Part = "size";
  #size = 0;
  #digits = 0;
  #extra = 0;
  /** Bytes of the current line that are no line end. */
  #line = 0;

  /** Whether the body has ended. */
  get done(): boolean {
    return this.#part === "done";
  }

  /**
   * Moves the data of a piece to its front, and gives its length. What lies
   * behind the end of the body is dropped. Throws an `Error` when the coding
   * is broken.
   */
  decode(piece: Uint8Array): number {
    let out = 0;
    let at = 0;
    while (at < piece.length && this.#part !== "done") {
      if (this.#part === "data") {
        const count = Math.min(this.#size, piece.length - at);
        if (at !== out) piece.copyWithin(out, at, at + count);
        out += count;
        at += count;
        this.#size -= count;
        if (this.#size === 0) this.#part = "data end";
      } else this.#frame(piece[at++]!);
    }
    return out;
  }

  #frame(byte: number): void {
    switch (this.#part) {
      case "size": {
        const digit = hexDigit(byte);
        if (digit >= 0) {
          // 13 digits are 4 PiB.
          if (++this.#digits > 13) throw broken();
          this.#size = this.#size * 16 + digit;
          return;
        }
        if (this.#digits === 0) throw broken();
        this.#part = "extension";
        return this.#frame(byte);
      }
      case "extension":
        if (byte === LF) {
          this.#part = this.#size > 0 ? "data" : "trailer";
          this.#digits = this.#line = 0;
        } else if (byte !== CR) this.#count();
        return;
      case "data end":
        if (byte === LF) this.#part = "size";
        else if (byte !== CR) throw broken();
        return;
      default:
        if (byte === LF) {
          if (this.#line === 0) this.#part = "done";
          this.#line = 0;
        } else if (byte !== CR) {
          this.#line++;
          this.#count();
        }
    }
  }

  #count(): void {
    if (++this.#extra > EXTRA_BYTES) throw broken();
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 0x20;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

function broken(): Error {
  return new Error("the chunks of the body are malformed");
}
