/**
 * What the main thread and the worker of a cell say to each other.
 *
 * @module
 */

import type { Answer } from "../capabilities/http/answer.ts";
import type { HostEnv } from "../capabilities/capability.ts";
import type { CompiledCell } from "../cell/compile.ts";
import { type ErrorCode, messageOf, PulpError } from "../errors.ts";
import type { LogFields, LogLevel } from "../logger.ts";
import type { CellSpec } from "../manifest/spec.ts";
import type { WorkerLinks } from "./sibling_links.ts";
import type { SubscriberCount } from "./subscriber_counts.ts";

/** An error on its way to another thread. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
}

/** What a worker is started with. */
export interface StartMessage {
  readonly type: "start";
  readonly id: number;
  readonly spec: CellSpec;
  readonly env: HostEnv;
  readonly compiled: CompiledCell;
  /** `NAME=value` entries that the guest may see. */
  readonly environ: readonly string[];
  /** See {@linkcode PULSE}. */
  readonly pulse: Int32Array;
  /** The number of the first step: a restart goes on counting. */
  readonly firstStep: number;
  /** The calls to and from siblings; absent for a cell that runs alone. */
  readonly links?: WorkerLinks;
  /** Who accepts HTTP requests: this worker, or the main thread for several cells. */
  readonly listener: "own" | "front";
}

/** From the main thread to a worker. */
export type ToWorker =
  | StartMessage
  /** Idle steps begin. */
  | { readonly type: "drive" }
  | { readonly type: "step"; readonly id: number; readonly payload: Uint8Array }
  | {
    readonly type: "call";
    readonly id: number;
    readonly name: string;
    readonly args: Uint8Array;
  }
  /** Probes, `pulp_shutdown`, close; `final` when no instance follows. */
  | {
    readonly type: "stop";
    readonly id: number;
    readonly final: boolean;
  }
  /** Close alone: nothing more of the guest runs, and no instance follows. */
  | { readonly type: "close"; readonly id: number }
  /** What `stop` made requests wait for is over. */
  | { readonly type: "resume" }
  /** A sibling has put something into a mailbox. */
  | { readonly type: "ring" }
  /** The calls to and from siblings from now on. */
  | { readonly type: "links"; readonly links: WorkerLinks }
  /** How many clients listen to these paths of the cell now; `sse counted` follows. */
  | {
    readonly type: "sse subscribers";
    readonly counts: readonly SubscriberCount[];
  }
  /** A client takes the next piece of a body, or wants no more of it. */
  | { readonly type: "http more" | "http drop"; readonly live: number }
  /** An event for `pulp_step` that is too large for a packet. */
  | {
    readonly type: "event";
    readonly id: number;
    readonly kind: string;
    readonly payload: Uint8Array;
  };

/** From a worker to the main thread. */
export type FromWorker =
  /** The answer to `start`, `step`, `call`, `stop` or `close`. */
  | {
    readonly type: "done";
    readonly id: number;
    readonly value?: unknown;
    readonly error?: WireError;
  }
  /** The word that stops the guest. */
  | { readonly type: "guard"; readonly guard: Int32Array }
  /** The instance ended by itself. */
  | { readonly type: "ended"; readonly error: WireError }
  | {
    readonly type: "log";
    readonly level: LogLevel;
    readonly message: string;
    readonly fields?: LogFields;
  }
  /** Wake the cell with that index: there is something in a mailbox. */
  | { readonly type: "ring"; readonly target: number }
  /**
   * A new instance takes HTTP requests and connections that the main thread
   * hands over. `taken` counts the bytes of its frames and events that the
   * main thread took, modulo 2^32. `untold` is 1 while there are counts of
   * subscribers that the main thread did not tell yet.
   */
  | {
    readonly type: "http open";
    readonly taken: Int32Array;
    readonly untold: Int32Array;
  }
  | {
    readonly type: "ws register" | "sse register";
    readonly path: string;
    readonly reply: Int32Array;
  }
  /** `sse subscribers` was taken note of. */
  | { readonly type: "sse counted" }
  /** How many clients listen to a path; the worker blocks until `reply` holds the count. */
  | {
    readonly type: "sse count";
    readonly path: string;
    readonly reply: Int32Array;
  }
  | {
    readonly type: "ws send";
    readonly connId: bigint;
    readonly opcode: number;
    readonly payload: Uint8Array;
    /** What this counts as in `taken`. */
    readonly cost: number;
  }
  | {
    readonly type: "ws close";
    readonly connId: bigint;
    readonly code: number;
    readonly reason: string;
  }
  | {
    readonly type: "sse emit";
    readonly path: string;
    readonly frame: Uint8Array;
    /** What this counts as in `taken`. */
    readonly cost: number;
  }
  /** `http_register` and `http_listen`; the worker blocks until `reply` holds the code. */
  | {
    readonly type: "http register";
    readonly method: string;
    readonly path: string;
    readonly reply: Int32Array;
  }
  | {
    readonly type: "http listen";
    readonly address: string;
    readonly reply: Int32Array;
  }
  /** An answer that is not fit for a packet. */
  | {
    readonly type: "http answer";
    readonly request: bigint;
    readonly answer: Answer;
    /** The number of the body, when it is sent as it comes. */
    readonly live?: number;
  }
  /** A piece of such a body; without bytes its end, which `error` makes a break. */
  | {
    readonly type: "http piece";
    readonly live: number;
    readonly bytes?: Uint8Array<ArrayBuffer>;
    readonly error?: string;
  }
  /** The step that took an event has failed. */
  | {
    readonly type: "failed";
    readonly id: number;
    readonly error: WireError;
  };

/** Words of the array that a cell's worker and the main thread share. */
export const PULSE = Object.freeze({
  /** Counts begins and ends of entry points: odd is busy. */
  count: 0,
  /** Steps begun, modulo 2^32. */
  steps: 1,
  /** 1 when the cell should have stopped: events that wait are turned away. */
  leaving: 2,
  /** The number of the last question or event that got to the guest. */
  last: 3,
  /** 1 when the guest, if it is busy, is so with that. */
  inside: 4,
  words: 5,
});

/** Makes an error fit to travel. */
export function toWire(error: unknown): WireError {
  if (!(error instanceof PulpError)) {
    return { code: "host", message: messageOf(error) };
  }
  const { code, message, hint } = error;
  return hint === undefined ? { code, message } : { code, message, hint };
}

/** The error that travelled. */
export function fromWire({ code, message, hint }: WireError): PulpError {
  return new PulpError(code, message, hint === undefined ? {} : { hint });
}
