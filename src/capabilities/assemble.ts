/**
 * The registry of a host, without the code of its capabilities.
 *
 * @module
 */

import { entropy } from "./entropy.ts";
import type { LoadCode } from "./code.ts";
import type { FetchStreams } from "./http/fetch_streams.ts";
import type { Inbound } from "./http/inbound_server.ts";
import { lazily } from "./lazy.ts";
import { logging } from "./logging.ts";
import {
  listenerNeeds,
  outboundNeeds,
  processNeeds,
  storageNeeds,
  udpNeeds,
} from "./needs.ts";
import { Registry } from "./registry.ts";
import { siblingCalls } from "./sibling_calls.ts";

/** How a thread of a host differs from a library's. */
export interface BuiltinOptions {
  /** Where HTTP requests come from. Default: listeners of the registry's own. */
  readonly inbound?: Inbound;
  /** Whether sibling calls hold the thread instead of suspending the guest. Default: no. */
  readonly blockingSiblings?: boolean;
}

/** A registry with everything that the host offers, the code of which comes from `load`. */
export function assemble(
  load: LoadCode,
  options: BuiltinOptions = {},
): Registry {
  const inbound = sharedInbound(load, options.inbound);
  const streams = sharedStreams(load);
  return new Registry()
    .always(logging())
    .always(entropy())
    .always(siblingCalls(options.blockingSiblings))
    .gated(
      lazily(
        "storage.sqlite",
        storageNeeds,
        async () => (await load("./sqlite.ts")).sqlite(),
      ),
    )
    .gated(
      lazily(
        "storage.fs",
        storageNeeds,
        async () => (await load("./fs.ts")).fs(),
      ),
    )
    .gated(
      lazily(
        "transport.http.inbound",
        listenerNeeds,
        async () =>
          (await load("./http_inbound.ts")).httpInbound({
            inbound: await inbound(),
            streams: await streams(),
          }),
      ),
    )
    .gated(
      lazily(
        "transport.ws.inbound",
        listenerNeeds,
        async () =>
          (await load("./ws_inbound.ts")).wsInbound({
            inbound: await inbound(),
          }),
      ),
    )
    .gated(
      lazily(
        "transport.sse",
        listenerNeeds,
        async () => (await load("./sse.ts")).sse({ inbound: await inbound() }),
      ),
    )
    .gated(
      lazily(
        "transport.http.outbound",
        outboundNeeds,
        async () =>
          (await load("./http_outbound.ts")).httpOutbound({
            streams: await streams(),
          }),
      ),
    )
    .gated(
      lazily(
        "network.udp",
        udpNeeds,
        async () => (await load("./udp.ts")).udp(),
      ),
    )
    .gated(
      lazily(
        "spawn.process",
        processNeeds,
        async () => (await load("./process.ts")).process(),
      ),
    );
}

/** What a cell fetches it may hand to its clients. */
function sharedStreams(load: LoadCode): () => Promise<FetchStreams> {
  let made: Promise<FetchStreams> | undefined;
  return () =>
    made ??= load("./http/fetch_streams.ts").then(({ FetchStreams }) =>
      new FetchStreams()
    );
}

/** HTTP, WebSocket and SSE stand on the same listeners. */
function sharedInbound(
  load: LoadCode,
  given: Inbound | undefined,
): () => Promise<Inbound> {
  let made: Promise<Inbound> | undefined = given && Promise.resolve(given);
  return () =>
    made ??= load("./http/inbound_server.ts").then(({ InboundServer }) =>
      new InboundServer()
    );
}
