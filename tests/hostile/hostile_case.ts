/**
 * What a hostile cell comes to.
 *
 * @module
 */

import type { ErrorCode } from "../../src/errors.ts";

/** Where a cell fails. `attack` is its first step, and a call too. */
export type Entry =
  | "load"
  | "init"
  | "step"
  | "call"
  | "attack"
  | "probe"
  | "shutdown";

/** An entry point fails; `deadline`, `trap` and `exit` end the instance. */
export interface Failure {
  readonly in: Entry;
  readonly code: ErrorCode;
  readonly says?: RegExp;
}

/** How a hostile cell ends, or that it does not. */
export type Outcome =
  /** The module is never compiled. */
  | { readonly refused: RegExp }
  | Failure
  /** The attack ends well, and returned this: it got nowhere. */
  | { readonly returns: number }
  /** A call of a cell with a `pulp_on_call` of its own ends with this answer, in JSON. */
  | { readonly answers: string }
  /** Nothing happens at all. */
  | { readonly survives: true };

/** One hostile module, and what it comes to. */
export interface HostileCase {
  /** What its manifest says beside name, version and deadline. */
  readonly manifest?: string;
  /** Its deadline where it ends by one; the usual one is too short for some floods to show. */
  readonly lateMs?: number;
  /** Everywhere, unless something else is said here. */
  readonly outcome: Outcome;
  /** On a thread of the caller's own; text says why it is not tried. */
  readonly library?: Outcome | string;
  /** Why it is not tried as a cell that may wait: one that imports a function which suspends it. */
  readonly waiting?: string;
  /** Through `call`, or `step` where that is what fails. */
  readonly cli?: Outcome | string;
  /** Hosted, among others. */
  readonly run?: Outcome | string;
  /** Whether a hosted cell is left to its restarts; otherwise it stays down after its first end. */
  readonly restarts?: true;
}

/** Whether a case ends by its deadline. */
export function isLate({ outcome }: HostileCase): boolean {
  return "in" in outcome && outcome.code === "deadline";
}
