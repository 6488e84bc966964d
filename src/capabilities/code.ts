/**
 * Where the code of the capabilities is. A thread loads what its cells need.
 *
 * @module
 */

/** The modules, by their paths from here. */
export interface CodeModules {
  "./sqlite.ts": typeof import("./sqlite.ts");
  "./fs.ts": typeof import("./fs.ts");
  "./http_inbound.ts": typeof import("./http_inbound.ts");
  "./ws_inbound.ts": typeof import("./ws_inbound.ts");
  "./sse.ts": typeof import("./sse.ts");
  "./http_outbound.ts": typeof import("./http_outbound.ts");
  "./udp.ts": typeof import("./udp.ts");
  "./process.ts": typeof import("./process.ts");
  "./http/fetch_streams.ts": typeof import("./http/fetch_streams.ts");
  "./http/inbound_server.ts": typeof import("./http/inbound_server.ts");
}

/** The path of one of the modules. */
export type CodePath = keyof CodeModules;

/** Loads one of the modules. */
export type LoadCode = <P extends CodePath>(path: P) => Promise<CodeModules[P]>;
