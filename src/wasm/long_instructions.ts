/**
 * Instructions that may take long, and are cut into pieces for that.
 *
 * @module
 */

import { LIMITS } from "../limits.ts";

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

/** Those of a module, each once: each becomes a function. */
export class LongInstructions {
  readonly #list: LongInstruction[] = [];
  readonly #indices = new Map<string, number>();

  /** In the order of their indices. */
  get list(): readonly LongInstruction[] {
    return this.#list;
  }

  /**
   * The index of what `key` names, which is noted as `make` has it if it is
   * new; `undefined` when there are too many.
   */
  indexOf(key: string, make: () => LongInstruction): number | undefined {
    const known = this.#indices.get(key);
    if (known !== undefined) return known;
    if (this.#list.length === LIMITS.moduleLongInstructions) return undefined;
    this.#indices.set(key, this.#list.length);
    return this.#list.push(make()) - 1;
  }
}
