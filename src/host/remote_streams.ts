/**
 * `transport.ws.inbound` and `transport.sse` for a cell whose connections the
 * main thread has. What the guest is told at once comes from a copy of what
 * the main thread told last.
 *
 * @module
 */

import { CODE } from "../abi/codes.ts";
import { connIdOf, OPCODE } from "../abi/ws.ts";
import type { SseEndpoint } from "../capabilities/sse/endpoint.ts";
import { SseRoutes } from "../capabilities/sse/sse_routes.ts";
import { isCloseCode, isCloseReason } from "../capabilities/ws/close_code.ts";
import type { WsEndpoint } from "../capabilities/ws/endpoint.ts";
import { LIMITS } from "../limits.ts";
import type { FromWorker } from "./protocol.ts";
import { Ahead } from "./remote_ahead.ts";
import type { SubscriberCount } from "./subscriber_counts.ts";

/** What a message costs beside its bytes. */
const MESSAGE_COST = 256;

/** How an instance reaches the main thread. */
export interface RemoteLine {
  /** Sends a message at the end of the turn. */
  send(message: FromWorker): void;
  /** Sends what waits now. */
  flush(): void;
  /** Sends a question and blocks for the code, or for the count. */
  ask(make: (reply: Int32Array) => FromWorker): number;
}

/** The connections and subscribers of one instance. */
export class RemoteStreams {
  /** See {@linkcode WsEndpoint}. */
  readonly ws: WsEndpoint;
  /** See {@linkcode SseEndpoint}. */
  readonly sse: SseEndpoint;
  /** Goes with `http open`. */
  readonly untold: Int32Array = new Int32Array(new SharedArrayBuffer(4));
  readonly #line: RemoteLine;
  readonly #ahead = new Ahead();
  readonly #connections = new Set<bigint>();
  readonly #routes = new SseRoutes();
  readonly #subscribers = new Map<string, number>();

  /** Knows of nothing yet. */
  constructor(line: RemoteLine) {
    this.#line = line;
    this.ws = {
      register: (path) =>
        line.ask((reply) => ({ type: "ws register", path, reply })),
      send: (connId, opcode, payload) => this.#send(connId, opcode, payload),
      close: (connId, code, reason) => this.#close(connId, code, reason),
    };
    this.sse = {
      register: (path) => {
        const code = line.ask((reply) => ({
          type: "sse register",
          path,
          reply,
        }));
        if (code === CODE.ok) this.#routes.add(path);
        return code;
      },
      emit: (path, frame) => this.#emit(path, frame),
      subscribers: (path) => this.#count(path),
    };
  }

  /** Goes with `http open`. */
  get taken(): Int32Array {
    return this.#ahead.taken;
  }

  /** Takes note of an event on its way to the guest. */
  note(kind: string, payload: Uint8Array): void {
    if (kind === "ws.open") this.#connections.add(connIdOf(payload));
    else if (kind === "ws.close") this.#connections.delete(connIdOf(payload));
  }

  /** Takes note of how many clients listen to some paths. */
  counted(counts: readonly SubscriberCount[]): void {
    for (const [path, count] of counts) {
      if (count === 0) this.#subscribers.delete(path);
      else this.#subscribers.set(path, count);
    }
  }

  /** Forgets everything: the instance has ended. */
  close(): void {
    this.#connections.clear();
    this.#subscribers.clear();
  }

  #send(connId: bigint, opcode: number, payload: Uint8Array): number {
    if (
      !this.#connections.has(connId) ||
      (opcode !== OPCODE.text && opcode !== OPCODE.binary) ||
      payload.length > LIMITS.wsMessageBytes
    ) return CODE.failed;
    const cost = payload.length + MESSAGE_COST;
    if (!this.#makeRoom(cost)) return CODE.failed;
    // A copy, as a view would take its whole buffer along.
    const copy = payload.slice();
    this.#line.send({ type: "ws send", connId, opcode, payload: copy, cost });
    return CODE.ok;
  }

  #close(connId: bigint, code: number, reason: string): number {
    if (
      (code !== 0 && !isCloseCode(code)) || !isCloseReason(reason) ||
      !this.#connections.delete(connId)
    ) return CODE.failed;
    this.#line.send({ type: "ws close", connId, code, reason });
    return CODE.ok;
  }

  #emit(path: string, frame: () => Uint8Array): number {
    if (!this.#routes.covers(path)) return CODE.failed;
    if (!this.#subscribers.has(path) && !this.#isBehind) return CODE.ok;
    const bytes = frame();
    const cost = bytes.length + 2 * path.length + MESSAGE_COST;
    if (!this.#makeRoom(cost)) return CODE.failed;
    this.#line.send({ type: "sse emit", path, frame: bytes, cost });
    return CODE.ok;
  }

  #count(path: string): number {
    return this.#isBehind
      ? this.#line.ask((reply) => ({ type: "sse count", path, reply }))
      : this.#subscribers.get(path) ?? 0;
  }

  /**
   * Whether there is more to be told than the main thread says at a time: an
   * event that came since may be of a client that is not counted here yet.
   */
  get #isBehind(): boolean {
    return Atomics.load(this.untold, 0) === 1;
  }

  #makeRoom(cost: number): boolean {
    return this.#ahead.send(cost, () => this.#line.flush());
  }
}
