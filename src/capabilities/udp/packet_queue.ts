/**
 * The packets of one socket that wait for the cell.
 *
 * @module
 */

/** A queue of a fixed size: when it is full the oldest gives way. */
export class PacketQueue {
  readonly #slots: (Uint8Array | undefined)[] = [];
  readonly #size: number;
  #first = 0;
  #count = 0;
  #bytes = 0;
  #dropped = 0;

  /** Starts empty. `size` is in packets, at least 1. */
  constructor(size: number) {
    this.#size = size;
  }

  /** Packets that wait. */
  get length(): number {
    return this.#count;
  }

  /** Bytes of the packets that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Puts a packet at the end. */
  push(packet: Uint8Array): void {
    if (this.#count === this.#size) this.dropOldest();
    this.#slots[(this.#first + this.#count) % this.#size] = packet;
    this.#count++;
    this.#bytes += packet.length;
  }

  /** Takes the oldest packet; `undefined` when there is none. */
  shift(): Uint8Array | undefined {
    const packet = this.#slots[this.#first];
    if (packet === undefined) return undefined;
    this.#slots[this.#first] = undefined;
    this.#first = (this.#first + 1) % this.#size;
    this.#count--;
    this.#bytes -= packet.length;
    return packet;
  }

  /** Drops the oldest packet, and counts it. */
  dropOldest(): void {
    if (this.shift() !== undefined) this.#dropped++;
  }

  /** How many were dropped since `takeDropped` was last asked. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The same, and starts to count anew. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }
}
