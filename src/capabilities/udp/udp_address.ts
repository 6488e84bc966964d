/**
 * Addresses as cells write them for UDP: `host:port`.
 *
 * @module
 */

import type { EgressTarget } from "../net/egress.ts";
import { parseIp } from "../net/ip_address.ts";
import { normalName } from "../net/net_list.ts";

/**
 * Reads `host:port`, `1.2.3.4:port` or `[v6]:port`. Without a host it is every
 * IPv4 interface. `undefined` when it is none of these: a port is a number.
 */
export function parseUdpAddress(text: string): EgressTarget | undefined {
  const match = /^(\[[^\]]*\]|[^[\]:]*):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const port = Number(match[2]);
  if (port > 65535) return undefined;
  const host = match[1] || "0.0.0.0";
  const literal = parseIp(host);
  if (literal !== undefined) return { host, literal, port };
  const name = normalName(host);
  return NAME.test(name) ? { host: name, port } : undefined;
}

/** What a resolver may be asked for. */
const NAME = /^(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/;
