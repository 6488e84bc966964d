/**
 * `network.udp`: sockets that a cell sends and receives packets with.
 *
 * @module
 */

import { CODE } from "../abi/codes.ts";
import {
  decodeUdpClose,
  decodeUdpListen,
  decodeUdpSend,
  encodeUdpListenResult,
  encodeUdpSendResult,
  type UdpSend,
} from "../abi/udp.ts";
import { messageOf, PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Capability, CellContext, HostCall } from "./capability.ts";
import { shapesOf } from "./contract.ts";
import { logFailedCall } from "./failed_call.ts";
import { EgressPolicy } from "./net/egress.ts";
import { readRequest, taking } from "./guest_request.ts";
import { type Resolve, systemResolve } from "./net/resolve.ts";
import { udpNeeds } from "./needs.ts";
import { CellSockets, type OpenSocket } from "./udp/cell_sockets.ts";
import { type EndpointContext, endpointOf } from "./udp/endpoint.ts";
import { parseUdpAddress } from "./udp/udp_address.ts";

const NAME = "network.udp";
const FAILED_CALL = { denied: "udp not allowed", failed: "udp failed" };

/** Neither the manifest nor Deno, or only one of them, lists the address. */
const ADDRESS_REFUSED = 12;

/** Options of {@linkcode udp}. */
export interface UdpOptions {
  /** From names to addresses. Default: the system's resolver. */
  readonly resolve?: Resolve;
}

/**
 * Makes the capability. What it answers beside the common codes:
 *
 * - 4: no such socket, no address, or the system refuses; more than
 *   `LIMITS.udpSockets` sockets
 * - 11: the socket of another cell
 * - 12: an address that `[permissions] net` does not list or Deno does not
 *   grant. Without the list that is every address.
 *
 * All but the socket that isn't there is logged with what to do.
 * `buffer_size` is accepted and changes nothing: Deno can't set the system's
 * buffer, and `LIMITS.udpPackets` packets wait behind it.
 */
export function udp(options: UdpOptions = {}): Capability {
  const owners = new Map<bigint, CellContext>();
  const ids = new SocketIds();
  return {
    name: NAME,
    stubs: shapesOf(NAME),
    permissions: udpNeeds,
    imports: (cell) => imports(cell, owners, ids, options),
  };
}

/**
 * Ids of three parts: a mark, a random number for each thread, a count. An id
 * of another thread's cell is told from a made-up one by that, and never
 * happens to name a socket of this cell.
 */
class SocketIds {
  #start = randomStart();
  #count = 0n;

  next(): bigint {
    if (++this.#count >> COUNT_BITS !== 0n) {
      this.#start = randomStart();
      this.#count = 1n;
    }
    return this.#start + this.#count;
  }

  /** Whether a cell in another thread may have got the id. */
  isForeign(id: bigint): boolean {
    return id >> 32n + COUNT_BITS === ID_MARK &&
      id >> COUNT_BITS !== this.#start >> COUNT_BITS;
  }
}

function randomStart(): bigint {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  return (ID_MARK << 32n | BigInt(random)) << COUNT_BITS;
}

const ID_MARK = 0x5edn;
const COUNT_BITS = 20n;

function imports(
  cell: CellContext,
  owners: Map<bigint, CellContext>,
  ids: SocketIds,
  { resolve = systemResolve }: UdpOptions,
): Readonly<Record<string, HostCall>> {
  const { memory } = cell;
  const sockets = new CellSockets(cell);
  const context: EndpointContext = {
    policy: new EgressPolicy(cell.spec.permissions.net ?? []),
    resolve,
  };
  cell.onClose(async () => {
    for (const [id, owner] of owners) if (owner === cell) owners.delete(id);
    await sockets.closeAll();
  });

  const listen = async (addr: string): Promise<OpenSocket> => {
    const target = parseUdpAddress(addr === "" ? ":0" : addr);
    if (target === undefined) {
      throw new PulpError("host", `Cannot listen on "${addr}": ${NO_ADDRESS}`);
    }
    const at = await endpointOf(target, "listen on", context);
    const open = await sockets.open(ids.next(), at, addr);
    owners.set(open.id, cell);
    return open;
  };

  const send = async (
    { dstAddr, payload }: UdpSend,
    { socket }: OpenSocket,
  ): Promise<Uint8Array> => {
    const target = parseUdpAddress(dstAddr);
    if (target === undefined || target.port === 0) {
      throw new PulpError("host", `Cannot send to "${dstAddr}": ${NO_ADDRESS}`);
    }
    const to = await endpointOf(target, "send to", context, socket.family);
    try {
      return encodeUdpSendResult(await socket.send(payload, to));
    } catch (cause) {
      throw new PulpError(
        "host",
        `Cannot send to "${dstAddr}": ${reasonOf(cause, payload)}`,
        { cause },
      );
    }
  };

  return {
    udp_listen: async (ptr = 0, len = 0, ptrOut = 0, lenOut = 0) => {
      const request = readRequest(
        memory,
        ptr,
        len,
        LIMITS.messageBytes,
        decodeUdpListen,
      );
      if (typeof request === "number") return request;
      if (!memory.holds(ptrOut, 4) || !memory.holds(lenOut, 4)) {
        return CODE.writeFailed;
      }
      let open: OpenSocket;
      try {
        open = await listen(request.addr);
      } catch (error) {
        return refusal(cell, error);
      }
      const code = memory.respond(
        encodeUdpListenResult(open.id),
        ptrOut,
        lenOut,
      );
      if (code !== CODE.ok) {
        // Nobody knows its id.
        owners.delete(open.id);
        await sockets.close(open.id);
        return code;
      }
      cell.logger.log("info", "udp socket open", {
        socket_id: open.id,
        addr: open.socket.address,
      });
      return code;
    },
    udp_send: async (ptr = 0, len = 0, ptrOut = 0, lenOut = 0) => {
      const request = readRequest(
        memory,
        ptr,
        len,
        LIMITS.messageBytes,
        decodeUdpSend,
      );
      if (typeof request === "number") return request;
      // A packet whose fate can't be told is not sent.
      if (!memory.holds(ptrOut, 4) || !memory.holds(lenOut, 4)) {
        return CODE.writeFailed;
      }
      const open = sockets.get(request.socketId);
      if (open === undefined) return missing(owners, ids, request.socketId);
      try {
        const result = await send(request, open);
        return cell.signal.aborted
          ? CODE.failed
          : memory.respond(result, ptrOut, lenOut);
      } catch (error) {
        return refusal(cell, error);
      }
    },
    udp_close: taking(memory, LIMITS.messageBytes, decodeUdpClose, (id) => {
      if (sockets.get(id) === undefined) return missing(owners, ids, id);
      owners.delete(id);
      void sockets.close(id);
      return CODE.ok;
    }),
  };
}

const NO_ADDRESS = 'it is not "host:port" with a number for the port';

function missing(
  owners: ReadonlyMap<bigint, unknown>,
  ids: SocketIds,
  id: bigint,
): number {
  return owners.has(id) || ids.isForeign(id) ? CODE.notAllowed : CODE.failed;
}

/** Logs why, unless the instance is gone and nobody asks. */
function refusal(cell: CellContext, error: unknown): number {
  if (cell.signal.aborted) return CODE.failed;
  return logFailedCall(cell, NAME, FAILED_CALL, error)
    ? ADDRESS_REFUSED
    : CODE.failed;
}

function reasonOf(error: unknown, payload: Uint8Array): string {
  const code = error instanceof Error && "code" in error ? error.code : "";
  return code === "EMSGSIZE"
    ? `${payload.length} bytes are too many for one packet`
    : messageOf(error);
}
