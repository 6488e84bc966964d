/**
 * The version of this program, from the one place that says it.
 *
 * @module
 */

import config from "../../deno.json" with { type: "json" };

/** Such as `0.1.0`. */
export const VERSION: string = config.version;
