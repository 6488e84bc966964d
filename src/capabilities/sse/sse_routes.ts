/**
 * The paths on which one cell emits events.
 *
 * @module
 */

import { LIMITS } from "../../limits.ts";
import { RouteTable } from "../http/router.ts";

/** The patterns that an instance registered. */
export class SseRoutes {
  readonly #table = new RouteTable<true>(LIMITS.httpRoutes);

  /** Takes note of a pattern. */
  add(pattern: string): void {
    this.#table.add("", "GET", pattern, true);
  }

  /** Whether a pattern matches this path. */
  covers(path: string): boolean {
    return this.#table.match("GET", path) !== undefined;
  }

  /** Whether this pattern was added, whatever its parameters are called. */
  has(pattern: string): boolean {
    return this.#table.has("GET", pattern);
  }
}
