/**
 * How much output the host keeps for one cell.
 *
 * @module
 */

/** Bytes that are handed out and given back. */
export class OutputBudget {
  readonly #most: number;
  readonly #makeRoom: () => boolean;
  #used = 0;

  /** `makeRoom` gives something back, and says whether it could. */
  constructor(most: number, makeRoom: () => boolean) {
    this.#most = most;
    this.#makeRoom = makeRoom;
  }

  /** Bytes in use. */
  get used(): number {
    return this.#used;
  }

  /** Takes up to `bytes`; what is had in the end may be less, down to 0. */
  take(bytes: number): number {
    while (this.#used + bytes > this.#most && this.#makeRoom());
    const taken = Math.min(bytes, this.#most - this.#used);
    this.#used += taken;
    return taken;
  }

  /** Gives bytes back. */
  give(bytes: number): void {
    this.#used -= bytes;
  }
}
