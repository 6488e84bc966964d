/**
 * A guest's memory for tests of capabilities, without a guest.
 *
 * @module
 */

import { LinearMemory } from "../../cell/memory.ts";

/** Below are the out addresses. */
const FIRST = 64;
const PAGE_BYTES = 64 << 10;
/** Larger than any message. */
const PAGES = 256;

/** The host's own view of a memory, whose allocator only ever goes up. */
export class TestMemory extends LinearMemory {
  readonly #pages = new WebAssembly.Memory({
    initial: PAGES,
    maximum: 16 * PAGES,
  });
  /** Whether the allocator has room; otherwise it gives 0. */
  hasRoom = true;
  #top = FIRST;

  constructor() {
    super();
    this.attach(this.#pages, (size) => this.hasRoom ? this.#allocate(size) : 0);
  }

  /** Where the next bytes go. */
  get top(): number {
    return this.#top;
  }

  /** Puts bytes somewhere and says where. */
  put(bytes: Uint8Array): number {
    const ptr = this.#allocate(bytes.length);
    this.bytes.set(bytes, ptr);
    return ptr;
  }

  /** Forgets what was put, and what the host handed over. */
  reset(): void {
    this.#top = FIRST;
  }

  /** What the host handed over, when its out addresses were 0 and 4. */
  get handed(): Uint8Array {
    const bytes = this.read(this.u32(0), this.u32(4), Infinity);
    if (bytes === undefined) throw new RangeError("it leaves the memory");
    return bytes;
  }

  /** A number that the host wrote. */
  u32(ptr: number): number {
    return this.view.getUint32(ptr, true);
  }

  #allocate(size: number): number {
    const ptr = this.#top;
    this.#top += size;
    const missing = this.#top - this.#pages.buffer.byteLength;
    if (missing > 0) this.#pages.grow(Math.ceil(missing / PAGE_BYTES));
    return ptr;
  }
}
