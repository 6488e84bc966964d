/**
 * `transport.http.inbound`, and what else needs a listener, for a cell whose
 * requests come from the main thread, which has it.
 *
 * @module
 */

import { CODE } from "../abi/codes.ts";
import { requestIdOf } from "../abi/http.ts";
import type { Answer } from "../capabilities/http/answer.ts";
import type {
  Inbound,
  InboundCell,
  InboundInstance,
} from "../capabilities/http/inbound_server.ts";
import type { MsgpackWriter } from "../abi/writer.ts";
import { LIMITS } from "../limits.ts";
import { fitsAnswer, writeAnswer } from "./packet.ts";
import { LiveSources } from "./live_bodies.ts";
import type { FromWorker } from "./protocol.ts";
import { RemoteStreams } from "./remote_streams.ts";
import type { SubscriberCount } from "./subscriber_counts.ts";

/** Words of the array in which a code or a count comes back. */
const DONE = 0;
const RESULT = 1;

/** How a worker says something to the main thread: see `Channel`. */
export interface Outbox {
  send(message: FromWorker, transfer?: Transferable[]): void;
  packet(): MsgpackWriter;
  flush(): void;
}

/** The worker's side. One instance at a time. */
export class RemoteInbound implements Inbound {
  /** Bodies that are sent as they come. */
  readonly bodies: LiveSources;
  readonly #outbox: Outbox;
  /** Requests that the guest may answer now. */
  readonly #open = new Set<bigint>();
  #cell: InboundCell | undefined;
  #instance: InboundInstance | undefined;
  #streams: RemoteStreams | undefined;

  /** Sends what it has to say by way of `outbox`. */
  constructor(outbox: Outbox) {
    // At once: the source takes the memory back before it gives the next piece.
    this.bodies = new LiveSources((piece, transfer) => {
      outbox.send(piece, transfer);
      outbox.flush();
    });
    this.#outbox = outbox;
  }

  /** See {@linkcode Inbound.open}. */
  open(cell: InboundCell): InboundInstance {
    if (this.#cell === cell && this.#instance !== undefined) {
      return this.#instance;
    }
    this.#open.clear();
    const streams = new RemoteStreams({
      send: this.#outbox.send,
      flush: this.#outbox.flush,
      ask: (make) => this.#ask(make),
    });
    const { taken, untold } = streams;
    this.#outbox.send({ type: "http open", taken, untold });
    this.#cell = cell;
    this.#streams = streams;
    this.#instance = {
      register: (method, path) =>
        this.#ask((reply) => ({ type: "http register", method, path, reply })),
      listen: (address) =>
        this.#ask((reply) => ({ type: "http listen", address, reply })),
      answer: (id, answer) => this.#answer(id, answer),
      ws: streams.ws,
      sse: streams.sse,
      close: () => {
        streams.close();
        // Another may have begun.
        if (this.#cell === cell) this.#open.clear();
      },
    };
    return this.#instance;
  }

  /** The listeners are the main thread's to close. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /**
   * Takes note of an event on its way to the guest, which may answer a request
   * until what is returned is called.
   */
  admit(kind: string, payload: Uint8Array): (() => void) | undefined {
    if (kind !== "http.request") {
      this.#streams?.note(kind, payload);
      return undefined;
    }
    const id = requestIdOf(payload);
    this.#open.add(id);
    return () => this.#open.delete(id);
  }

  /** Takes note of how many clients listen to some paths. */
  counted(counts: readonly SubscriberCount[]): void {
    this.#streams?.counted(counts);
  }

  #answer(id: bigint, answer: Answer): boolean {
    if (!this.#open.delete(id)) return false;
    if (fitsAnswer(answer)) writeAnswer(this.#outbox.packet(), id, answer);
    else {
      this.#outbox.send(
        answer.body instanceof ReadableStream
          ? {
            type: "http answer",
            request: id,
            answer: { ...answer, body: null },
            live: this.bodies.add(answer.body),
          }
          : { type: "http answer", request: id, answer },
      );
    }
    return true;
  }

  /** Blocks for the code: a host function that can't wait has to know it now. */
  #ask(make: (reply: Int32Array) => FromWorker): number {
    const reply = new Int32Array(new SharedArrayBuffer(8));
    this.#outbox.send(make(reply));
    this.#outbox.flush();
    const outcome = Atomics.wait(reply, DONE, 0, LIMITS.mainThreadMs);
    return outcome === "timed-out" ? CODE.failed : reply[RESULT] ?? CODE.failed;
  }
}

/** The main thread's side of a question: a code, or a count. */
export function replyWith(reply: Int32Array, result: number): void {
  reply[RESULT] = result;
  Atomics.store(reply, DONE, 1);
  Atomics.notify(reply, DONE);
}
