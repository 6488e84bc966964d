/**
 * What waits for the subscribers of a cell, all together.
 *
 * @module
 */

/** What a frame that waits costs beside its bytes. */
const FRAME_COST = 256;

/** An event as it goes out: one for all who listen to its path. */
export class Frame {
  /** The lines. */
  readonly bytes: Uint8Array;
  /** For how many subscribers it waits. */
  holders = 0;

  /** Waits for nobody yet. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** Frames, each counted once however many it waits for, and for whom they wait. */
export class Backlog<Client> {
  /** Who took something longest ago comes first. */
  readonly #clients = new Set<Client>();
  #bytes = 0;

  /** What the frames take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Who has been taking nothing for longest. */
  get slowest(): Client | undefined {
    const [slowest] = this.#clients;
    return slowest;
  }

  /** A frame waits for a client. */
  add(client: Client, frame: Frame): void {
    this.#clients.add(client);
    if (frame.holders++ === 0) this.#bytes += frame.bytes.length + FRAME_COST;
  }

  /** It waits for one client less. */
  release(frame: Frame): void {
    if (--frame.holders === 0) this.#bytes -= frame.bytes.length + FRAME_COST;
  }

  /** A client took something, and there is more for it. */
  moveBack(client: Client): void {
    this.#clients.delete(client);
    this.#clients.add(client);
  }

  /** Nothing waits for a client any more. */
  leave(client: Client): void {
    this.#clients.delete(client);
  }
}
