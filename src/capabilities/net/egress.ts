/**
 * Which targets a cell may reach: a pure decision over a host, a port, the
 * addresses it stands for, and the manifest's list.
 *
 * - Without `[permissions] net`: every public address, by whatever name.
 * - With it: only what is listed. A listed name covers public addresses; any
 *   other address must be listed itself, or lie in a listed range, so that
 *   whoever runs the name's DNS cannot point it at a private service.
 * - `localhost` and names below it, when listed, cover loopback alone.
 *
 * @module
 */

import { classifyAddress } from "./address_class.ts";
import { formatIp, formatSocket, type IpAddress } from "./ip_address.ts";
import {
  entryHolds,
  entryNames,
  type NetEntry,
  parseNetEntry,
} from "./net_list.ts";

/** Where a request goes. */
export interface EgressTarget {
  /** Lower-cased name without a trailing dot, or the text of the literal. */
  readonly host: string;
  /** Present when the host is an address. */
  readonly literal?: IpAddress;
  readonly port: number;
}

/** Why a target is refused, and the manifest line that would allow it. */
export interface EgressDenial {
  /** `it is a loopback address`. */
  readonly reason: string;
  /** `[permissions] net = ["127.0.0.1:80"]`. */
  readonly hint: string;
}

/** The decision for one cell. */
export class EgressPolicy {
  readonly #entries: readonly NetEntry[] | undefined;

  /** `list` is `[permissions] net`; absent means every public address. Malformed entries match nothing. */
  constructor(list: readonly string[] | undefined) {
    this.#entries = list?.map(parseNetEntry).filter((entry) =>
      entry !== undefined
    );
  }

  /** Judges host and port before anything is resolved. `undefined` = go on. */
  checkTarget(target: EgressTarget): EgressDenial | undefined {
    const { host, literal, port } = target;
    if (literal !== undefined) return this.checkAddress(target, literal);
    if (this.#entries === undefined) {
      return isLocalhost(host)
        ? denial("it is a name for this machine", `${host}:${port}`)
        : undefined;
    }
    return this.#entries.some((entry) => entryNames(entry, host, port))
      ? undefined
      : denial("the manifest does not list it", `${host}:${port}`);
  }

  /** Judges one address that the target stands for. `undefined` = may be reached. */
  checkAddress(
    target: EgressTarget,
    address: IpAddress,
  ): EgressDenial | undefined {
    const { host, literal, port } = target;
    if (this.#entries?.some((entry) => entryHolds(entry, address, port))) {
      return undefined;
    }
    const kind = classifyAddress(address);
    const socket = formatSocket(address, port);
    if (literal !== undefined) {
      if (kind !== "public") return denial(`it is a ${kind} address`, socket);
      return this.#entries === undefined
        ? undefined
        : denial("the manifest does not list it", socket);
    }
    if (this.#entries !== undefined && isLocalhost(host)) {
      return kind === "loopback"
        ? undefined
        : denial(`it stands for ${formatIp(address)}, not loopback`, socket);
    }
    return kind === "public" ? undefined : denial(
      `it stands for ${formatIp(address)}, a ${kind} address`,
      socket,
      this.#entries === undefined ? `${host}:${port}` : undefined,
    );
  }
}

/** Names that RFC 6761 keeps for the machine itself. */
function isLocalhost(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost");
}

function denial(
  reason: string,
  ...entries: (string | undefined)[]
): EgressDenial {
  const list = entries.filter((entry) => entry !== undefined)
    .map((entry) => JSON.stringify(entry)).join(", ");
  return { reason, hint: `[permissions] net = [${list}]` };
}
