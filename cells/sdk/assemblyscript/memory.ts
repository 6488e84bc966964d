/**
 * The buffers that the host and the cell hand to each other, and when the
 * garbage collector may run.
 */

// Collecting costs a walk over what is alive, so it waits until this much came in.
const PRESSURE_BYTES: u32 = 256 * 1024;
const ENTRIES_BETWEEN: u32 = 256;
const MOST_BYTES: u32 = 0x3000_0000;

let pressure: u32 = 0;
let entries: u32 = 0;
let pagesAfterCollect: i32 = 0;

/**
 * Gives the host room for `size` bytes; 0 when there is none. The block comes
 * from the allocator below the garbage collector, which therefore neither
 * moves nor frees it: it lives until `pulp_free`.
 */
export function pulp_alloc(size: u32): u32 {
  // The runtime's allocator traps on more than this, where the contract wants 0.
  if (size == 0 || size > MOST_BYTES) return 0;
  pressure += size;
  return <u32> heap.alloc(size);
}

/** Takes back what `pulp_alloc` gave. The size is not needed; 0 is nothing. */
export function pulp_free(ptr: u32, _size: u32): void {
  if (ptr != 0) heap.free(ptr);
}

/** Copies `length` bytes into a block that the host frees. */
export function handOver(bytes: usize, length: u32): u32 {
  const block = heap.alloc(length);
  memory.copy(block, bytes, length);
  pressure += length;
  return <u32> block;
}

/**
 * Ends an entry point. With the `minimal` runtime garbage is collected only
 * where somebody asks for it; here nothing on the stack is in use any more.
 */
export function leave(): void {
  entries++;
  const pages = memory.size();
  if (
    pressure < PRESSURE_BYTES && entries < ENTRIES_BETWEEN &&
    pages == pagesAfterCollect
  ) return;
  __collect();
  pressure = 0;
  entries = 0;
  pagesAfterCollect = memory.size();
}
