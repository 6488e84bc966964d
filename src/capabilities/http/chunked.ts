/**
 * The chunked transfer coding, taken off in place.
 *
 * @module
 */

const CR = 13;
const LF = 10;

/** What the next byte belongs to. */
type Part = "size" | "extension" | "data" | "data end" | "trailer" | "done";

/** Bytes of framing that each byte of the body may bring along: the longest size without an extension, and some. */
const FRAMING_PER_BYTE = 20;

/** The most framing beyond that, in bytes: extensions and trailers, which nobody reads. */
const FRAMING_BYTES = 64 << 10;

/** Takes the framing out of a chunked body, however it is cut into pieces. */
export class ChunkedDecoder {
  #part: Part = "size";
  #size = 0;
  #digits = 0;
  /** Bytes of framing that the body did not bring along. */
  #framing = 0;
  /** Bytes of the current line that are no line end. */
  #line = 0;
  /** Whether the last byte was a CR: a line end has one at most. */
  #isCr = false;

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
        this.#framing = Math.max(0, this.#framing - count * FRAMING_PER_BYTE);
        if (this.#size === 0) this.#part = "data end";
      } else this.#frame(piece[at++]!);
    }
    return out;
  }

  #frame(byte: number): void {
    if (++this.#framing > FRAMING_BYTES) throw broken();
    if (byte === LF) {
      this.#isCr = false;
      this.#endLine();
    } else if (this.#isCr) throw broken();
    else if (byte === CR) this.#isCr = true;
    else this.#text(byte);
  }

  #endLine(): void {
    switch (this.#part) {
      case "size":
      case "extension":
        if (this.#digits === 0) throw broken();
        this.#part = this.#size > 0 ? "data" : "trailer";
        this.#digits = 0;
        break;
      case "data end":
        this.#part = "size";
        break;
      default:
        if (this.#line === 0) this.#part = "done";
        this.#line = 0;
    }
  }

  /** A byte that is no line end. */
  #text(byte: number): void {
    switch (this.#part) {
      case "size": {
        const digit = hexDigit(byte);
        if (digit < 0) {
          if (this.#digits === 0) throw broken();
          this.#part = "extension";
          return;
        }
        // 13 digits are 4 PiB.
        if (++this.#digits > 13) throw broken();
        this.#size = this.#size * 16 + digit;
        return;
      }
      case "data end":
        throw broken();
      case "trailer":
        this.#line++;
    }
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
