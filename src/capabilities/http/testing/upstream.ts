/**
 * Both ends of HTTP by hand, for the tests of what goes through the middle.
 *
 * @module
 */

import { within } from "../../../testing/until.ts";

/** A server that speaks as the test says: one connection at a time. */
export class Upstream implements Disposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  /** `http://127.0.0.1:port/`. */
  readonly url = `http://127.0.0.1:${this.#listener.addr.port}/`;

  /** Takes a connection, and the head of its request. */
  async accept(head?: string): Promise<UpstreamConn> {
    const conn = await within("a connection", this.#listener.accept());
    const wire = new UpstreamConn(conn);
    await wire.until("\r\n\r\n");
    if (head !== undefined) await wire.write(head);
    return wire;
  }

  /** Ends it. */
  [Symbol.dispose](): void {
    this.#listener.close();
  }
}

/** One end of a connection, in text. */
export class UpstreamConn implements Disposable {
  /** What the other side sent, as far as it was read as text. */
  seen = "";

  /** Takes over a connection. */
  constructor(readonly conn: Deno.Conn) {}

  /** Sends all of a text. */
  async write(text: string): Promise<void> {
    await this.writeBytes(new TextEncoder().encode(text));
  }

  /** Sends all of the bytes. */
  async writeBytes(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      at += await this.conn.write(bytes.subarray(at));
    }
  }

  /** Reads until the text is there, or the other side has ended. */
  async until(wanted?: string): Promise<string> {
    const buffer = new Uint8Array(64 << 10);
    const decoder = new TextDecoder();
    while (wanted === undefined || !this.seen.includes(wanted)) {
      const count = await this.#read(buffer);
      if (count === null) break;
      this.seen += decoder.decode(buffer.subarray(0, count), { stream: true });
    }
    return this.seen;
  }

  /** Sends so many bytes; `onWritten` is told the sum after each write. */
  async pour(
    length: number,
    onWritten: (total: number) => void = () => {},
  ): Promise<void> {
    const piece = new Uint8Array(Math.min(length, 1 << 20));
    for (let total = 0; total < length;) {
      total += await this.conn.write(piece.subarray(0, length - total));
      onWritten(total);
    }
  }

  /** Takes so many bytes, or what there is; gives their number. */
  async drain(length = Infinity): Promise<number> {
    const buffer = new Uint8Array(1 << 20);
    let total = 0;
    while (total < length) {
      const count = await this.#read(buffer);
      if (count === null) break;
      total += count;
    }
    return total;
  }

  /** Waits until the other side has hung up. */
  async gone(): Promise<void> {
    const buffer = new Uint8Array(64 << 10);
    while (await this.#read(buffer) !== null);
  }

  /** Some bytes, or `null` at the end, whatever it is. */
  async #read(buffer: Uint8Array): Promise<number | null> {
    return await within(
      "bytes of the other side, or its end",
      this.conn.read(buffer).catch(() => null),
      () => this.seen.slice(-2000),
    );
  }

  /** Ends it. */
  [Symbol.dispose](): void {
    try {
      this.conn.close();
    } catch {
      // It was.
    }
  }
}
