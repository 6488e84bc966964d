/**
 * `transport.sse`: cells that emit events to clients that listen.
 *
 * @module
 */

import { CODE } from "../abi/codes.ts";
import { decodeSseEmit } from "../abi/sse.ts";
import { LIMITS } from "../limits.ts";
import type { Capability, CellContext, HostCall } from "./capability.ts";
import { readPath, taking } from "./guest_request.ts";
import type { Inbound } from "./http/inbound_server.ts";
import { listening } from "./http/listening.ts";
import { encodeSseEvent, faultOfEvent } from "./sse/frame.ts";
import type { SseEndpoint } from "./sse/endpoint.ts";

const NAME = "transport.sse";

/**
 * Makes the capability; `inbound` is where subscribers come from. Its routes
 * are GET routes on the same listener as those of `transport.http.inbound`.
 * What it answers beside the common codes:
 *
 * - `sse_register` 4: no path, too many routes, or the route is another
 *   cell's; 5: the listener can't be bound
 * - `sse_emit` 4: no route of this cell covers the path, or `id` or `event`
 *   holds a line end, which would make another field of the rest, or the
 *   event is larger than `LIMITS.sseEventBytes` as it goes out
 * - `sse_has_subscribers` 8: the count can't be written
 *
 * Only clients of this instance of this cell, on exactly this path, get an
 * event, and only from the moment on in which they came.
 */
export function sse(inbound: Inbound): Capability {
  return listening(
    NAME,
    inbound,
    (cell, instance) => imports(cell, instance.sse),
  );
}

function imports(
  { memory, logger }: CellContext,
  endpoint: SseEndpoint,
): Readonly<Record<string, HostCall>> {
  return {
    sse_register: (ptr = 0, len = 0) => {
      const path = readPath(memory, ptr, len);
      return typeof path === "number" ? path : endpoint.register(path);
    },
    sse_emit: taking(
      memory,
      LIMITS.messageBytes,
      decodeSseEmit,
      (event) => {
        const fault = faultOfEvent(event);
        if (fault === undefined) {
          return endpoint.emit(event.path, () => encodeSseEvent(event));
        }
        logger.log("warn", "sse event refused", {
          capability: NAME,
          path: event.path.slice(0, 200),
          error: `Cannot emit an event: ${fault}`,
        });
        return CODE.failed;
      },
    ),
    sse_has_subscribers: (ptr = 0, len = 0, countOut = 0) => {
      const path = readPath(memory, ptr, len);
      if (typeof path === "number") return path;
      return memory.writeU32(countOut, endpoint.subscribers(path))
        ? CODE.ok
        : CODE.writeFailed;
    },
  };
}
