/**
 * How many peers send or take something at a time.
 *
 * @module
 */

import type { Peer } from "./peer.ts";

/** How long a peer that just came can't be displaced. Enough to send a request. */
const FRESH_MS = 20;

interface Slot {
  /** Resolves when the peer is through, or no longer fresh. */
  readonly settled: Promise<void>;
  readonly settle: () => void;
}

/**
 * A bounded set of peers. When it is full, one more waits until a peer is
 * through or has had its time, and then displaces the one that came first:
 * peers that say nothing keep nobody out.
 */
export class Transfers {
  readonly #most: number;
  /** Oldest first. */
  readonly #slots = new Map<Peer, Slot>();

  /** Makes room for `most` peers. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Counts a peer in, as soon as there is room. */
  async enter(peer: Peer): Promise<void> {
    while (this.#slots.size >= this.#most) {
      const [first] = this.#slots;
      if (first === undefined) break;
      const [oldest, slot] = first;
      await slot.settled;
      if (this.#slots.get(oldest) !== slot) continue;
      this.leave(oldest);
      oldest.close();
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, FRESH_MS);
    this.#slots.set(peer, {
      settled: promise,
      settle: () => {
        clearTimeout(timer);
        resolve();
      },
    });
  }

  /** Counts a peer out, if it is in. */
  leave(peer: Peer): void {
    this.#slots.get(peer)?.settle();
    this.#slots.delete(peer);
  }
}
