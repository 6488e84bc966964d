/**
 * A cell and a peer for the tests of `network.udp`.
 *
 * @module
 */

import { decode, encode } from "@msgpack/msgpack";
import { createSocket, type Socket } from "node:dgram";
import { within } from "../../../testing/until.ts";
import {
  FakeCell,
  type FakeCellOptions,
} from "../../http/testing/fake_cell.ts";
import { udp, type UdpOptions } from "../../udp.ts";
import type { Capability } from "../../capability.ts";

/** An answer of one of the functions; the fields are there when the code is 0. */
export interface UdpAnswer {
  readonly code: number;
  readonly socketId: bigint;
  readonly bytesSent: number;
}

/** A cell with `network.udp`. */
export class UdpCell extends FakeCell {
  /** `capability`: that of another cell, to share it. */
  constructor(
    options: FakeCellOptions = {},
    capability: Capability | UdpOptions = {},
  ) {
    super("imports" in capability ? capability : udp(capability), options);
  }

  /** `udp_listen`. */
  listen(request: string | object): Promise<UdpAnswer> {
    return this.#ask(
      "udp_listen",
      typeof request === "string" ? { addr: request } : request,
    );
  }

  /** `udp_send`. */
  sendTo(
    socketId: bigint,
    dst_addr: string,
    payload: Uint8Array | string = "x",
  ): Promise<UdpAnswer> {
    return this.#ask("udp_send", { socket_id: socketId, dst_addr, payload });
  }

  /** `udp_close`. */
  closeSocket(socketId: bigint): number {
    return this.send("udp_close", { socket_id: socketId });
  }

  /** Where the sockets that were opened are bound, as the log says. */
  addresses(): string[] {
    return this.records.filter(({ message }) => message === "udp socket open")
      .map(({ fields }) => String(fields.addr));
  }

  /** The messages of what went wrong, with their hints. */
  complaints(): string[] {
    return this.records.filter(({ level }) => level !== "info").map((
      { fields },
    ) =>
      fields.hint === undefined
        ? String(fields.error)
        : `${fields.error} | ${fields.hint}`
    );
  }

  async #ask(name: string, request: object): Promise<UdpAnswer> {
    const bytes = encode(request, { useBigInt64: true });
    const code = await this.call(name, bytes, 0, 4);
    if (code !== 0) return { code, socketId: 0n, bytesSent: 0 };
    const answer = decode(this.memory.handed, { useBigInt64: true }) as {
      socket_id: bigint;
      bytes_sent: number;
    };
    return { code, socketId: answer.socket_id, bytesSent: answer.bytes_sent };
  }
}

/** A socket at the other end. */
export class UdpPeer implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #packets: { readonly text: string; readonly from: string }[] = [];
  #wake: () => void = () => {};
  /** `ip:port`. */
  readonly address: string;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const { address, port } = socket.address();
    this.address = `${address}:${port}`;
    socket.on("message", (bytes, from) => {
      this.#packets.push({
        text: new TextDecoder().decode(bytes),
        from: `${from.address}:${from.port}`,
      });
      this.#wake();
    });
  }

  /** Binds to a free port of an address. */
  static async bind(address = "127.0.0.1"): Promise<UdpPeer> {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(0, address, resolve);
    });
    return new UdpPeer(socket);
  }

  /** The next packet. */
  async receive(): Promise<{ readonly text: string; readonly from: string }> {
    for (;;) {
      const packet = this.#packets.shift();
      if (packet !== undefined) return packet;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** Sends one packet and waits until the system has it. */
  send(bytes: Uint8Array | string, to: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const [host, port] = to.split(":");
    this.#socket.send(
      bytes,
      Number(port),
      host,
      (error) => error === null ? resolve() : reject(error),
    );
    return promise;
  }

  /** Closes the socket. */
  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(resolve));
  }
}

/** What a promise gives, or an error when it takes too long. */
export async function soon<T>(promise: Promise<T>): Promise<T> {
  return await within("what a packet brings about", promise);
}
