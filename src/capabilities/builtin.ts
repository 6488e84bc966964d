/**
 * The capabilities that come with the host. Their code is loaded when a cell
 * needs it.
 *
 * @module
 */

import { entropy } from "./entropy.ts";
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

// What an import() names by a plain text Deno loads along with this module, so
// that a thread needs no permission for it later.

/** How a thread of a host differs from a library's. */
export interface BuiltinOptions {
  /** Where HTTP requests come from. Default: listeners of the registry's own. */
  readonly inbound?: () => Promise<Inbound>;
  /** Whether sibling calls hold the thread instead of suspending the guest. Default: no. */
  readonly blockingSiblings?: boolean;
}

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
  const inbound = sharedInbound(options.inbound);
  const streams = sharedStreams();
  return new Registry()
    .always(logging())
    .always(entropy())
    .always(siblingCalls(options.blockingSiblings))
    .gated(
      lazily(
        "storage.sqlite",
        storageNeeds,
        async () => (await import("./sqlite.ts")).sqlite(),
      ),
    )
    .gated(
      lazily(
        "storage.fs",
        storageNeeds,
        async () => (await import("./fs.ts")).fs(),
      ),
    )
    .gated(
      lazily(
        "transport.http.inbound",
        listenerNeeds,
        async () =>
          (await import("./http_inbound.ts")).httpInbound(
            await inbound(),
            await streams(),
          ),
      ),
    )
    .gated(
      lazily(
        "transport.ws.inbound",
        listenerNeeds,
        async () =>
          (await import("./ws_inbound.ts")).wsInbound(await inbound()),
      ),
    )
    .gated(
      lazily(
        "transport.sse",
        listenerNeeds,
        async () => (await import("./sse.ts")).sse(await inbound()),
      ),
    )
    .gated(
      lazily(
        "transport.http.outbound",
        outboundNeeds,
        async () =>
          (await import("./http_outbound.ts")).httpOutbound({
            streams: await streams(),
          }),
      ),
    )
    .gated(
      lazily(
        "network.udp",
        udpNeeds,
        async () => (await import("./udp.ts")).udp(),
      ),
    )
    .gated(
      lazily(
        "spawn.process",
        processNeeds,
        async () => (await import("./process.ts")).process(),
      ),
    );
}

/** What a cell fetches it may hand to its clients. */
function sharedStreams(): () => Promise<FetchStreams> {
  let made: Promise<FetchStreams> | undefined;
  return () =>
    made ??= import("./http/fetch_streams.ts").then(({ FetchStreams }) =>
      new FetchStreams()
    );
}

/** HTTP, WebSocket and SSE stand on the same listeners. */
function sharedInbound(
  make: () => Promise<Inbound> = async () => {
    const { InboundServer } = await import("./http/inbound_server.ts");
    return new InboundServer();
  },
): () => Promise<Inbound> {
  let made: Promise<Inbound> | undefined;
  return () => made ??= make();
}
