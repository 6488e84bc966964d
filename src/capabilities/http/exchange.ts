/**
 * An outbound request: policy, resolution, redirects; the body either whole
 * and bounded, or as it comes.
 *
 * @module
 */

import { messageOf, PulpError } from "../../errors.ts";
import { LIMITS } from "../../limits.ts";
import { readBounded } from "./bounded_body.ts";
import { fromByteString } from "./header_text.ts";
import { closeQuietly, dial, type DialContext } from "./dial.ts";
import { deniedByDeno } from "./fetch_errors.ts";
import { type HopResponse, sendHop } from "./fetch_hop.ts";
import { followRedirect, type RedirectState } from "./redirect.ts";
import { type BodySource, piecesOf } from "./response_body.ts";

/** The answer. Names and values as the wire had them. */
export interface ExchangeResult {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

/** An answer whose body is still to come. */
export interface OpenExchange extends HopResponse {
  /** Closes the connection. Twice is fine. */
  close(): void;
}

/**
 * As {@linkcode openExchange}, and reads the body. Throws the same, and `host`
 * for a body over `LIMITS.httpBodyBytes` or one that breaks off.
 */
export async function exchange(
  first: RedirectState,
  context: DialContext,
  signal: AbortSignal,
): Promise<ExchangeResult> {
  const { status, headers, body, length = 0, close } = await openExchange(
    first,
    context,
    signal,
  );
  try {
    const read = length > LIMITS.httpBodyBytes
      ? undefined
      : await readBounded(piecesOf(body), LIMITS.httpBodyBytes);
    if (read === undefined) {
      throw new Error(`the body is over ${LIMITS.httpBodyBytes} bytes`);
    }
    return { status, headers, body: read };
  } catch (error) {
    throw failedOn(first, error);
  } finally {
    close();
  }
}

/**
 * Follows redirects (at most `LIMITS.fetchRedirects`), judging each hop.
 * Throws `permission` for a target that is not allowed, `host` for everything
 * else; what `signal` was aborted with is thrown as it is. The connection is
 * closed when `signal` is aborted, also later.
 */
export async function openExchange(
  first: RedirectState,
  context: DialContext,
  signal: AbortSignal,
): Promise<OpenExchange> {
  let state: RedirectState = first;
  for (let hops = 0; hops <= LIMITS.fetchRedirects; hops++) {
    try {
      const next = await hop(state, context, signal);
      if ("status" in next) return next;
      state = next;
    } catch (error) {
      signal.throwIfAborted();
      throw failedOn(state, error);
    }
  }
  throw failedOn(
    first,
    new Error(`stopped after ${LIMITS.fetchRedirects} redirects`),
  );
}

/** The request that follows, or the answer. */
async function hop(
  state: RedirectState,
  context: DialContext,
  signal: AbortSignal,
): Promise<RedirectState | OpenExchange> {
  const conn = await dial(state.to, context, signal);
  const close = (): void => {
    signal.removeEventListener("abort", close);
    closeQuietly(conn);
  };
  signal.addEventListener("abort", close, { once: true });
  try {
    signal.throwIfAborted();
    const response = await sendHop(state, conn);
    const location = response.headers.find(([name]) =>
      name.toLowerCase() === "location"
    )?.[1];
    const next = followRedirect(
      state,
      response.status,
      location && fromByteString(location),
    );
    if (next === undefined) {
      const read = async (): ReturnType<BodySource["read"]> => {
        try {
          return await response.body.read();
        } catch (error) {
          signal.throwIfAborted();
          throw failedOn(state, error);
        }
      };
      return { ...response, body: { read }, close };
    }
    close();
    return next;
  } catch (error) {
    close();
    throw error;
  }
}

function failedOn(
  { to: { target } }: RedirectState,
  error: unknown,
): PulpError {
  if (error instanceof PulpError) return error;
  if (error instanceof Deno.errors.NotCapable) {
    return deniedByDeno(target, error);
  }
  return new PulpError(
    "host",
    `Cannot fetch from "${target.host}:${target.port}": ${messageOf(error)}`,
    { cause: error },
  );
}
