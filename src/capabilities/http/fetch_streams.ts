/**
 * The outbound streams of the cells of one registry: opened by
 * `transport.http.outbound`, handed to clients by `transport.http.inbound`.
 *
 * @module
 */

import { LIMITS } from "../../limits.ts";
import type { CellContext } from "../capability.ts";
import { FetchStream, type StreamSource } from "./fetch_stream.ts";

/**
 * Who has which stream. An id is never given twice, so that one of another
 * cell, or of an instance that ended, leads nowhere.
 */
export class FetchStreams {
  readonly #open = new Map<CellContext, Map<bigint, FetchStream>>();
  /** By the name of the cell: streams with clients outlive their instance. */
  readonly #counts = new Map<string, number>();
  #last = 0n;

  /**
   * Makes room for a stream of a cell; what is returned gives it back, once.
   * `undefined` when the cell has `LIMITS.fetchStreams`.
   */
  claim({ spec: { name } }: CellContext): (() => void) | undefined {
    const count = this.#counts.get(name) ?? 0;
    if (count >= LIMITS.fetchStreams) return undefined;
    this.#counts.set(name, count + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const count = this.#counts.get(name) ?? 0;
      if (count > 1) this.#counts.set(name, count - 1);
      else this.#counts.delete(name);
    };
  }

  /** Takes in an answer for an instance, in the room that was made for it, and gives its id. */
  add(cell: CellContext, source: StreamSource, release: () => void): bigint {
    const id = ++this.#last;
    const own = this.#open.get(cell) ?? new Map<bigint, FetchStream>();
    this.#open.set(cell, own.set(id, new FetchStream(source, release)));
    return id;
  }

  /** A stream of an instance. */
  get(cell: CellContext, id: bigint): FetchStream | undefined {
    return this.#open.get(cell)?.get(id);
  }

  /** The same, which is the taker's from now on. */
  take(cell: CellContext, id: bigint): FetchStream | undefined {
    const stream = this.get(cell, id);
    this.#open.get(cell)?.delete(id);
    return stream;
  }

  /** Closes what an instance still has. */
  closeAll(cell: CellContext): void {
    const own = this.#open.get(cell);
    this.#open.delete(cell);
    for (const stream of own?.values() ?? []) stream.close();
  }
}
