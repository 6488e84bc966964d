/**
 * `transport.http.outbound`: HTTP requests that a cell makes.
 *
 * @module
 */

import { CODE } from "../abi/codes.ts";
import { decodeHttpFetch, type HttpFetch } from "../abi/http.ts";
import { encodeHttpFetchResult } from "../abi/http.ts";
import { messageOf, PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Capability, CellContext, HostCall } from "./capability.ts";
import { shapesOf } from "./contract.ts";
import { outboundNeeds } from "./needs.ts";
import { EgressPolicy } from "./http/egress.ts";
import type { DialContext } from "./http/dial.ts";
import { exchange } from "./http/exchange.ts";
import { joinFields, toRequest } from "./http/fetch_fields.ts";
import { readMessage } from "./http/guest_message.ts";
import { type Resolve, systemResolve } from "./http/resolve.ts";

const NAME = "transport.http.outbound";

/** Options of {@linkcode httpOutbound}. */
export interface HttpOutboundOptions {
  /** From names to addresses. Default: the system's resolver. */
  readonly resolve?: Resolve;
  /** Further certificate authorities to trust, in PEM. Default: none. */
  readonly caCerts?: readonly string[];
}

/**
 * Makes the capability. What it answers beside the common codes:
 *
 * - 4: the request is malformed, or it failed: no connection, no answer in
 *   time, more than `LIMITS.fetchRedirects` redirects, a body over
 *   `LIMITS.httpBodyBytes`
 * - 11: the manifest or Deno does not allow the target, or one that it
 *   redirects to. The Go host says 4 here; the contract has a code for it.
 *
 * Either is logged with what to do. The streaming functions answer 4 so far.
 */
export function httpOutbound(options: HttpOutboundOptions = {}): Capability {
  return {
    name: NAME,
    stubs: shapesOf(NAME),
    permissions: outboundNeeds,
    imports: (cell) => imports(cell, options),
  };
}

function imports(
  cell: CellContext,
  { resolve = systemResolve, caCerts = [] }: HttpOutboundOptions,
): Readonly<Record<string, HostCall>> {
  const context: DialContext = {
    policy: new EgressPolicy(cell.spec.permissions.net),
    resolve,
    caCerts,
  };
  let underWay = 0;

  return {
    http_fetch: (ptr = 0, len = 0, ptrOut = 0, lenOut = 0) => {
      const bytes = readMessage(cell.memory, ptr, len, LIMITS.stepBytes);
      if (typeof bytes === "number") return bytes;
      let request: HttpFetch;
      try {
        request = decodeHttpFetch(bytes);
      } catch {
        return CODE.undecodable;
      }
      // A request whose answer can't be handed over is not made.
      if (!cell.memory.holds(ptrOut, 4) || !cell.memory.holds(lenOut, 4)) {
        return CODE.range;
      }
      if (underWay === LIMITS.fetchConcurrent) {
        report(cell, new Error(`${underWay} requests are under way`));
        return CODE.failed;
      }
      underWay++;
      return fetchFor(cell, request, context).then((answer) =>
        typeof answer === "number"
          ? answer
          : cell.memory.respond(answer, ptrOut, lenOut)
      ).finally(() => underWay--);
    },
    // Streams are not served yet; a cell takes 4 for a request that failed.
    http_fetch_begin: () => CODE.failed,
    http_fetch_read: () => CODE.failed,
    http_fetch_close: () => CODE.ok,
  };
}

/** The encoded answer, or a code. Never rejects. */
async function fetchFor(
  cell: CellContext,
  fetch: HttpFetch,
  context: DialContext,
): Promise<Uint8Array | number> {
  const deadline = new AbortController();
  const timeoutMs = timeoutOf(fetch);
  const timer = setTimeout(() => {
    deadline.abort(new Error(`no whole answer within ${timeoutMs} ms`));
  }, timeoutMs);
  const signal = AbortSignal.any([cell.signal, deadline.signal]);
  try {
    const { status, headers, body } = await exchange(
      toRequest(fetch),
      context,
      signal,
    );
    signal.throwIfAborted();
    return encodeHttpFetchResult({
      id: 0,
      status,
      headers: joinFields(headers),
      body,
    });
  } catch (error) {
    // The instance is gone, and nobody waits for the code.
    if (cell.signal.aborted) return CODE.failed;
    const cause = deadline.signal.aborted ? deadline.signal.reason : error;
    report(cell, cause, fetch);
    return cause instanceof PulpError && cause.code === "permission"
      ? CODE.notAllowed
      : CODE.failed;
  } finally {
    clearTimeout(timer);
  }
}

/** In milliseconds; a timer takes no more than 24.8 days. */
function timeoutOf({ timeoutNs = 0n }: HttpFetch): number {
  if (timeoutNs <= 0n) return LIMITS.fetchTimeoutMs;
  return Math.min(Number(timeoutNs) / 1e6, 2 ** 31 - 1);
}

function report(cell: CellContext, error: unknown, fetch?: HttpFetch): void {
  const denied = error instanceof PulpError && error.code === "permission";
  cell.logger.log("warn", denied ? "fetch not allowed" : "fetch failed", {
    capability: NAME,
    // Neither path nor query: either may hold a secret.
    ...(fetch === undefined ? {} : { target: originOf(fetch.url) }),
    error: messageOf(error),
    ...(error instanceof PulpError && error.hint !== undefined
      ? { hint: error.hint }
      : {}),
  });
}

function originOf(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? "" : `${parsed.protocol}//${parsed.host}`;
}
