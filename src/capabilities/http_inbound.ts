/**
 * `transport.http.inbound`: cells that answer HTTP requests.
 *
 * @module
 */

import { CODE } from "../abi/codes.ts";
import {
  decodeHttpListen,
  decodeHttpRegister,
  decodeHttpRespond,
  decodeHttpRespondStream,
} from "../abi/http.ts";
import { messageOf } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Capability, CellContext, HostCall } from "./capability.ts";
import { blockReader, type readMessage, taking } from "./guest_request.ts";
import { type Answer, checkAnswer, checkStreamAnswer } from "./http/answer.ts";
import type { FetchStreams } from "./http/fetch_streams.ts";
import type { Inbound, InboundInstance } from "./http/inbound_server.ts";
import { listening } from "./http/listening.ts";

const NAME = "transport.http.inbound";

/** The longest route with its method, or an address: a thread that may serve other cells looks at them. */
const ROUTE_BYTES = 8 * LIMITS.httpRouteChars;

/**
 * Makes the capability; `inbound` is where requests come from, and `streams`
 * holds what `http_fetch_begin` opened, for `http_respond_stream`. The cells of
 * one registry share the listener on `HostEnv.listen`, which starts with the
 * first route; `http_listen` gives a cell another one. What it answers beside
 * the common codes:
 *
 * - `http_register` 4: no method or path, too many routes, or the route is
 *   another cell's; 5: the shared listener can't be bound
 * - `http_listen` 4: no address; 5: it can't be bound; 6: the cell has routes
 *   already, or another address; 11: the manifest has a list and not this
 * - `http_respond` 4: no such request of this cell waits, or the answer can't
 *   be sent: a status below 200 or over 599, a malformed header
 * - `http_respond_stream` 4: no such stream of this cell, or the answer can't
 *   be sent; 5: no such request; the stream is gone in any case
 *
 * While a cell is down its routes answer 503; an instance that follows takes
 * them over by registering them again.
 */
export function httpInbound(
  inbound: Inbound,
  streams: FetchStreams,
): Capability {
  return listening(
    NAME,
    inbound,
    (cell, instance) => imports(cell, instance, streams),
  );
}

function imports(
  cell: CellContext,
  instance: InboundInstance,
  streams: FetchStreams,
): Readonly<Record<string, HostCall>> {
  const take = <T extends object>(
    decode: (bytes: Uint8Array) => T,
    use: (request: T) => number,
    limit = ROUTE_BYTES,
    read?: typeof readMessage,
  ): HostCall => taking(cell.memory, limit, decode, use, read);
  const answer = (
    id: bigint,
    checked: Answer | string,
    unknownRequest: number,
  ): number => {
    if (typeof checked !== "string") {
      return instance.answer(id, checked) ? CODE.ok : unknownRequest;
    }
    cell.logger.log("warn", "http answer refused", {
      capability: NAME,
      error: `Cannot send an answer: ${checked}`,
    });
    return CODE.failed;
  };
  return {
    http_register: take(
      decodeHttpRegister,
      ({ method, path }) => instance.register(method, path),
    ),
    http_listen: take(decodeHttpListen, ({ addr }) => instance.listen(addr)),
    http_respond: take(
      decodeHttpRespond,
      (respond) => answer(respond.id, checkAnswer(respond), CODE.failed),
      LIMITS.stepBytes,
      blockReader(),
    ),
    http_respond_stream: take(decodeHttpRespondStream, (respond) => {
      const stream = streams.take(cell, respond.streamId);
      if (stream === undefined) return CODE.failed;
      stream.onBreak = (error) =>
        cell.logger.log("warn", "http answer broken off", {
          capability: NAME,
          error: messageOf(error),
        });
      const checked = checkStreamAnswer(respond, stream);
      const code = answer(respond.id, checked, CODE.refused);
      if (code !== CODE.ok) stream.close();
      return code;
    }, LIMITS.messageBytes),
  };
}
