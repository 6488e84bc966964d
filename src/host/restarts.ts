/**
 * Whether and when a cell is started again.
 *
 * @module
 */

import type { PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { RestartPolicy } from "../manifest/spec.ts";

/** What to do about an instance that ended. */
export type RestartDecision =
  | { readonly restart: true; readonly afterMs: number }
  | { readonly restart: false; readonly reason: string };

/** The restarts of one cell: a policy, a back-off and a breaker. */
export class Restarts {
  readonly #policy: RestartPolicy;
  #recent: number[] = [];
  #over: string | undefined;

  /** Prepares for the policy that a manifest names. */
  constructor(policy: RestartPolicy) {
    this.#policy = policy;
  }

  /** Restarts within the window that ends at the last decision. */
  get recent(): number {
    return this.#recent.length;
  }

  /** From now on there are none, whatever the policy says. */
  end(reason: string): void {
    this.#over = reason;
  }

  /** Decides about an instance that ended at `now`, in milliseconds of any clock. */
  decide(error: PulpError, now: number): RestartDecision {
    if (this.#over !== undefined) {
      return { restart: false, reason: this.#over };
    }
    const left = /exited with status 0 /.test(error.message) &&
      error.code === "exit";
    if (this.#policy === "never") {
      return { restart: false, reason: `restart = "never"` };
    }
    if (left && this.#policy === "on_crash") {
      return { restart: false, reason: "it exited with status 0" };
    }
    this.#recent = this.#recent.filter((time) =>
      now - time < LIMITS.restartWindowMs
    );
    if (this.#recent.length >= LIMITS.restarts) {
      return {
        restart: false,
        reason: `${LIMITS.restarts} restarts in ${
          LIMITS.restartWindowMs / 1000
        } s`,
      };
    }
    const afterMs = this.#recent.length === 0
      ? 0
      : LIMITS.restartPauseMs * 2 ** (this.#recent.length - 1);
    this.#recent.push(now);
    return { restart: true, afterMs };
  }
}
