/**
 * `transport.http.outbound`: HTTP requests that a cell makes.
 *
 * @module
 */

import { CODE } from "../abi/codes.ts";
import {
  decodeHttpFetch,
  encodeHttpFetchChunk,
  encodeHttpFetchHead,
  encodeHttpFetchResult,
  type HttpFetch,
  httpFetchHeadBytes,
} from "../abi/http.ts";
import { messageOf, PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Capability, CellContext, HostCall } from "./capability.ts";
import { shapesOf } from "./contract.ts";
import { logFailedCall } from "./failed_call.ts";
import { readRequest } from "./guest_request.ts";
import { outboundNeeds } from "./needs.ts";
import { EgressPolicy } from "./net/egress.ts";
import type { DialContext } from "./http/dial.ts";
import { exchange, openExchange } from "./http/exchange.ts";
import { joinFields, toRequest } from "./http/fetch_fields.ts";
import { FetchStreams } from "./http/fetch_streams.ts";
import { type Resolve, systemResolve } from "./net/resolve.ts";

const NAME = "transport.http.outbound";
const FAILED_CALL = { denied: "fetch not allowed", failed: "fetch failed" };

/** Options of {@linkcode httpOutbound}. */
export interface HttpOutboundOptions {
  /** From names to addresses. Default: the system's resolver. */
  readonly resolve?: Resolve;
  /** Further certificate authorities to trust, in PEM. Default: none. */
  readonly caCerts?: readonly string[];
  /** Where streams are kept for `http_respond_stream`. Default: nowhere that it looks. */
  readonly streams?: FetchStreams;
}

/**
 * Makes the capability. What it answers beside the common codes:
 *
 * - 4: the request is malformed or over `LIMITS.fetchRequestHeadBytes` without
 *   its body, or it failed: no connection, no answer in time, more than
 *   `LIMITS.fetchRedirects` redirects, a body over `LIMITS.httpBodyBytes`
 * - 11: the manifest or Deno does not allow the target, or one that it
 *   redirects to. The Go host says 4 here; the contract has a code for it.
 *
 * Either is logged with what to do. `http_fetch_begin` answers 4 also for a
 * cell with `LIMITS.fetchStreams` streams. `http_fetch_read` waits for a byte,
 * the end or a failure, and tells all three, and an unknown id, in its record;
 * 1: a most of 0 bytes. A stream has no time limit but the one that the cell
 * gives it, which is for the whole of it.
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
  options: HttpOutboundOptions,
): Readonly<Record<string, HostCall>> {
  const { resolve = systemResolve, caCerts = [] } = options;
  const context: DialContext = {
    policy: new EgressPolicy(cell.spec.permissions.net),
    resolve,
    caCerts,
  };
  const { streams = new FetchStreams() } = options;
  cell.onClose(() => streams.closeAll(cell));
  let underWay = 0;

  const take = (
    make: (request: HttpFetch) => Promise<Uint8Array | Opened | number>,
  ): HostCall =>
  async (ptr = 0, len = 0, ptrOut = 0, lenOut = 0) => {
    const request = readRequest(
      cell.memory,
      ptr,
      len,
      LIMITS.stepBytes,
      decodeRequest,
    );
    if (typeof request === "number") return request;
    // A request whose answer can't be handed over is not made.
    if (!cell.memory.holds(ptrOut, 4) || !cell.memory.holds(lenOut, 4)) {
      return CODE.writeFailed;
    }
    if (request === "too long") {
      report(cell, tooLong());
      return CODE.failed;
    }
    if (underWay === LIMITS.fetchConcurrent) {
      report(cell, new Error(`${underWay} requests are under way`));
      return CODE.failed;
    }
    underWay++;
    try {
      const answer = await make(request);
      if (typeof answer === "number") return answer;
      if (answer instanceof Uint8Array) {
        return cell.memory.respond(answer, ptrOut, lenOut);
      }
      const code = cell.memory.respond(answer.head, ptrOut, lenOut);
      // Nobody knows its id.
      if (code !== CODE.ok) streams.take(cell, answer.id)?.close();
      return code;
    } finally {
      underWay--;
    }
  };

  return {
    http_fetch: take((request) => fetchFor(cell, request, context)),
    http_fetch_begin: take((request) => begin(cell, request, context, streams)),
    http_fetch_read: async (
      lo = 0,
      hi = 0,
      max = 0,
      ptrOut = 0,
      lenOut = 0,
    ) => {
      if (max === 0) return CODE.empty;
      if (!cell.memory.holds(ptrOut, 4) || !cell.memory.holds(lenOut, 4)) {
        return CODE.writeFailed;
      }
      const most = Math.min(max >>> 0, LIMITS.fetchReadBytes);
      const chunk = await read(cell, streamId(lo, hi), most, streams);
      return cell.memory.respond(chunk, ptrOut, lenOut);
    },
    http_fetch_close: (lo = 0, hi = 0) => {
      streams.take(cell, streamId(lo, hi))?.close();
      return CODE.ok;
    },
  };
}

/** A request, unless it is one that nothing is to be made of. */
function decodeRequest(bytes: Uint8Array): HttpFetch | "too long" {
  const most = LIMITS.fetchRequestHeadBytes;
  return bytes.length > most && httpFetchHeadBytes(bytes) > most
    ? "too long"
    : decodeHttpFetch(bytes);
}

function tooLong(): PulpError {
  const most = LIMITS.fetchRequestHeadBytes;
  return new PulpError(
    "host",
    `Cannot fetch: method, URL and headers are over ${most} bytes together`,
    { hint: "send what is large as the body" },
  );
}

/** The halves of an id that the wire carries apart. */
function streamId(lo: number, hi: number): bigint {
  return BigInt(hi >>> 0) << 32n | BigInt(lo >>> 0);
}

/** A stream, and the encoded record that tells the cell of it. */
interface Opened {
  readonly id: bigint;
  readonly head: Uint8Array;
}

/** Opens a stream, or gives a code. Never rejects. */
async function begin(
  cell: CellContext,
  fetch: HttpFetch,
  context: DialContext,
  streams: FetchStreams,
): Promise<Opened | number> {
  const release = streams.claim(cell);
  if (release === undefined) {
    report(cell, new Error(`${LIMITS.fetchStreams} streams are open`), fetch);
    return CODE.failed;
  }
  const stop = new AbortController();
  const limit = fetch.timeoutNs === undefined ? undefined : timeoutOf(fetch);
  const timer = limit === undefined ? undefined : setTimeout(() => {
    stop.abort(new Error(`no whole answer within ${limit} ms`));
  }, limit);
  // Until it is open: a stream may outlive its instance.
  const end = (): void => stop.abort(cell.signal.reason);
  cell.signal.addEventListener("abort", end, { once: true });
  try {
    cell.signal.throwIfAborted();
    const { status, headers, body, length, close } = await openExchange(
      toRequest(fetch),
      context,
      stop.signal,
    );
    const source = {
      body,
      length,
      close: () => {
        clearTimeout(timer);
        close();
      },
    };
    const id = streams.add(cell, source, release);
    if (cell.signal.aborted) streams.closeAll(cell);
    const fields = joinFields(headers);
    return { id, head: encodeHttpFetchHead({ id, status, headers: fields }) };
  } catch (error) {
    clearTimeout(timer);
    release();
    return failure(cell, error, fetch);
  } finally {
    cell.signal.removeEventListener("abort", end);
  }
}

/** The encoded record of what came. Never rejects. */
async function read(
  cell: CellContext,
  id: bigint,
  most: number,
  streams: FetchStreams,
): Promise<Uint8Array> {
  const stream = streams.get(cell, id);
  if (stream === undefined) {
    return encodeHttpFetchChunk({ eof: false, err: `no such stream id ${id}` });
  }
  try {
    const bytes = await stream.read(most);
    return bytes === undefined
      ? encodeHttpFetchChunk({ eof: true })
      : encodeHttpFetchChunk({ bytes, eof: false });
  } catch (error) {
    return encodeHttpFetchChunk({ eof: false, err: messageOf(error) });
  }
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
    return failure(
      cell,
      deadline.signal.aborted ? deadline.signal.reason : error,
      fetch,
    );
  } finally {
    clearTimeout(timer);
  }
}

/** The code for what went wrong, with a record. */
function failure(cell: CellContext, cause: unknown, fetch: HttpFetch): number {
  // The instance is gone, and nobody waits for the code.
  if (cell.signal.aborted) return CODE.failed;
  return report(cell, cause, fetch) ? CODE.notAllowed : CODE.failed;
}

/** In milliseconds; a timer takes no more than 24.8 days. */
function timeoutOf({ timeoutNs = 0n }: HttpFetch): number {
  if (timeoutNs <= 0n) return LIMITS.fetchTimeoutMs;
  return Math.min(Number(timeoutNs) / 1e6, 2 ** 31 - 1);
}

/** Whether it was not allowed. */
function report(cell: CellContext, error: unknown, fetch?: HttpFetch): boolean {
  // Neither path nor query: either may hold a secret.
  const target = fetch === undefined ? {} : { target: originOf(fetch.url) };
  return logFailedCall(cell, NAME, FAILED_CALL, error, target);
}

function originOf(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? "" : `${parsed.protocol}//${parsed.host}`;
}
