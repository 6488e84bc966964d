/**
 * A whole outbound request: policy, resolution, redirects, the bounded body.
 *
 * @module
 */

import { messageOf, PulpError } from "../../errors.ts";
import { LIMITS } from "../../limits.ts";
import { readBounded } from "./bounded_body.ts";
import { closeQuietly, dial, type DialContext } from "./dial.ts";
import { deniedByDeno } from "./fetch_errors.ts";
import { type HopResponse, sendHop } from "./fetch_hop.ts";
import { followRedirect, type RedirectState } from "./redirect.ts";

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
  context: DialContext,
  signal: AbortSignal,
): Promise<ExchangeResult> {
  let state: RedirectState | ExchangeResult = first;
  for (let hops = 0; hops <= LIMITS.fetchRedirects; hops++) {
    const { target } = state.to;
    try {
      state = await hop(state, context, signal);
    } catch (error) {
      signal.throwIfAborted();
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
    if ("status" in state) return state;
  }
  const { host, port } = first.to.target;
  throw new PulpError(
    "host",
    `Cannot fetch from "${host}:${port}": stopped after ${LIMITS.fetchRedirects} redirects`,
  );
}

/** The request that follows, or the answer. */
async function hop(
  state: RedirectState,
  context: DialContext,
  signal: AbortSignal,
): Promise<RedirectState | ExchangeResult> {
  const conn = await dial(state.to, context, signal);
  const close = (): void => closeQuietly(conn);
  signal.addEventListener("abort", close, { once: true });
  let response: HopResponse | undefined;
  try {
    signal.throwIfAborted();
    response = await sendHop(state, conn, signal);
    const location = response.headers.find(([name]) =>
      name.toLowerCase() === "location"
    )?.[1];
    return followRedirect(state, response.status, location) ??
      await readAnswer(state, response);
  } finally {
    signal.removeEventListener("abort", close);
    response?.discard();
    close();
  }
}

async function readAnswer(
  { method }: RedirectState,
  { status, headers, body, decoded }: HopResponse,
): Promise<ExchangeResult> {
  const declared = headers.find(([name]) =>
    name.toLowerCase() === "content-length"
  )?.[1];
  // To HEAD the length says what GET would bring.
  const isTooLong = method !== "HEAD" && !decoded &&
    Number(declared) > LIMITS.httpBodyBytes;
  const read = isTooLong ? undefined : await readBounded(
    body,
    LIMITS.httpBodyBytes,
  );
  if (read === undefined) {
    throw new Error(`the body is over ${LIMITS.httpBodyBytes} bytes`);
  }
  const fields = decoded
    ? headers.filter(([name]) => !/^content-(encoding|length)$/i.test(name))
    : headers;
  return { status, headers: fields, body: read };
}

/** What lies beneath says more. */
function rootOf(error: unknown): string {
  return messageOf(
    error instanceof Error && error.cause !== undefined ? error.cause : error,
  );
}
