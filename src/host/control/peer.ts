/**
 * One connection of the control socket, at either end. Nothing on it waits
 * for longer than it is given.
 *
 * @module
 */

import { PulpError } from "../../errors.ts";
import { encodeFrame, readFrame } from "./frame.ts";

/** A connection that carries messages. */
export class Peer implements Disposable {
  readonly #conn: Deno.Conn;
  #closed = false;

  /** Takes a connection over, and closes it in the end. */
  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /**
   * Receives one message, whole.
   *
   * @throws {PulpError} `deadline` when it is not there in time; `contract`
   * when it is none; `closed` when this end was closed meanwhile
   */
  receive(withinMs: number): Promise<Uint8Array> {
    return this.#within(withinMs, () => readFrame(this.#conn));
  }

  /**
   * Sends one message.
   *
   * @throws {PulpError} `deadline` when it is not taken in time; `contract`
   * when it is too long
   */
  send(message: Uint8Array, withinMs: number): Promise<void> {
    return this.#within(withinMs, async () => {
      let rest = encodeFrame(message);
      while (rest.length > 0) {
        rest = rest.subarray(await this.#conn.write(rest));
      }
    });
  }

  /** Closes the connection. What waits on it ends. Twice is fine. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.close();
  }

  async #within<T>(ms: number, work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw closed();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      // The one way to end a read of a connection.
      this.close();
    }, ms);
    try {
      return await work();
    } catch (error) {
      if (late) {
        throw new PulpError(
          "deadline",
          `Cannot wait for a message any longer: ${ms} ms passed`,
        );
      }
      throw this.#closed ? closed() : error;
    } finally {
      clearTimeout(timer);
    }
  }
}

function closed(): PulpError {
  return new PulpError("closed", "Cannot use a connection: it is closed");
}
