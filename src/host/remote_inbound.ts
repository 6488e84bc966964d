/**
 * `transport.http.inbound` for a cell whose requests come from the main
 * thread, which has the listener.
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
import type { FromWorker } from "./protocol.ts";

/** How long a worker waits for the main thread, which never waits for a worker. */
const ANSWER_MS = 10_000;

/** Words of the array in which a code comes back. */
const DONE = 0;
const RESULT = 1;

/** Sends a message at once, before this thread blocks. */
type SendNow = (message: FromWorker) => void;

/** The worker's side. One instance at a time. */
export class RemoteInbound implements Inbound {
  readonly #send: (message: FromWorker) => void;
  readonly #sendNow: SendNow;
  /** Requests that the guest may answer now. */
  readonly #open = new Set<bigint>();

  /** `sendNow` sends without waiting for the end of the turn. */
  constructor(send: (message: FromWorker) => void, sendNow: SendNow) {
    this.#send = send;
    this.#sendNow = sendNow;
  }

  /** See {@linkcode Inbound.open}. */
  open(_cell: InboundCell): InboundInstance {
    this.#open.clear();
    this.#send({ type: "http open" });
    return {
      register: (method, path) =>
        this.#ask((reply) => ({ type: "http register", method, path, reply })),
      listen: (address) =>
        this.#ask((reply) => ({ type: "http listen", address, reply })),
      answer: (id, answer) => this.#answer(id, answer),
      close: () => this.#open.clear(),
    };
  }

  /** The listeners are the main thread's to close. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** See {@linkcode Inbound.addresses}: none of them is here. */
  addresses(): string[] {
    return [];
  }

  /** Lets the guest answer a request, until what is returned is called. */
  admit(payload: Uint8Array): () => void {
    const id = requestIdOf(payload);
    this.#open.add(id);
    return () => this.#open.delete(id);
  }

  #answer(id: bigint, answer: Answer): boolean {
    if (!this.#open.delete(id)) return false;
    this.#send({ type: "http answer", request: id, answer });
    return true;
  }

  /** Blocks for the code: a host function that can't wait has to know it now. */
  #ask(make: (reply: Int32Array) => FromWorker): number {
    const reply = new Int32Array(new SharedArrayBuffer(8));
    this.#sendNow(make(reply));
    const outcome = Atomics.wait(reply, DONE, 0, ANSWER_MS);
    return outcome === "timed-out" ? CODE.failed : reply[RESULT] ?? CODE.failed;
  }
}

/** The main thread's side of a question. */
export function replyWith(reply: Int32Array, code: number): void {
  reply[RESULT] = code;
  Atomics.store(reply, DONE, 1);
  Atomics.notify(reply, DONE);
}
