/**
 * Deno's own `fetch`, tied to an address that was judged before: the
 * connection goes to that address whatever the name resolves to by then,
 * while `Host` and the TLS name stay the URL's.
 *
 * @module
 */

import { toFetchHeaders, undoneEncoding } from "./fetch_encoding.ts";
import type { HopRequest, HopResponse } from "./fetch_hop.ts";
import { formatIp, formatSocket, type IpAddress } from "./ip_address.ts";

/** Clients that one cell keeps; each holds a pool of idle connections. */
const CLIENTS = 32;

/** The clients of one cell, by address and port. */
export class PinnedClients {
  readonly #clients = new Map<string, Deno.HttpClient>();
  readonly #caCerts: readonly string[];

  /** `caCerts`: further certificate authorities, in PEM. */
  constructor(caCerts: readonly string[] = []) {
    this.#caCerts = caCerts;
  }

  /** Whether Deno lets this process use both the URL and the address. */
  static usable(host: string, address: IpAddress, port: number): boolean {
    return isGranted(formatSocket(address, port)) &&
      isGranted(`${host}:${port}`);
  }

  /** Sends to `address`. Rejects as `fetch` does. */
  async send(request: HopRequest, address: IpAddress): Promise<HopResponse> {
    const { to, method, headers, body, signal } = request;
    const response = await fetch(to.url, {
      client: this.#client(address, to.target.port),
      method,
      headers: toFetchHeaders(headers),
      ...(body === undefined ? {} : { body }),
      redirect: "manual",
      signal,
    });
    const fields = [...response.headers];
    return {
      status: response.status,
      headers: fields,
      body: response.body ?? NOTHING,
      decoded: response.body !== null && undoneEncoding(headers, fields),
      cancel: async () => {
        // Locked = read by someone, who cancels it by leaving its loop.
        if (response.body?.locked === false) await response.body.cancel();
      },
    };
  }

  /** Closes all. Requests under way go on. */
  close(): void {
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }

  #client(address: IpAddress, port: number): Deno.HttpClient {
    const key = formatSocket(address, port);
    const known = this.#clients.get(key);
    this.#clients.delete(key);
    const ip = formatIp(address);
    const client = known ?? Deno.createHttpClient({
      proxy: {
        transport: "tcp",
        hostname: address.bytes.length === 4 ? ip : `[${ip}]`,
        port,
      },
      caCerts: [...this.#caCerts],
    });
    this.#clients.set(key, client);
    if (this.#clients.size > CLIENTS) {
      const [oldest, idle] = this.#clients.entries().next().value!;
      this.#clients.delete(oldest);
      idle.close();
    }
    return client;
  }
}

/** A body that is not there. */
const NOTHING: AsyncIterable<Uint8Array> = {
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {},
};

function isGranted(host: string): boolean {
  return Deno.permissions.querySync({ name: "net", host }).state === "granted";
}
