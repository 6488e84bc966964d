/**
 * The capabilities that come with the host.
 *
 * @module
 */

import { assemble, type BuiltinOptions } from "./assemble.ts";
import type { CodeModules, CodePath, LoadCode } from "./code.ts";
import type { Registry } from "./registry.ts";

// Deno loads what such an import names along with this module, so that it
// needs no permission for it later.
const IMPORTS: { readonly [P in CodePath]: () => Promise<CodeModules[P]> } = {
  "./sqlite.ts": () => import("./sqlite.ts"),
  "./fs.ts": () => import("./fs.ts"),
  "./http_inbound.ts": () => import("./http_inbound.ts"),
  "./ws_inbound.ts": () => import("./ws_inbound.ts"),
  "./sse.ts": () => import("./sse.ts"),
  "./http_outbound.ts": () => import("./http_outbound.ts"),
  "./udp.ts": () => import("./udp.ts"),
  "./process.ts": () => import("./process.ts"),
  "./http/fetch_streams.ts": () => import("./http/fetch_streams.ts"),
  "./http/inbound_server.ts": () => import("./http/inbound_server.ts"),
};

/** Loads any of the code: for threads that don't know what they will need. */
export const loadCode: LoadCode = (path) => IMPORTS[path]();

/**
 * A registry with everything that the host offers, and the extensions
 * registered so far. Each has listeners and connections of its own: make one
 * for each host.
 */
export function builtinRegistry(): Registry {
  return registryWith({});
}

/** The same with listeners or sibling calls of another kind. */
export function registryWith(options: BuiltinOptions): Registry {
  return assemble(loadCode, options);
}
