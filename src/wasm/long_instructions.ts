/**
 * Instructions that may take long, and are cut into pieces for that.
 *
 * @module
 */

/** One of them: a wait, or an instruction on much of a memory or table. */
export interface LongInstruction {
  /** Which one: one of `SHAPE`. */
  readonly shape: number;
  /** The memory or table that it waits on, or writes to. */
  readonly target: number;
  /** The memory or table that a copy reads from. */
  readonly source?: number;
  /** As it stands in the module, with its immediates. */
  readonly bytes: Uint8Array;
}

/** Those of a module, each once. */
export class LongInstructions {
  readonly #list: LongInstruction[] = [];
  readonly #indices = new Map<string, number>();

  /** In the order of their indices. */
  get list(): readonly LongInstruction[] {
    return this.#list;
  }

  /** The index of an instruction, which is noted if it is new. */
  indexOf(long: LongInstruction): number {
    const key = long.bytes.join();
    const known = this.#indices.get(key);
    if (known !== undefined) return known;
    this.#list.push(long);
    this.#indices.set(key, this.#list.length - 1);
    return this.#list.length - 1;
  }
}
