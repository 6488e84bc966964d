/**
 * The capabilities that come with the host.
 *
 * @module
 */

import { entropy } from "./entropy.ts";
import { httpInbound } from "./http_inbound.ts";
import { httpOutbound } from "./http_outbound.ts";
import { logging } from "./logging.ts";
import { Registry } from "./registry.ts";
import { siblingCalls } from "./sibling_calls.ts";
import { sqlite } from "./sqlite.ts";

/**
 * A registry with everything that the host offers, and the extensions
 * registered so far. Each has listeners and connections of its own: make one
 * for each host.
 */
export function builtinRegistry(): Registry {
  return new Registry()
    .always(logging())
    .always(entropy())
    .always(siblingCalls())
    .gated(sqlite())
    .gated(httpInbound())
    .gated(httpOutbound());
}
