/**
 * `transport.ws.inbound`: cells that hold WebSocket connections.
 *
 * @module
 */

import { decodeWsClose, decodeWsSend } from "../abi/ws.ts";
import { LIMITS } from "../limits.ts";
import type { Capability, CellContext, HostCall } from "./capability.ts";
import { readPath, taking } from "./guest_request.ts";
import type { Inbound } from "./http/inbound_server.ts";
import { listening } from "./http/listening.ts";
import type { WsEndpoint } from "./ws/endpoint.ts";

const NAME = "transport.ws.inbound";

/**
 * Makes the capability; `inbound` is where connections come from. Its routes
 * stand on the same listener as those of `transport.http.inbound` and come
 * first for requests that ask for a WebSocket. What it answers beside the
 * common codes:
 *
 * - `ws_register` 4: no path, too many routes, or the route is another cell's;
 *   5: the listener can't be bound
 * - `ws_send` 4: no such connection of this cell, an opcode other than 1 and
 *   2, a message over `LIMITS.wsMessageBytes`, or the client was too slow and
 *   is dropped
 * - `ws_close` 4: no such connection of this cell, a code that may not be
 *   sent, or a reason over 123 bytes
 *
 * A cell gets one `ws.close` for each `ws.open`, also behind a `ws_close` of
 * its own. Without a close frame from the client the code is 1006.
 */
export function wsInbound(inbound: Inbound): Capability {
  return listening(
    NAME,
    inbound,
    (cell, instance) => imports(cell, instance.ws),
  );
}

function imports(
  { memory }: CellContext,
  ws: WsEndpoint,
): Readonly<Record<string, HostCall>> {
  return {
    ws_register: (ptr = 0, len = 0) => {
      const path = readPath(memory, ptr, len);
      return typeof path === "number" ? path : ws.register(path);
    },
    ws_send: taking(
      memory,
      LIMITS.messageBytes,
      decodeWsSend,
      ({ connId, opcode, payload }) => ws.send(connId, opcode, payload),
    ),
    ws_close: taking(
      memory,
      LIMITS.messageBytes,
      decodeWsClose,
      ({ connId, code, reason }) => ws.close(connId, code, reason),
    ),
  };
}
