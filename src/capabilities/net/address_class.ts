/**
 * What kind of network an address belongs to. Only `public` ones are open to
 * a cell whose manifest does not list the address.
 *
 * @module
 */

import {
  type IpAddress,
  type IpRange,
  parseIp,
  parseRange,
  rangeHolds,
} from "./ip_address.ts";

/** The kinds. Everything but `public` is closed unless it is listed. */
export type AddressClass =
  | "public"
  | "unspecified"
  | "loopback"
  | "private"
  | "shared"
  | "link-local"
  | "metadata"
  | "multicast"
  | "broadcast"
  | "documentation"
  | "benchmarking"
  | "tunnel"
  | "reserved";

/** The first range that holds an address decides. */
const RANGES: readonly (readonly [AddressClass, IpRange])[] = ([
  ["broadcast", "255.255.255.255/32"],
  // Instance metadata of the large clouds, credentials included.
  ["metadata", "169.254.169.254/32"],
  ["metadata", "169.254.170.2/32"],
  ["metadata", "168.63.129.16/32"],
  ["metadata", "100.100.100.200/32"],
  ["metadata", "192.0.0.192/32"],
  ["metadata", "fd00:ec2::254/128"],
  ["metadata", "fd00:ec2::/32"],
  ["unspecified", "0.0.0.0/8"],
  ["private", "10.0.0.0/8"],
  ["shared", "100.64.0.0/10"],
  ["loopback", "127.0.0.0/8"],
  ["link-local", "169.254.0.0/16"],
  ["private", "172.16.0.0/12"],
  ["reserved", "192.0.0.0/24"],
  ["documentation", "192.0.2.0/24"],
  ["tunnel", "192.88.99.0/24"],
  ["private", "192.168.0.0/16"],
  ["benchmarking", "198.18.0.0/15"],
  ["documentation", "198.51.100.0/24"],
  ["documentation", "203.0.113.0/24"],
  ["multicast", "224.0.0.0/4"],
  ["reserved", "240.0.0.0/4"],
  ["public", "0.0.0.0/0"],

  ["unspecified", "::/128"],
  ["loopback", "::1/128"],
  ["private", "64:ff9b:1::/48"],
  ["private", "fc00::/7"],
  ["link-local", "fe80::/10"],
  // Site-local: deprecated, still routed inside some networks.
  ["private", "fec0::/10"],
  ["multicast", "ff00::/8"],
  // Teredo and 6to4 carry an IPv4 address that a relay would connect to.
  ["tunnel", "2001::/32"],
  ["tunnel", "2002::/16"],
  ["benchmarking", "2001:2::/48"],
  ["documentation", "2001:db8::/32"],
  ["documentation", "3fff::/20"],
  ["reserved", "2001::/23"],
  // All of the global unicast space that is handed out; the rest is not.
  ["public", "2000::/3"],
  ["reserved", "::/0"],
] as const).map(([kind, text]) => [kind, mustParse(text)]);

/** NAT64: the last four bytes are the IPv4 address that is reached. */
const NAT64 = mustParse("64:ff9b::/96");

/**
 * The kind of an address, or of a literal in any spelling that
 * {@linkcode parseIp} reads. What can't be read is `reserved`.
 */
export function classifyAddress(address: IpAddress | string): AddressClass {
  const ip = typeof address === "string" ? parseIp(address) : address;
  if (ip === undefined) return "reserved";
  if (rangeHolds(NAT64, ip)) {
    return classifyAddress({ bytes: ip.bytes.slice(12) });
  }
  return RANGES.find(([, range]) => rangeHolds(range, ip))?.[0] ?? "reserved";
}

/** The ranges of some kinds, the narrow ones before the wide. */
export function rangesOf(kinds: ReadonlySet<AddressClass>): readonly IpRange[] {
  return RANGES.filter(([kind]) => kinds.has(kind)).map(([, range]) => range);
}

function mustParse(text: string): IpRange {
  const range = parseRange(text);
  if (range === undefined) throw new TypeError(`Not a range: ${text}`);
  return range;
}
