/**
 * A whole outbound request: policy, resolution, redirects, the bounded body.
 *
 * @module
 */

import { messageOf, PulpError } from "../../errors.ts";
import { LIMITS } from "../../limits.ts";
import { readBounded } from "./bounded_body.ts";
import { sendChecked } from "./checked_dial.ts";
import { deniedBy, deniedByDeno } from "./fetch_errors.ts";
import type { HopContext, HopRequest, HopResponse } from "./fetch_hop.ts";
import { type IpAddress, parseIp } from "./ip_address.ts";
import { PinnedClients } from "./pinned_clients.ts";
import { followRedirect, type RedirectState } from "./redirect.ts";
import type { Resolve } from "./resolve.ts";

/** What the requests of one cell share. */
export interface ExchangeContext extends HopContext {
  readonly resolve: Resolve;
  readonly clients: PinnedClients;
  /** Default: `LIMITS.httpBodyBytes`. */
  readonly bodyBytes?: number;
}

/** The answer. Names and values as the wire had them. */
export interface ExchangeResult {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

/**
 * Follows redirects (at most `LIMITS.fetchRedirects`), judging each hop, and
 * reads the body. Throws `permission` for a target that is not allowed, `host`
 * for everything else; what `signal` was aborted with is thrown as it is.
 */
export async function exchange(
  first: RedirectState,
  context: ExchangeContext,
  signal: AbortSignal,
): Promise<ExchangeResult> {
  let state = first;
  for (let hops = 0;; hops++) {
    const response = await send({ ...state, signal }, context);
    try {
      const next = followRedirect(
        state,
        response.status,
        response.headers.find(([name]) => name.toLowerCase() === "location")
          ?.[1],
      );
      if (next === undefined) return await readAnswer(state, response, context);
      if (hops === LIMITS.fetchRedirects) {
        throw new PulpError(
          "host",
          `Cannot fetch "${hostOf(first)}": stopped after ${hops} redirects`,
        );
      }
      state = next;
    } finally {
      await response.cancel();
    }
  }
}

async function send(
  request: HopRequest,
  context: ExchangeContext,
): Promise<HopResponse> {
  const { target } = request.to;
  const denial = context.policy.checkTarget(target);
  if (denial !== undefined) throw deniedBy(denial, target);
  try {
    const addresses = await addressesOf(request, context);
    for (const address of addresses ?? []) {
      const denial = context.policy.checkAddress(target, address);
      if (denial !== undefined) throw deniedBy(denial, target);
    }
    // `fetch` sends no body with these; a search API may want one.
    const plain = request.body === undefined ||
      (request.method !== "GET" && request.method !== "HEAD");
    return plain &&
        addresses?.every((address) =>
          PinnedClients.usable(target.host, address, target.port)
        )
      ? await sendToFirst(request, context.clients, addresses)
      : await sendChecked(request, context);
  } catch (error) {
    request.signal.throwIfAborted();
    if (error instanceof PulpError) throw error;
    if (error instanceof Deno.errors.NotCapable) {
      throw deniedByDeno(target, error);
    }
    throw new PulpError(
      "host",
      `Cannot fetch from "${target.host}:${target.port}": ${rootOf(error)}`,
      { cause: error },
    );
  }
}

/** `undefined` when only the connection will tell. */
async function addressesOf(
  { to: { target }, signal }: HopRequest,
  { resolve }: ExchangeContext,
): Promise<readonly IpAddress[] | undefined> {
  if (target.literal !== undefined) return [target.literal];
  const found = await abortable(resolve(target.host), signal);
  if (found === undefined) return undefined;
  if (found.length === 0) throw new Error("the name has no address");
  return found.map((text) => {
    const address = parseIp(text);
    if (address === undefined) throw new Error(`"${text}" is not an address`);
    return address;
  });
}

/** The first address that takes a connection; after that nothing is sent twice. */
async function sendToFirst(
  request: HopRequest,
  clients: PinnedClients,
  addresses: readonly IpAddress[],
): Promise<HopResponse> {
  for (const [i, address] of addresses.entries()) {
    try {
      return await clients.send(request, address);
    } catch (error) {
      const unsent = rootOf(error).includes("client error (Connect)");
      if (!unsent || i === addresses.length - 1) throw error;
      request.signal.throwIfAborted();
    }
  }
  throw new Error("the name has no address");
}

async function readAnswer(
  { method }: RedirectState,
  { status, headers, body, decoded }: HopResponse,
  { bodyBytes = LIMITS.httpBodyBytes }: ExchangeContext,
): Promise<ExchangeResult> {
  const declared = headers.find(([name]) =>
    name.toLowerCase() === "content-length"
  )?.[1];
  // To HEAD the length says what GET would bring.
  const isTooLong = method !== "HEAD" && !decoded &&
    Number(declared) > bodyBytes;
  let read: Uint8Array | undefined;
  if (!isTooLong) {
    try {
      read = await readBounded(body, bodyBytes);
    } catch (cause) {
      throw new PulpError(
        "host",
        `Cannot read the body of the answer: ${rootOf(cause)}`,
        { cause },
      );
    }
  }
  if (read === undefined) {
    throw new PulpError(
      "host",
      `Cannot read the body of the answer: it is over ${bodyBytes} bytes`,
    );
  }
  const fields = decoded
    ? headers.filter(([name]) => !/^content-(encoding|length)$/i.test(name))
    : headers;
  return { status, headers: fields, body: read };
}

async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function hostOf({ to: { target } }: RedirectState): string {
  return `${target.host}:${target.port}`;
}

/** `fetch failed` says nothing; its cause does. */
function rootOf(error: unknown): string {
  return messageOf(
    error instanceof Error && error.cause !== undefined ? error.cause : error,
  );
}
