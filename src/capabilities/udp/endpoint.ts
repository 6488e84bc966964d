/**
 * From what a cell names to an address that both keys allow.
 *
 * UDP has no connection that could be judged once it is there. So the judged
 * address itself is used, never the name that it came from, and an address
 * that can't be judged is not used.
 *
 * @module
 */

import { PulpError } from "../../errors.ts";
import { classifyAddress } from "../net/address_class.ts";
import type { EgressPolicy, EgressTarget } from "../net/egress.ts";
import { formatSocket, type IpAddress, parseIp } from "../net/ip_address.ts";
import type { Resolve } from "../net/resolve.ts";

/** An address and a port that may be used. */
export interface Endpoint {
  readonly address: IpAddress;
  readonly port: number;
}

/** What decides about an endpoint. */
export interface EndpointContext {
  readonly policy: Pick<EgressPolicy, "checkTarget" | "checkAddress">;
  readonly resolve: Resolve;
}

/** What an endpoint is for. */
export type EndpointUse = "listen on" | "send to";

const LOOPBACK: readonly string[] = ["127.0.0.1", "::1"];

/**
 * The address to use. Of the addresses of a name it is the first of the family
 * of the socket, when `family` says which that is.
 *
 * @throws {PulpError} `permission` when a key is missing, `host` when the name can't be resolved
 */
export async function endpointOf(
  target: EgressTarget,
  use: EndpointUse,
  { policy, resolve }: EndpointContext,
  family?: 4 | 6,
): Promise<Endpoint> {
  const { host, literal, port } = target;
  const denied = (reason: string, hint: string): PulpError =>
    new PulpError("permission", `Cannot ${use} "${host}:${port}": ${reason}`, {
      hint,
    });
  const refuse = policy.checkTarget(target);
  if (refuse !== undefined) throw denied(refuse.reason, refuse.hint);

  const addresses = literal === undefined
    ? await addressesOf(host, resolve)
    : [literal];
  if (addresses === undefined) {
    throw denied(
      "Deno does not tell which addresses the name stands for",
      `list the addresses themselves, or "${host}" without a port`,
    );
  }
  for (const address of addresses) {
    // To send there is to send to this machine, by a name that hides it.
    if (use === "send to" && classifyAddress(address) === "unspecified") {
      throw denied(
        "it is no address of a machine",
        "name 127.0.0.1 if this machine is meant",
      );
    }
    const denial = policy.checkAddress(target, address);
    if (denial !== undefined) throw denied(denial.reason, denial.hint);
  }
  const address = addresses.find((address) =>
    family === undefined || familyOf(address) === family
  );
  if (address === undefined) {
    throw new PulpError(
      "host",
      `Cannot ${use} "${host}:${port}": ${
        addresses.length === 0
          ? "the name has no address"
          : `the socket is an IPv${family} one`
      }`,
    );
  }
  const socket = formatSocket(address, port);
  if (!isGranted(socket)) {
    const flag = `--allow-net=${socket}`;
    throw denied(
      `Deno was not given ${flag}`,
      `list "${socket}" in [permissions] net, and run with ${flag}`,
    );
  }
  return { address, port };
}

/** The version of the protocol. */
export function familyOf(address: IpAddress): 4 | 6 {
  return address.bytes.length === 4 ? 4 : 6;
}

async function addressesOf(
  host: string,
  resolve: Resolve,
): Promise<readonly IpAddress[] | undefined> {
  // RFC 6761 says what it stands for; no resolver is asked.
  const found = host === "localhost" || host.endsWith(".localhost")
    ? LOOPBACK
    : await resolved(host, resolve);
  return found?.map((text) => {
    const address = parseIp(text);
    if (address === undefined) {
      throw new PulpError("host", `Cannot use "${text}": it is no address`);
    }
    return address;
  });
}

async function resolved(
  host: string,
  resolve: Resolve,
): Promise<readonly string[] | undefined> {
  try {
    return await resolve(host);
  } catch (cause) {
    throw new PulpError(
      "host",
      `Cannot resolve "${host}": it has no address that can be found`,
      { cause },
    );
  }
}

function isGranted(host: string): boolean {
  return Deno.permissions.querySync({ name: "net", host }).state === "granted";
}
