/**
 * A list of 32-bit integers that costs four bytes an item.
 *
 * @module
 */

/** Grows by doubling. Reading past the end gives 0. */
export class IntList {
  #items = new Int32Array(1024);
  #length = 0;

  /** How many items there are. */
  get length(): number {
    return this.#length;
  }

  /** Adds an item. */
  push(value: number): void {
    if (this.#length === this.#items.length) {
      const grown = new Int32Array(this.#length * 2);
      grown.set(this.#items);
      this.#items = grown;
    }
    this.#items[this.#length++] = value;
  }

  /** The item at an index. */
  at(index: number): number {
    return this.#items[index] ?? 0;
  }

  /** Leaves out all items from an index on, and gives them. */
  cut(index: number): Int32Array {
    const items = this.#items.slice(index, this.#length);
    this.#length = index;
    return items;
  }

  /** Replaces the item at an index. */
  set(index: number, value: number): void {
    this.#items[index] = value;
  }
}
