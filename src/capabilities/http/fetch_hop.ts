/**
 * One request to one target, without redirects: what both ways of sending it
 * take and give.
 *
 * @module
 */

import type { EgressPolicy } from "./egress.ts";
import type { FetchUrl } from "./fetch_url.ts";

/** One request. */
export interface HopRequest {
  readonly to: FetchUrl;
  /** Upper case. */
  readonly method: string;
  /** Names in lower case, values as byte strings. */
  readonly headers: ReadonlyMap<string, string>;
  /** Absent = no body. */
  readonly body: Uint8Array<ArrayBuffer> | undefined;
  /** Ends the exchange, the reading of the body included. */
  readonly signal: AbortSignal;
}

/** What came back. The body must be read or cancelled. */
export interface HopResponse {
  readonly status: number;
  /** In order of arrival; names in any case, values as byte strings. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: AsyncIterable<Uint8Array>;
  /** Whether the body's encoding was undone. */
  readonly decoded: boolean;
  /** Gives the connection up, or back. May be called more than once. */
  cancel(): Promise<void>;
}

/** What a way of sending needs beside the request. */
export interface HopContext {
  readonly policy: EgressPolicy;
  /** Further certificate authorities, in PEM. */
  readonly caCerts: readonly string[];
}
