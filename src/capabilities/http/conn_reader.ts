/**
 * Reading a connection: the head in small pieces, the body in large ones that
 * nobody copies.
 *
 * @module
 */

/** The smallest and the largest buffer, in bytes. */
const SMALL = 16 << 10;
const LARGE = 128 << 10;

/** What was read and not taken yet, and the connection behind it. */
export class ConnReader {
  readonly #conn: Pick<Deno.Conn, "read">;
  #buffer = new Uint8Array(SMALL);
  #start = 0;
  #end = 0;

  /** Reads nothing yet. */
  constructor(conn: Pick<Deno.Conn, "read">) {
    this.#conn = conn;
  }

  /** What waits; valid until the next read. */
  get waiting(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** Drops the first bytes of what waits. */
  skip(bytes: number): void {
    this.#start += bytes;
  }

  /** Reads more behind what waits. `false` at the end of the connection. */
  async more(): Promise<boolean> {
    if (this.#end === this.#buffer.length) {
      const { waiting } = this;
      if (waiting.length > this.#buffer.length / 2) {
        this.#buffer = new Uint8Array(this.#buffer.length * 2);
      }
      this.#buffer.set(waiting);
      this.#start = 0;
      this.#end = waiting.length;
    }
    const count = await this.#conn.read(this.#buffer.subarray(this.#end));
    if (count === null) return false;
    this.#end += count;
    return true;
  }

  /**
   * At least one byte and at most `limit`, as memory of the taker's own;
   * `undefined` at the end of the connection. The buffer grows while the
   * connection fills it, and goes along with what is in it, unless that is
   * little.
   */
  async take(limit = Infinity): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.#start === this.#end) {
      this.#start = this.#end = 0;
      const room = Math.min(this.#buffer.length, limit);
      const count = await this.#conn.read(this.#buffer.subarray(0, room));
      if (count === null) return undefined;
      this.#end = count;
    }
    const { waiting } = this;
    const taken = waiting.subarray(0, Math.min(waiting.length, limit));
    this.#start += taken.length;
    const size = this.#buffer.length;
    if (taken.length < size / 2 || this.#start < this.#end) {
      return taken.slice();
    }
    this.#buffer = new Uint8Array(
      taken.length === size ? Math.min(size * 2, LARGE) : size,
    );
    this.#start = this.#end = 0;
    return taken;
  }
}
