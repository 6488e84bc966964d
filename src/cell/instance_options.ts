/**
 * What an instance of a cell is made with.
 *
 * @module
 */

import type { HostEnv, SiblingCalls } from "../capabilities/capability.ts";
import type { Registry } from "../capabilities/registry.ts";
import type { Logger } from "../logger.ts";

/** Who watches how long the entry points of a cell run. */
export interface DeadlineWatch {
  /** Word 0 is counted up when an entry point begins, and when it ends. */
  readonly pulse: Int32Array;
  /** Tells the watcher which word stops the guest. */
  attach(guard: Int32Array): void;
  /** The cell needs no more watching. */
  end(): void;
}

/** What an instance is made with. */
export interface InstanceOptions {
  readonly registry: Registry;
  readonly logger: Logger;
  readonly env: HostEnv;
  readonly siblings?: SiblingCalls;
  /** `NAME=value` entries that the guest may see. */
  readonly environ: readonly string[];
  /** Closes the instance. While it starts, what it is aborted with is thrown. */
  readonly signal?: AbortSignal;
  /** The number of the first step. Default: 0. */
  readonly firstStep?: number;
  /** Told once when the instance has ended, for whatever reason. */
  readonly onEnd?: () => void;
  /** Who keeps `call_timeout_ms`; without it nothing does. */
  readonly deadline?: DeadlineWatch;
  /** Whether events and calls that wait are to be turned away: the cell was to stop by now. */
  readonly isLeaving?: () => boolean;
  /** Told what gets to the guest: the tag of a step, call or event, 0 for what has none. */
  readonly onEntry?: (tag: number) => void;
  /** Told after each step that ended well: its number, and whether it took an event. */
  readonly onStep?: (callNumber: number, event: boolean) => void;
}
