/**
 * What a check of the doctor is, and what comes out of it.
 *
 * @module
 */

import type { PermissionRequest } from "../permissions/request.ts";
import type { Ground } from "./ground.ts";

/** What an experiment showed. */
export interface Finding {
  readonly held: boolean;
  /** What was seen, in one line. */
  readonly seen: string;
}

/** One promise, and the experiment that puts it to the test. */
export interface Check {
  /** Stable: `deadline.loop`. */
  readonly id: string;
  /** What is promised. */
  readonly promise: string;
  /** How it is tried. */
  readonly tried: string;
  /**
   * Whether Deno has to deny something in it. At a terminal Deno asks first,
   * and all threads that write to it wait for the answer.
   */
  readonly denies?: true;
  /** What of Deno the experiment needs. */
  needs(ground: Ground): readonly PermissionRequest[];
  /**
   * Does the experiment. What it throws counts as a promise that does not
   * hold, but for {@linkcode NotTried}.
   */
  run(ground: Ground): Promise<Finding>;
}

/** How a check ended. */
export type Outcome = "held" | "not held" | "not tried";

/** One row of the doctor's findings. */
export interface CheckResult {
  readonly id: string;
  readonly promise: string;
  readonly tried: string;
  readonly outcome: Outcome;
  /** What was seen, or why it was not tried. */
  readonly seen: string;
  /** The permissions for want of which it was not tried. */
  readonly missing: readonly PermissionRequest[];
  /** Whether it was not tried because Deno would ask at the terminal. */
  readonly terminal: boolean;
  /** How long it took in milliseconds. */
  readonly ms: number;
}

/** Thrown when an experiment can't be made here, permissions aside. */
export class NotTried extends Error {
  /** Makes it; `message` says why. */
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "NotTried";
  }
}

/** The promise holds. */
export function held(seen: string): Finding {
  return { held: true, seen };
}

/** It does not. */
export function notHeld(seen: string): Finding {
  return { held: false, seen };
}
