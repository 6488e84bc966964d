/**
 * IP addresses as bytes, so that two spellings of one address are the same.
 *
 * @module
 */

/** One address. An IPv4 address that is mapped into IPv6 is an IPv4 address. */
export interface IpAddress {
  /** 4 or 16 bytes, in network order. */
  readonly bytes: Uint8Array;
}

/** A range: the addresses whose first `bits` bits are those of `base`. */
export interface IpRange {
  readonly base: IpAddress;
  /** 0 to 32 or 128. */
  readonly bits: number;
}

/**
 * Reads a literal: dotted decimal of four numbers, or IPv6 with or without
 * brackets; a zone (`%eth0`) is dropped. `undefined` for anything else, so
 * also for the short, octal and hexadecimal forms of IPv4, which only a URL
 * parser may read.
 */
export function parseIp(text: string): IpAddress | undefined {
  const v4 = parseIpv4(text);
  if (v4 !== undefined) return { bytes: v4 };
  const bare = text.startsWith("[") && text.endsWith("]")
    ? text.slice(1, -1)
    : text;
  const zone = bare.indexOf("%");
  const v6 = parseIpv6(zone === -1 ? bare : bare.slice(0, zone));
  return v6 === undefined ? undefined : { bytes: unmapped(v6) };
}

/** Reads `10.0.0.0/8` or `fd00::/8`; `undefined` for anything else. */
export function parseRange(text: string): IpRange | undefined {
  const slash = text.indexOf("/");
  if (slash === -1 || !/^\d{1,3}$/.test(text.slice(slash + 1))) {
    return undefined;
  }
  const base = parseIp(text.slice(0, slash));
  if (base === undefined) return undefined;
  // `::ffff:10.0.0.0/104` counts its bits in the form it is written in.
  const mapped = base.bytes.length === 4 && text.slice(0, slash).includes(":");
  const bits = Number(text.slice(slash + 1)) - (mapped ? 96 : 0);
  return bits < 0 || bits > base.bytes.length * 8 ? undefined : { base, bits };
}

/** The canonical text: dotted decimal, or IPv6 as RFC 5952 writes it, without brackets. */
export function formatIp(address: IpAddress): string {
  const { bytes } = address;
  if (bytes.length === 4) return bytes.join(".");
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(bytes[i]! << 8 | bytes[i + 1]!);
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > length) [start, length] = [i, end - i];
  }
  const hex = groups.map((group) => group.toString(16));
  return start === -1
    ? hex.join(":")
    : `${hex.slice(0, start).join(":")}::${
      hex.slice(start + length).join(":")
    }`;
}

/** `ip:port` or `[v6]:port`. */
export function formatSocket(address: IpAddress, port: number): string {
  return address.bytes.length === 4
    ? `${formatIp(address)}:${port}`
    : `[${formatIp(address)}]:${port}`;
}

/** Whether the range holds the address. */
export function rangeHolds(range: IpRange, address: IpAddress): boolean {
  const { base: { bytes: base }, bits } = range;
  const { bytes } = address;
  if (base.length !== bytes.length) return false;
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (base[i] !== bytes[i]) return false;
  const rest = bits & 7;
  return rest === 0 || (base[whole]! ^ bytes[whole]!) >> (8 - rest) === 0;
}

/** Whether some address is in both ranges. */
export function rangesMeet(a: IpRange, b: IpRange): boolean {
  const bits = Math.min(a.bits, b.bits);
  return rangeHolds({ base: a.base, bits }, b.base);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (const [i, part] of parts.entries()) {
    // A leading zero means octal to some readers and nothing to others.
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) {
      return undefined;
    }
    bytes[i] = Number(part);
  }
  return bytes;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2 || !text.includes(":")) return undefined;
  const head = parseGroups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1]!, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const given = head.length + tail.length;
  if (halves.length === 1 ? given !== 16 : given > 14) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(head, 0);
  bytes.set(tail, 16 - tail.length);
  return bytes;
}

function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [i, group] of groups.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
      continue;
    }
    const v4 = last && i === groups.length - 1 ? parseIpv4(group) : undefined;
    if (v4 === undefined) return undefined;
    bytes.push(...v4);
  }
  return bytes;
}

/** `::ffff:a.b.c.d` reaches the IPv4 host, so it is judged as one. */
function unmapped(bytes: Uint8Array): Uint8Array {
  for (let i = 0; i < 10; i++) if (bytes[i] !== 0) return bytes;
  return bytes[10] === 0xff && bytes[11] === 0xff ? bytes.slice(12) : bytes;
}
