/**
 * A connection to a target whose address was judged, with nothing between the
 * judgement and the use: either the judged address itself is dialled, or, in a
 * process that Deno narrows to names, the name is, and the address that was
 * reached is judged before a byte is sent.
 *
 * @module
 */

import { unlessAborted } from "../../in_time.ts";
import type { EgressPolicy } from "../net/egress.ts";
import { deniedBy } from "./fetch_errors.ts";
import type { FetchUrl } from "./fetch_url.ts";
import {
  formatIp,
  formatSocket,
  type IpAddress,
  parseIp,
} from "../net/ip_address.ts";
import type { Resolve } from "../net/resolve.ts";

/** When the next address is tried beside one that is slow to answer. */
const STAGGER_MS = 250;

/** What dialling depends on. */
export interface DialContext {
  readonly policy: Pick<EgressPolicy, "checkTarget" | "checkAddress">;
  readonly resolve: Resolve;
  /** Further certificate authorities, in PEM. */
  readonly caCerts: readonly string[];
}

/**
 * Connects, with TLS for https. Throws `permission` when the policy refuses
 * the target or any address of it, and as Deno does otherwise.
 */
export async function dial(
  to: FetchUrl,
  { policy, resolve, caCerts }: DialContext,
  signal: AbortSignal,
): Promise<Deno.Conn> {
  const { target, secure } = to;
  const refuse = policy.checkTarget(target);
  if (refuse !== undefined) throw deniedBy(refuse, target);

  const addresses = target.literal !== undefined
    ? [target.literal]
    : await addressesOf(target.host, resolve, signal);
  for (const address of addresses ?? []) {
    const denial = policy.checkAddress(target, address);
    if (denial !== undefined) throw deniedBy(denial, target);
  }
  const { port } = target;
  const hosts = addresses?.every((address) => isGranted(address, port))
    ? addresses.map(formatIp)
    : [target.host];
  const tcp = await connectFirst(hosts, port, signal);
  try {
    const reached = parseIp(tcp.remoteAddr.hostname);
    const denial = reached === undefined
      ? { reason: "the address it stands for can't be told", hint: "" }
      : policy.checkAddress(target, reached);
    if (denial !== undefined) throw deniedBy(denial, target);
    if (!secure) return tcp;
    const hostname = target.host.replace(/^\[|\]$/g, "");
    return await startTls(tcp, hostname, caCerts, signal);
  } catch (error) {
    closeQuietly(tcp);
    throw error;
  }
}

/** Closes what may be closed already, by the streams that wrapped it. */
export function closeQuietly(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // It was.
  }
}

async function startTls(
  tcp: Deno.TcpConn,
  hostname: string,
  caCerts: readonly string[],
  signal: AbortSignal,
): Promise<Deno.Conn> {
  const tls = await Deno.startTls(tcp, {
    hostname,
    caCerts: [...caCerts],
    alpnProtocols: ["http/1.1"],
  });
  const stop = (): void => closeQuietly(tls);
  signal.addEventListener("abort", stop, { once: true });
  try {
    signal.throwIfAborted();
    await tls.handshake();
    return tls;
  } catch (error) {
    closeQuietly(tls);
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** `undefined` when only the connection will tell. */
async function addressesOf(
  host: string,
  resolve: Resolve,
  signal: AbortSignal,
): Promise<readonly IpAddress[] | undefined> {
  const found = await unlessAborted(resolve(host), signal);
  if (found === undefined) return undefined;
  if (found.length === 0) throw new Error("the name has no address");
  return found.map((text) => {
    const address = parseIp(text);
    if (address === undefined) throw new Error(`"${text}" is not an address`);
    return address;
  });
}

/** The first that answers, tried in order; a slow one does not hold up the next. */
async function connectFirst(
  hosts: readonly string[],
  port: number,
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  const { promise, resolve, reject } = Promise.withResolvers<Deno.TcpConn>();
  const others = new AbortController();
  const stop = AbortSignal.any([signal, others.signal]);
  const errors: unknown[] = [];
  let started = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isDone = false;
  const tryNext = (): void => {
    clearTimeout(timer);
    const hostname = hosts[started];
    if (hostname === undefined) return;
    if (++started < hosts.length) timer = setTimeout(tryNext, STAGGER_MS);
    Deno.connect({ hostname, port, signal: stop }).then((conn) => {
      if (isDone) return closeQuietly(conn);
      isDone = true;
      resolve(conn);
    }, (error) => {
      errors.push(error);
      if (errors.length === hosts.length) reject(errors[0]);
      else tryNext();
    });
  };
  tryNext();
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    others.abort();
  }
}

function isGranted(address: IpAddress, port: number): boolean {
  const host = formatSocket(address, port);
  return Deno.permissions.querySync({ name: "net", host }).state === "granted";
}
