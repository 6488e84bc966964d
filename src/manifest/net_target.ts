/**
 * Items of `[permissions] net`, in the form that `--allow-net` takes.
 *
 * @module
 */

import { quote } from "./quote.ts";

/**
 * Why an item can't stand in `[permissions] net`; nothing when it can.
 *
 * Good are `host`, `host:port`, `1.2.3.4[:port]`, `[v6]`, `[v6]:port` and the
 * IPv4 range `10.0.0.0/8`. Stricter than Deno, which takes half-written IPv4
 * addresses for names, and wildcards that it can't be asked about later.
 */
export function netTargetFault(item: string): string | undefined {
  if (item.includes("://")) {
    const host = hostOfUrl(item);
    return "it is a URL, and permissions name hosts" +
      (host === undefined ? "" : `: write ${quote(host)}`);
  }
  if (item.includes(",")) return "each target is an item of its own";
  if (/\s/.test(item)) return "a target has no blanks";
  if (item.startsWith("[")) return v6Fault(item);
  if (item.includes("/")) return rangeFault(item);
  const colons = item.split(":").length - 1;
  if (colons > 1) {
    return isV6(item)
      ? `an IPv6 address stands in brackets: write ${quote(`[${item}]`)}`
      : "it is neither a host nor an address";
  }
  const [host = "", port] = item.split(":");
  if (host === "") {
    return `it names no host: write ${quote(`127.0.0.1${item}`)}`;
  }
  return portFault(port) ?? hostFault(host);
}

function v6Fault(item: string): string | undefined {
  const match = /^\[([^\]]*)\](?::(.*))?$/.exec(item);
  if (match === null) {
    return item.includes("/")
      ? "Deno takes ranges of IPv4 only"
      : "after the bracket comes a port or nothing";
  }
  if (!isV6(match[1] ?? "")) return "it is not an IPv6 address";
  return portFault(match[2]);
}

function rangeFault(item: string): string | undefined {
  const [address = "", bits = "", ...rest] = item.split("/");
  if (!isV4(address)) {
    return isV6(address)
      ? "Deno takes ranges of IPv4 only"
      : `a target has no path: write ${quote(address)}`;
  }
  if (rest.length > 0 || !/^\d{1,2}$/.test(bits) || Number(bits) > 32) {
    return "a range ends in a number from 0 to 32, without a port";
  }
  return undefined;
}

function hostFault(host: string): string | undefined {
  if (host === "*") {
    return "a list names hosts: leave the key away if any public host is meant";
  }
  if (host.includes("*")) {
    return "Deno can't be asked about a wildcard: name each host";
  }
  if (host.endsWith(".")) return "a host does not end in a dot";
  const labels = host.split(".");
  // What ends in a number is an address for every resolver and URL parser.
  if (/^(?:\d+|0[xX][0-9A-Fa-f]*)$/.test(labels.at(-1) ?? "")) {
    return isV4(host) ? undefined : "it is not a whole IPv4 address";
  }
  if (/[^\0-\x7f]/.test(host)) {
    const ascii = hostOfUrl(`http://${host}`);
    return "a host is written in ASCII" +
      (ascii === undefined ? "" : `: write ${quote(ascii)}`);
  }
  const good = host.length <= 253 &&
    labels.every((label) => /^[A-Za-z0-9_-]{1,63}$/.test(label));
  return good ? undefined : "it is not a host name";
}

function portFault(port: string | undefined): string | undefined {
  if (port === undefined) return undefined;
  return /^\d{1,5}$/.test(port) && Number(port) <= 65535
    ? undefined
    : "a port is a number from 0 to 65535";
}

function isV4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 &&
    parts.every((part) =>
      /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256
    );
}

function isV6(text: string): boolean {
  return /^[0-9A-Fa-f:.]+$/.test(text) && URL.canParse(`http://[${text}]/`);
}

function hostOfUrl(url: string): string | undefined {
  const parsed = URL.parse(url);
  return parsed === null || parsed.host === "" ? undefined : parsed.host;
}
