/**
 * One UDP socket of the system.
 *
 * `Deno.listenDatagram` would need `--unstable-net` of everybody who runs the
 * host; `node:dgram` stands on the same and needs nothing.
 *
 * @module
 */

import type { Socket } from "node:dgram";
const { createSocket } = await import("node:dgram");
// Without it Deno 2.9 never runs what node:dgram puts off to the next tick:
// a socket would not close.
await import("node:process");
import { formatIp, formatSocket, parseIp } from "../net/ip_address.ts";
import { type Endpoint, familyOf } from "./endpoint.ts";

/** What a socket tells. */
export interface SocketEvents {
  /** A packet is there. `from` is `ip:port`; the bytes may be reused afterwards. */
  packet(bytes: Uint8Array, from: string): void;
  /** The socket can't go on. */
  failed(error: Error): void;
}

/** A bound socket. */
export class DatagramSocket {
  readonly #socket: Socket;
  /** 4 or 6: the addresses that it can send to. */
  readonly family: 4 | 6;
  /** Where it is bound, as `ip:port`. */
  readonly address: string;
  #closed: Promise<void> | undefined;

  private constructor(socket: Socket, family: 4 | 6, events: SocketEvents) {
    this.#socket = socket;
    this.family = family;
    const { address, port } = socket.address();
    this.address = socketText(address, port);
    socket.on("message", (bytes, from) => {
      if (this.#closed !== undefined) return;
      events.packet(bytes, socketText(from.address, from.port));
    });
    socket.on("error", (error) => events.failed(error));
  }

  /** Binds a socket. Rejects with what Deno or the system says when that fails. */
  static async open(
    { address, port }: Endpoint,
    events: SocketEvents,
  ): Promise<DatagramSocket> {
    const family = familyOf(address);
    const socket = createSocket({
      type: family === 4 ? "udp4" : "udp6",
      // Addresses only, so there is nothing to look up. The default would
      // answer later, where nobody catches what Deno refuses.
      lookup: (host, _options, found) => found(null, host, family),
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once("error", reject);
    socket.once("listening", resolve);
    try {
      socket.bind({ address: formatIp(address), port, exclusive: true });
      await promise;
    } catch (error) {
      promise.catch(() => {});
      try {
        socket.close();
      } catch {
        // It never came to be.
      }
      throw error;
    }
    socket.off("error", reject);
    return new DatagramSocket(socket, family, events);
  }

  /** Sends one packet; resolves to the bytes that went out. Rejects when the system refuses it. */
  send(bytes: Uint8Array, { address, port }: Endpoint): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#socket.send(
      bytes,
      port,
      formatIp(address),
      (error, sent) => error === null ? resolve(sent) : reject(error),
    );
    return promise;
  }

  /** Lets go of the address. Twice is fine. */
  close(): Promise<void> {
    return this.#closed ??= new Promise((resolve) =>
      this.#socket.close(resolve)
    );
  }
}

/** An IPv4 address that is mapped into IPv6 is written as one. */
function socketText(address: string, port: number): string {
  const ip = parseIp(address);
  return ip === undefined ? `${address}:${port}` : formatSocket(ip, port);
}
