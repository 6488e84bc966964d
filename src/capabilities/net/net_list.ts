/**
 * `[permissions] net`: hosts and ranges in the forms that Deno's flag takes.
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

/** One line of the list. Without `port` it stands for every port. */
export type NetEntry =
  & { readonly text: string; readonly port?: number }
  & (
    | { readonly kind: "name"; readonly name: string }
    | { readonly kind: "range"; readonly range: IpRange }
  );

/**
 * Reads one entry: `host`, `host:port`, an IPv4 address, `[v6]`, either with
 * a port, or a range such as `10.0.0.0/8`. A bare IPv6 address is taken too.
 * `undefined` when it is none of these; wildcards are not.
 */
export function parseNetEntry(text: string): NetEntry | undefined {
  const bare = parseIp(text);
  if (bare !== undefined) return addressEntry(text, bare, undefined);
  const whole = parseRange(text);
  if (whole !== undefined) return { kind: "range", text, range: whole };

  const colon = text.lastIndexOf(":");
  const port = colon === -1 ? undefined : parsePort(text.slice(colon + 1));
  if (colon !== -1 && port === undefined) return undefined;
  const host = colon === -1 ? text : text.slice(0, colon);
  // Only brackets tell the last group of an IPv6 address from a port.
  if (host.includes(":") && !host.startsWith("[")) return undefined;
  const address = parseIp(host);
  if (address !== undefined) return addressEntry(text, address, port);
  const range = parseRange(host);
  if (range !== undefined) {
    return withPort({ kind: "range", text, range }, port);
  }
  const name = normalName(host);
  return NAME.test(name)
    ? withPort({ kind: "name", text, name }, port)
    : undefined;
}

/** Lower case, without the dot of a fully qualified name. */
export function normalName(host: string): string {
  const lower = host.toLowerCase();
  return lower.endsWith(".") ? lower.slice(0, -1) : lower;
}

/** Whether the entry is this name. */
export function entryNames(
  entry: NetEntry,
  name: string,
  port: number,
): boolean {
  return entry.kind === "name" && entry.name === name &&
    (entry.port === undefined || entry.port === port);
}

/** Whether the entry is this address, or a range that holds it. */
export function entryHolds(
  entry: NetEntry,
  address: IpAddress,
  port: number,
): boolean {
  return entry.kind === "range" &&
    (entry.port === undefined || entry.port === port) &&
    rangeHolds(entry.range, address);
}

/** Labels of letters, digits, `-` and `_`; the URL parser makes IDNs such. */
const NAME = /^(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/;

function addressEntry(
  text: string,
  base: IpAddress,
  port: number | undefined,
): NetEntry {
  const range = { base, bits: base.bytes.length * 8 };
  return withPort({ kind: "range", text, range }, port);
}

function withPort(entry: NetEntry, port: number | undefined): NetEntry {
  return port === undefined ? entry : { ...entry, port };
}

function parsePort(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : undefined;
  return port !== undefined && port <= 65535 ? port : undefined;
}
