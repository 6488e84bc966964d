/**
 * Messages between two threads, in batches.
 *
 * @module
 */

import { MsgpackWriter } from "../abi/writer.ts";

/** What a channel needs of a worker, or of the scope within one. */
export interface MessageEnd {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  addEventListener(
    type: "message",
    listener: (event: MessageEvent) => void,
  ): void;
}

/** What becomes of what the other end sends. */
export interface Receiver<In> {
  /** Takes a message. */
  message(message: In): void;
  /** Takes the bytes that were written to a packet. */
  packet(bytes: Uint8Array): void;
  /** Takes what was thrown at something that was sent. Without it, nothing is caught. */
  failed?(error: unknown): void;
}

/** First size of the buffer that packets are written to, in bytes. */
const PACKET_BYTES = 32 << 10;

/** More than a cell has requests at a time: of those, all that come in a turn travel together. */
const FULL = 256;

/**
 * One end of a two-way channel. What is sent in one turn travels as one
 * message: a message costs far more than what is in it.
 */
export class Channel<Out, In> {
  readonly #end: MessageEnd;
  readonly #later: (flush: () => void) => void;
  readonly #flushNow = (): void => this.flush();
  #batch: (Out | Uint8Array)[] = [];
  #transfer: Transferable[] = [];
  #writer: MsgpackWriter | undefined;
  #isPacketOpen = false;
  #isArmed = false;
  #armedAt = 0;
  /** Messages and records of packets that wait to be sent. */
  #waiting = 0;

  /**
   * Takes over an end; `receiver` gets all that the other end sends, in order.
   * `later` calls what it is given at the end of the turn.
   */
  constructor(
    end: MessageEnd,
    later: (flush: () => void) => void,
    receiver: Receiver<In>,
  ) {
    this.#end = end;
    this.#later = later;
    end.addEventListener("message", ({ data }) => {
      try {
        for (const item of data as (In | Uint8Array)[]) {
          if (item instanceof Uint8Array) receiver.packet(item);
          else receiver.message(item);
        }
      } catch (error) {
        if (receiver.failed === undefined) throw error;
        receiver.failed(error);
      }
    });
  }

  /** Sends a message at the end of this turn. What is in `transfer` moves instead of being copied. */
  send(message: Out, transfer: readonly Transferable[] = []): void {
    this.#closePacket();
    if (transfer.length > 0) this.#transfer.push(...transfer);
    this.#batch.push(message);
    this.#waiting++;
    this.#arm();
  }

  /** One record is written to it, and sent at the end of this turn, in order with the messages. */
  get packet(): MsgpackWriter {
    this.#isPacketOpen = true;
    this.#waiting++;
    this.#arm();
    return this.#writer ??= new MsgpackWriter(PACKET_BYTES);
  }

  /** Whether something has waited to be sent for so long, to a millisecond or so. */
  hasWaited(ms: number): boolean {
    // Also where the clock was set back.
    return this.#isArmed && Math.abs(Date.now() - this.#armedAt) >= ms;
  }

  /** Whether so much waits that it had better be sent before the turn ends. */
  get isFull(): boolean {
    return this.#waiting >= FULL;
  }

  /**
   * Sends what waits now; for a thread that is about to block. Where a guest
   * has used up the stack this throws a `RangeError`, and what waits is sent
   * at the end of the turn.
   */
  flush(): void {
    this.#closePacket();
    if (this.#batch.length > 0) {
      try {
        if (this.#transfer.length === 0) this.#end.postMessage(this.#batch);
        else this.#end.postMessage(this.#batch, this.#transfer);
      } catch (error) {
        if (error instanceof RangeError) throw error;
        this.#clear();
        throw error;
      }
    }
    this.#clear();
  }

  #clear(): void {
    this.#batch = [];
    this.#transfer = [];
    this.#isArmed = false;
    this.#waiting = 0;
  }

  #arm(): void {
    if (this.#isArmed) return;
    // Only then: a guest that has used up the stack makes this throw, and
    // the end would be silent for ever.
    this.#later(this.#flushNow);
    this.#isArmed = true;
    this.#armedAt = Date.now();
  }

  #closePacket(): void {
    if (!this.#isPacketOpen) return;
    this.#isPacketOpen = false;
    // A view would be sent with all of its buffer.
    this.#batch.push(this.#writer!.finish().slice());
  }
}
