/**
 * The host functions of the contract, by capability: which numbers of
 * parameters cells import them with. What a manifest doesn't declare is bound
 * from here as stubs.
 *
 * @module
 */

import type { ImportShapes } from "./capability.ts";

/** Every capability of the contract and the functions that it provides. */
export const CONTRACT: Readonly<Record<string, ImportShapes>> = {
  "pulp.sibling": { pulp_call: { params: [8], suspending: true } },
  "entropy.read": { entropy_read: { params: [4] } },
  "log.write": { log_write: { params: [3] } },
  "storage.sqlite": {
    sqlite_exec: { params: [4, 6] },
    sqlite_query: { params: [6] },
  },
  "storage.fs": {
    fs_read: { params: [4] },
    fs_write: { params: [4, 6] },
    fs_delete: { params: [2] },
    fs_remove_all: { params: [2] },
    fs_list: { params: [4] },
    fs_stat: { params: [4] },
    fs_rename: { params: [2] },
    fs_mkdir_all: { params: [2] },
    fs_chmod: { params: [2] },
    fs_create_temp: { params: [4] },
    fs_mkdir_temp: { params: [4] },
  },
  "transport.http.inbound": {
    http_register: { params: [2] },
    http_listen: { params: [2] },
    http_respond: { params: [2] },
    http_respond_stream: { params: [2] },
  },
  "transport.http.outbound": {
    http_fetch: { params: [4], suspending: true },
    http_fetch_begin: { params: [4], suspending: true },
    http_fetch_read: { params: [5], suspending: true },
    http_fetch_close: { params: [2] },
  },
  "transport.ws.inbound": {
    ws_register: { params: [2] },
    ws_send: { params: [2] },
    ws_close: { params: [2] },
  },
  "transport.sse": {
    sse_register: { params: [2] },
    sse_emit: { params: [2] },
    sse_has_subscribers: { params: [3] },
  },
  "network.udp": {
    udp_listen: { params: [4], suspending: true },
    udp_send: { params: [4], suspending: true },
    udp_close: { params: [2] },
  },
  "spawn.process": {
    process_run: { params: [2] },
    process_result: { params: [3], suspending: true },
    process_cancel: { params: [1] },
    process_pending: { params: [0], suspending: true },
  },
};

/** The shapes of one capability of the contract. */
export function shapesOf(capability: string): ImportShapes {
  const shapes = CONTRACT[capability];
  if (shapes === undefined) {
    throw new TypeError(`Cannot find "${capability}" in the contract`);
  }
  return shapes;
}

/** The capability of the contract that provides a function, if one does. */
export function providerOf(name: string): string | undefined {
  return Object.keys(CONTRACT).find((capability) =>
    Object.hasOwn(CONTRACT[capability] ?? {}, name)
  );
}
