/**
 * The sockets of one instance of a cell, and the way of their packets to it.
 *
 * @module
 */

import { encodeUdpPacket } from "../../abi/udp.ts";
import { messageOf, PulpError } from "../../errors.ts";
import { LIMITS } from "../../limits.ts";
import type { CellContext } from "../capability.ts";
import { DatagramSocket } from "./datagram_socket.ts";
import type { Endpoint } from "./endpoint.ts";
import { PacketQueue } from "./packet_queue.ts";

/** Between two records about the dropped packets of one socket, while there are more. */
const DROP_RECORD_MS = 1_000;

/** An open socket. */
export interface OpenSocket {
  readonly id: bigint;
  readonly socket: DatagramSocket;
  readonly packets: PacketQueue;
  /** `performance.now()` of the first dropped packet that no record tells of. */
  droppingSince: number | undefined;
}

/** The sockets of one instance. One packet at a time is with the cell, of each socket in turn. */
export class CellSockets {
  readonly #cell: Pick<CellContext, "deliver" | "logger" | "signal">;
  readonly #sockets = new Map<bigint, OpenSocket>();
  /** Sockets with packets, the one that is next first. */
  readonly #ready: OpenSocket[] = [];
  /** Sockets that the system may still have. */
  readonly #closing = new Set<Promise<void>>();
  #opening = 0;
  #bytes = 0;
  #isDelivering = false;
  #isClosed = false;

  /** Has none yet. */
  constructor(cell: Pick<CellContext, "deliver" | "logger" | "signal">) {
    this.#cell = cell;
  }

  /** A socket of this instance. */
  get(id: bigint): OpenSocket | undefined {
    return this.#sockets.get(id);
  }

  /**
   * Opens a socket under an id that was not used before.
   *
   * @throws {PulpError} `host` when there are too many, or the system refuses
   */
  async open(id: bigint, at: Endpoint, asked: string): Promise<OpenSocket> {
    const cannot = (what: string, cause?: unknown): PulpError =>
      new PulpError("host", `Cannot listen on "${asked}": ${what}`, { cause });
    if (this.#sockets.size + this.#opening >= LIMITS.udpSockets) {
      throw cannot(`the cell has ${LIMITS.udpSockets} sockets already`);
    }
    this.#opening++;
    try {
      // The address may be that of a socket which the cell just closed.
      await Promise.all(this.#closing);
      const socket = await DatagramSocket.open(at, {
        packet: (bytes, from) => this.#receive(id, bytes, from),
        failed: (error) => this.#fail(id, error),
      });
      const open: OpenSocket = {
        id,
        socket,
        packets: new PacketQueue(LIMITS.udpPackets),
        droppingSince: undefined,
      };
      this.#sockets.set(id, open);
      if (this.#isClosed) await this.close(id);
      if (!this.#sockets.has(id)) throw cannot("the cell was closed");
      return open;
    } catch (error) {
      throw error instanceof PulpError ? error : cannot(reasonOf(error), error);
    } finally {
      this.#opening--;
    }
  }

  /** Closes one socket, with what waits in it. */
  async close(id: bigint): Promise<void> {
    const open = this.#sockets.get(id);
    if (open === undefined) return;
    this.#sockets.delete(id);
    this.#bytes -= open.packets.bytes;
    const ready = this.#ready.indexOf(open);
    if (ready !== -1) this.#ready.splice(ready, 1);
    this.#report(open);
    const closing = open.socket.close();
    this.#closing.add(closing);
    await closing;
    this.#closing.delete(closing);
  }

  /** Closes all sockets; nothing is delivered any more. */
  async closeAll(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#sockets.keys()].map((id) => this.close(id)));
  }

  #receive(id: bigint, payload: Uint8Array, srcAddr: string): void {
    const open = this.#sockets.get(id);
    // The published host has no event for a packet without bytes.
    if (open === undefined || payload.length === 0) return;
    const { packets } = open;
    const before = packets.bytes;
    if (packets.length === 0) this.#ready.push(open);
    packets.push(
      encodeUdpPacket({
        socketId: id,
        srcAddr,
        payload,
        receivedAtMs: Date.now(),
      }),
    );
    this.#bytes += packets.bytes - before;
    while (this.#bytes > LIMITS.udpPacketsBytes && packets.length > 1) {
      const left = packets.bytes;
      packets.dropOldest();
      this.#bytes -= left - packets.bytes;
    }
    if (packets.dropped > 0) {
      const now = performance.now();
      open.droppingSince ??= now;
      if (now - open.droppingSince > DROP_RECORD_MS) this.#report(open);
    }
    this.#pump();
  }

  #pump(): void {
    // A loop, as `done` may run before `deliver` returns.
    while (!this.#isDelivering && !this.#isClosed) {
      const open = this.#ready.shift();
      const packet = open?.packets.shift();
      if (open === undefined || packet === undefined) return;
      this.#bytes -= packet.length;
      if (open.packets.length > 0) this.#ready.push(open);
      else this.#report(open);
      this.#isDelivering = true;
      let isHere = true;
      this.#cell.deliver("udp.packet", packet, ({ error }) => {
        this.#isDelivering = false;
        if (error !== undefined) this.#lost(error);
        if (!isHere) this.#pump();
      });
      isHere = false;
    }
  }

  #lost(error: unknown): void {
    const closed = error instanceof PulpError && error.code === "closed";
    // No step follows, and what else comes would end the same way.
    if (closed || this.#cell.signal.aborted) this.#isClosed = true;
    else {
      this.#cell.logger.log("warn", "udp packet lost", {
        error: messageOf(error),
      });
    }
  }

  #report(open: OpenSocket): void {
    const dropped = open.packets.takeDropped();
    if (dropped === 0) return;
    open.droppingSince = undefined;
    this.#cell.logger.log("warn", "udp packets dropped", {
      socket_id: open.id,
      addr: open.socket.address,
      dropped,
      hint: "the cell takes packets more slowly than they come",
    });
  }

  #fail(id: bigint, error: Error): void {
    const open = this.#sockets.get(id);
    if (open === undefined) return;
    this.#cell.logger.log("error", "udp socket failed", {
      socket_id: id,
      addr: open.socket.address,
      error: messageOf(error),
    });
    void this.close(id);
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : "";
  switch (code) {
    case "EADDRINUSE":
      return "the address is in use";
    case "EADDRNOTAVAIL":
      return "this machine does not have the address";
    case "EACCES":
      return "the system lets only administrators listen there";
    default:
      return messageOf(error);
  }
}
