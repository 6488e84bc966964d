/** A buffer that grows. */
export class ByteWriter {
  private buffer: ArrayBuffer = new ArrayBuffer(256);
  private used: i32 = 0;

  /** Address of the first byte; valid until the next write. */
  get ptr(): u32 {
    return <u32> changetype<usize>(this.buffer);
  }

  /** Bytes written. */
  get length(): i32 {
    return this.used;
  }

  byte(value: u8): void {
    store<u8>(this.room(1), value);
  }

  copy(from: usize, count: i32): void {
    memory.copy(this.room(count), from, count);
  }

  /** Makes room for `count` bytes more and returns their address. */
  room(count: i32): usize {
    const start = this.used;
    const needed = start + count;
    const capacity = this.buffer.byteLength;
    if (needed > capacity) {
      const grown = new ArrayBuffer(max(needed, capacity * 2));
      memory.copy(
        changetype<usize>(grown),
        changetype<usize>(this.buffer),
        start,
      );
      this.buffer = grown;
    }
    this.used = needed;
    return changetype<usize>(this.buffer) + start;
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return Uint8Array.wrap(this.buffer.slice(0, this.used));
  }
}
