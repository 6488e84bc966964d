/**
 * A guest's linear memory, as the host touches it.
 *
 * @module
 */

import { CODE } from "../abi/codes.ts";
import { putBytes, textOf } from "../abi/short.ts";
import type { GuestMemory } from "../capabilities/guest_memory.ts";
import { LIMITS } from "../limits.ts";

/** `pulp_alloc` of the guest, called plainly. */
export type GuestAlloc = (size: number) => number;

/**
 * Checked access to a `WebAssembly.Memory`. Views are made anew whenever the
 * guest may have grown its memory, which detaches the old buffer.
 */
export class LinearMemory implements GuestMemory {
  #memory: WebAssembly.Memory | undefined;
  #alloc: GuestAlloc | undefined;
  #buffer: ArrayBufferLike = new ArrayBuffer(0);
  #bytes = new Uint8Array(this.#buffer);
  #view = new DataView(this.#buffer);

  /**
   * Takes the memory of an instance; `alloc` is absent when it exports none.
   * Before that, while start functions run, the memory is empty: every range
   * that is not lies outside of it.
   */
  attach(memory: WebAssembly.Memory, alloc: GuestAlloc | undefined): void {
    this.#memory = memory;
    this.#alloc = alloc;
  }

  /** The bytes of the memory now. Not to be kept over anything that runs the guest. */
  get bytes(): Uint8Array {
    this.#renew();
    return this.#bytes;
  }

  /** The same memory for reading and writing numbers. Not to be kept either. */
  get view(): DataView {
    this.#renew();
    return this.#view;
  }

  /** Whether a range of `u32`s lies within the memory. An empty one does, wherever it is: compilers let it dangle. */
  holds(ptr: number, len: number): boolean {
    const { length } = this.bytes;
    return len === 0 || (ptr >>> 0) + (len >>> 0) <= length;
  }

  /** See {@linkcode GuestMemory.read}. */
  read(
    ptr: number,
    len: number,
    limit: number = LIMITS.messageBytes,
  ): Uint8Array | undefined {
    if (!this.#isReadable(ptr, len, limit)) return undefined;
    const start = ptr >>> 0;
    // slice() copies, also out of memory that another thread may write to.
    return this.#bytes.slice(start, start + (len >>> 0));
  }

  /** See {@linkcode GuestMemory.copy}. */
  copy(ptr: number, len: number, target: Uint8Array, at: number): boolean {
    const start = ptr >>> 0;
    const length = len >>> 0;
    if (!this.holds(start, length) || at + length > target.length) return false;
    putBytes(target, at, this.#bytes, start, length);
    return true;
  }

  /** See {@linkcode GuestMemory.readText}. */
  readText(
    ptr: number,
    len: number,
    limit: number = LIMITS.messageBytes,
  ): string | undefined {
    return this.#isReadable(ptr, len, limit)
      ? textOf(this.#bytes, ptr >>> 0, len >>> 0)
      : undefined;
  }

  /** See {@linkcode GuestMemory.writeU32}. */
  writeU32(ptr: number, value: number): boolean {
    if (!this.holds(ptr, 4)) return false;
    this.#view.setUint32(ptr >>> 0, value, true);
    return true;
  }

  /** See {@linkcode GuestMemory.respond}. */
  respond(bytes: Uint8Array, ptrOut: number, lenOut: number): number {
    if (!this.holds(ptrOut, 4) || !this.holds(lenOut, 4)) {
      return CODE.writeFailed;
    }
    let ptr = 0;
    if (bytes.length > 0) {
      if (this.#alloc === undefined) return CODE.noAllocator;
      try {
        ptr = this.#alloc(bytes.length) >>> 0;
      } catch {
        // Its trap is the guest's own affair, as the contract has a code for it.
        // A stop or an exit is found again when the entry point returns.
        return CODE.allocFailed;
      }
      if (ptr === 0) return CODE.allocFailed;
      if (
        !this.holds(ptr, bytes.length) ||
        overlaps(ptr, bytes.length, ptrOut >>> 0) ||
        overlaps(ptr, bytes.length, lenOut >>> 0)
      ) {
        return CODE.writeFailed;
      }
      putBytes(this.#bytes, ptr, bytes);
    }
    return this.writeU32(ptrOut, ptr) && this.writeU32(lenOut, bytes.length)
      ? CODE.ok
      : CODE.writeFailed;
  }

  #isReadable(ptr: number, len: number, limit: number): boolean {
    return len >>> 0 <= limit && this.holds(ptr, len);
  }

  #renew(): void {
    const buffer = this.#memory?.buffer ?? this.#buffer;
    // A shared memory keeps its buffers alive when it grows, so length counts too.
    if (buffer === this.#buffer && buffer.byteLength === this.#bytes.length) {
      return;
    }
    this.#buffer = buffer;
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
  }
}

function overlaps(ptr: number, len: number, word: number): boolean {
  return word < ptr + len && ptr < word + 4;
}
