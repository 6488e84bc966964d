/**
 * Which ranges of the network a process can be denied, so that the whole of
 * `--allow-net` is about the public network.
 *
 * @module
 */

import {
  type AddressClass,
  classifyAddress,
  rangesOf,
} from "../capabilities/net/address_class.ts";
import {
  formatIp,
  type IpRange,
  parseRange,
  rangeHolds,
  rangesMeet,
} from "../capabilities/net/ip_address.ts";
import { parseNetEntry } from "../capabilities/net/net_list.ts";
import { CONTROL_NEED, type HostingNeed } from "./need.ts";

/** A range of addresses. */
export interface NetRange {
  /** As `--deny-net` takes it: `10.0.0.0/8`, or one address, `[::1]`. */
  readonly range: string;
  /** What kind of network that is. */
  readonly kind: AddressClass;
}

/** A range that can't be denied. */
export interface OpenRange extends NetRange {
  /** What the set needs in it; absent where Deno takes no such range. */
  readonly need?: HostingNeed;
}

/** What of the network is closed to the process. */
export interface ClosedNet {
  /** What `--deny-net` gets. Empty unless the whole of net is granted. */
  readonly denied: readonly NetRange[];
  /** What only the host's own judgement of outbound targets closes. */
  readonly open: readonly OpenRange[];
}

/** The kinds of networks in which things answer whoever can reach them. */
const KINDS: ReadonlySet<AddressClass> = new Set([
  "unspecified",
  "loopback",
  "private",
  "shared",
  "link-local",
  "metadata",
]);

/** Capabilities for which a listed name stands for public addresses only. */
const PUBLIC_NAMES: ReadonlySet<string> = new Set([
  "transport.http.outbound",
  "network.udp",
]);

/** Where the whole of net means any public host, or a socket of this machine. */
const WITHOUT_TARGET: ReadonlySet<string> = new Set([
  "transport.http.outbound",
  CONTROL_NEED,
]);

const LOOPBACK = ranges("127.0.0.0/8", "::1/128");
const EVERYWHERE = ranges("0.0.0.0/0", "::/0");

/**
 * What to deny to a process that is granted the whole of net. A denial wins
 * over every grant and forbids listening, too, so a range in which the set
 * needs anything stays open as a whole.
 */
export function closedNet(needs: readonly HostingNeed[]): ClosedNet {
  const net = needs.filter(({ request }) => request.kind === "net");
  if (net.every(({ request }) => request.target !== undefined)) {
    return { denied: [], open: [] };
  }
  const used = net.flatMap((need) =>
    usedBy(need).map((range) => ({ need, range }))
  );
  const denied: IpRange[] = [];
  const unable: IpRange[] = [];
  const open: OpenRange[] = [];
  for (const range of rangesOf(KINDS)) {
    const use = used.find((it) => rangesMeet(it.range, range));
    if (use !== undefined) open.push({ ...shown(range), need: use.need });
    else (isTaken(range) ? denied : unable).push(range);
  }
  return {
    denied: widest(denied).map(shown),
    open: [...open, ...widest(unable).map(shown)],
  };
}

/** The addresses that a permission is for, as far as its text tells. */
function usedBy({ request, capability }: HostingNeed): readonly IpRange[] {
  const { target, grants } = request;
  const text = target ?? grants;
  if (text === undefined) {
    // An extension that asks for everything may mean everything.
    return WITHOUT_TARGET.has(capability) ? [] : EVERYWHERE;
  }
  if (text.startsWith("unix:")) return [];
  const entry = parseNetEntry(text);
  if (entry?.kind === "range") return [entry.range];
  if (entry !== undefined) {
    if (/^(?:.*\.)?localhost$/.test(entry.name)) return LOOPBACK;
    if (PUBLIC_NAMES.has(capability)) return [];
  }
  // A name to listen on: what it stands for is known to the machine only.
  return EVERYWHERE;
}

/** Deno takes ranges of IPv4, which hold for addresses mapped into IPv6 too, and single addresses. */
function isTaken({ base: { bytes }, bits }: IpRange): boolean {
  return bytes.length === 4 || bits === 128;
}

/** Without those that another one holds. */
function widest(all: readonly IpRange[]): readonly IpRange[] {
  return all.filter((range) =>
    !all.some((other) =>
      other.bits < range.bits && rangeHolds(other, range.base)
    )
  );
}

function shown({ base, bits }: IpRange): NetRange {
  const text = formatIp(base);
  const isOne = bits === base.bytes.length * 8;
  const one = base.bytes.length === 4 ? text : `[${text}]`;
  return {
    range: isOne ? one : `${text}/${bits}`,
    kind: classifyAddress(base),
  };
}

function ranges(...texts: string[]): readonly IpRange[] {
  return texts.map((text) => parseRange(text)).filter((it) => it !== undefined);
}
