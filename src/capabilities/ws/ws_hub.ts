/**
 * The WebSocket connections of one instance of a cell.
 *
 * @module
 */

import { CODE } from "../../abi/codes.ts";
import {
  encodeWsClose,
  encodeWsFrame,
  encodeWsOpen,
  OPCODE,
} from "../../abi/ws.ts";
import { LIMITS } from "../../limits.ts";
import type { LogFields } from "../../logger.ts";
import type { CellContext, StepOutcome } from "../capability.ts";
import type { RequestHeaders } from "../http/request_headers.ts";
import { CLOSE, isCloseCode, isCloseReason } from "./close_code.ts";
import { type Refusal, refusal, refusalOf } from "./handshake.ts";

const NAME = "transport.ws.inbound";

/** What a waiting frame costs beside its payload: what two threads keep of it. */
const FRAME_COST = 1024;

/** Up to here nobody looks how much a client took: the look costs as much as a send. */
const LOOK_BYTES = 64 << 10;

/** What bounds the connections of one cell; see `LIMITS`. */
export interface WsLimits {
  readonly connections: number;
  readonly messageBytes: number;
  readonly inboundBytes: number;
  readonly inboundTotalBytes: number;
  readonly outboundBytes: number;
  readonly outboundTotalBytes: number;
  readonly idleMs: number;
}

/** The defaults. */
export const WS_LIMITS: WsLimits = {
  connections: LIMITS.wsConnections,
  messageBytes: LIMITS.wsMessageBytes,
  inboundBytes: LIMITS.wsInboundBytes,
  inboundTotalBytes: LIMITS.wsInboundTotalBytes,
  outboundBytes: LIMITS.wsOutboundBytes,
  outboundTotalBytes: LIMITS.wsOutboundTotalBytes,
  idleMs: LIMITS.wsIdleMs,
};

/** A request that was routed here. */
export interface WsRequest {
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: RequestHeaders;
}

interface Connection {
  readonly id: number;
  readonly socket: WebSocket;
  /** Whether the cell knows of it. */
  isOpen: boolean;
  /** What waits for the cell, in bytes. */
  inbound: number;
  /** What at most waits for the client, in bytes: what waited at the last look, and what was sent since. */
  outbound: number;
  /** Until both are so the connection counts. */
  socketEnded: boolean;
  cellTold: boolean;
}

/** Gives each connection of a host an id of its own, from 1. */
export interface ConnectionIds {
  next(): number;
}

/** The connections of one instance. */
export class WsHub {
  readonly #cell: Pick<CellContext, "deliver" | "logger">;
  readonly #ids: ConnectionIds;
  readonly #limits: WsLimits;
  /** Told when a step that took an event ended well. */
  readonly #onStep: () => void;
  /** Every connection that still costs something. */
  readonly #held = new Set<Connection>();
  /** Those that the cell may use. */
  readonly #open = new Map<number, Connection>();
  #inbound = 0;
  #outbound = 0;
  #isClosed = false;
  #left: PromiseWithResolvers<void> | undefined;

  /** Makes a hub without connections. */
  constructor(
    cell: Pick<CellContext, "deliver" | "logger">,
    ids: ConnectionIds,
    limits: WsLimits,
    onStep: () => void,
  ) {
    this.#cell = cell;
    this.#ids = ids;
    this.#limits = limits;
    this.#onStep = onStep;
  }

  /** Answers a handshake, and takes on the connection unless it is refused. */
  accept(request: Request, wanted: WsRequest): Response {
    const refused = refusalOf(wanted.headers) ?? this.#fullness();
    if (refused !== undefined) {
      const { status, headers, body, fields } = refused;
      this.#warn("ws handshake refused", { status, error: body, ...fields });
      return new Response(body, { status, headers });
    }
    const { socket, response } = Deno.upgradeWebSocket(request, {
      idleTimeout: this.#limits.idleMs / 1000,
    });
    this.#take(socket, wanted);
    return response;
  }

  /** As `ws_send`. */
  send(connId: bigint, opcode: number, payload: Uint8Array): number {
    const connection = this.#find(connId);
    if (connection === undefined || !isOpcode(opcode)) return CODE.failed;
    if (payload.length > this.#limits.messageBytes) {
      this.#warn("ws frame refused", {
        conn_id: connection.id,
        error:
          `Cannot send ${payload.length} bytes: a message holds at most ${this.#limits.messageBytes}`,
      });
      return CODE.failed;
    }
    const { socket } = connection;
    if (!this.#hasRoom(connection, payload.length)) {
      this.#drop(connection, CLOSE.tooSlow, "too slow", "ws client dropped");
      return CODE.failed;
    }
    socket.send(
      opcode === OPCODE.text
        ? decoder.decode(payload)
        : payload as Uint8Array<ArrayBuffer>,
    );
    return CODE.ok;
  }

  /** As `ws_close`. The cell is through with the connection at once; the client gets the close frame. */
  close(connId: bigint, code: number, reason: string): number {
    const connection = this.#find(connId);
    const real = code === 0 ? CLOSE.normal : code;
    if (
      connection === undefined || !isCloseCode(real) || !isCloseReason(reason)
    ) return CODE.failed;
    this.#say(connection, real, reason);
    this.#end(connection, real, reason);
    return CODE.ok;
  }

  /** Ends all connections with 1001; the instance is gone and gets no events any more. */
  shut(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#open.clear();
    for (const connection of this.#held) {
      connection.isOpen = false;
      connection.cellTold = true;
      this.#say(connection, CLOSE.goingAway, reason);
      this.#forget(connection);
    }
  }

  /** Settles when every client took its leave. To be awaited behind {@linkcode shut}. */
  left(): Promise<void> {
    if (this.#held.size === 0) return Promise.resolve();
    this.#left ??= Promise.withResolvers();
    return this.#left.promise;
  }

  #take(socket: WebSocket, wanted: WsRequest): void {
    const connection: Connection = {
      id: this.#ids.next(),
      socket,
      isOpen: false,
      inbound: 0,
      outbound: 0,
      socketEnded: false,
      // Until it is open there is nothing to tell.
      cellTold: true,
    };
    this.#held.add(connection);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#opened(connection, wanted);
    socket.onmessage = ({ data }) => this.#received(connection, data);
    socket.onclose = ({ code, reason }) => {
      connection.socketEnded = true;
      this.#outbound -= connection.outbound;
      connection.outbound = 0;
      // Deno says 0 where no close frame came.
      if (code === 0) this.#end(connection, CLOSE.abnormal, "");
      else this.#end(connection, code, reason);
      this.#forget(connection);
    };
    // A close event follows, and says what there is to know.
    socket.onerror = (event) => event.preventDefault();
  }

  #opened(connection: Connection, wanted: WsRequest): void {
    if (this.#isClosed) {
      return this.#say(connection, CLOSE.goingAway, "cell shut down");
    }
    connection.isOpen = true;
    connection.cellTold = false;
    this.#open.set(connection.id, connection);
    this.#deliver(
      "ws.open",
      encodeWsOpen({
        connId: connection.id,
        path: wanted.path,
        query: wanted.query,
        headers: wanted.headers.fields,
      }),
    );
  }

  #received(connection: Connection, data: string | ArrayBuffer): void {
    if (!connection.isOpen) return;
    const isText = typeof data === "string";
    const payload = isText ? encoder.encode(data) : new Uint8Array(data);
    if (payload.length > this.#limits.messageBytes) {
      return this.#drop(
        connection,
        CLOSE.tooBig,
        "message too big",
        "ws message too big",
      );
    }
    const cost = payload.length + FRAME_COST;
    if (
      connection.inbound + cost > this.#limits.inboundBytes ||
      this.#inbound + cost > this.#limits.inboundTotalBytes
    ) {
      return this.#drop(
        connection,
        CLOSE.tryAgain,
        "too many messages wait",
        "ws messages wait too long",
      );
    }
    connection.inbound += cost;
    this.#inbound += cost;
    this.#deliver(
      "ws.frame",
      encodeWsFrame(
        connection.id,
        isText ? OPCODE.text : OPCODE.binary,
        payload,
      ),
      () => {
        connection.inbound -= cost;
        this.#inbound -= cost;
      },
    );
  }

  /** Gives a connection up on the host's own account. */
  #drop(
    connection: Connection,
    code: number,
    reason: string,
    record: string,
  ): void {
    this.#warn(record, { conn_id: connection.id, code });
    this.#say(connection, code, reason);
    this.#end(connection, code, reason);
  }

  /** Sends the close frame, behind what waits. */
  #say({ socket }: Connection, code: number, reason: string): void {
    if (socket.readyState === WebSocket.OPEN) socket.close(code, reason);
  }

  /** The cell's end of a connection: its one `ws.close`. */
  #end(connection: Connection, code: number, reason: string): void {
    if (!connection.isOpen) return;
    connection.isOpen = false;
    this.#open.delete(connection.id);
    if (this.#isClosed) return;
    this.#deliver(
      "ws.close",
      encodeWsClose(connection.id, code, reason),
      () => {
        connection.cellTold = true;
        this.#forget(connection);
      },
    );
  }

  /** Lets go of a connection that is over on both sides. */
  #forget(connection: Connection): void {
    if (!connection.socketEnded || !connection.cellTold) return;
    this.#held.delete(connection);
    if (this.#held.size === 0) this.#left?.resolve();
  }

  #deliver(kind: string, payload: Uint8Array, done = (): void => {}): void {
    this.#cell.deliver(kind, payload, ({ error }: StepOutcome) => {
      done();
      if (error === undefined) this.#onStep();
    });
  }

  #find(connId: bigint): Connection | undefined {
    return connId <= Number.MAX_SAFE_INTEGER
      ? this.#open.get(Number(connId))
      : undefined;
  }

  #fullness(): Refusal | undefined {
    return this.#held.size < this.#limits.connections
      ? undefined
      : refusal(503, "too many connections");
  }

  /**
   * Whether a client takes what it is sent. One that waits for nothing gets
   * any message, as long as all of them together stay within bounds.
   */
  #hasRoom(connection: Connection, bytes: number): boolean {
    const { outboundBytes, outboundTotalBytes } = this.#limits;
    const most = connection.outbound + bytes;
    if (most <= LOOK_BYTES && this.#outbound + bytes <= outboundTotalBytes) {
      this.#note(connection, most);
      return true;
    }
    const waits = connection.socket.bufferedAmount;
    if (waits > 0 && waits + bytes > outboundBytes) return false;
    this.#note(connection, waits + bytes);
    if (this.#outbound <= outboundTotalBytes) return true;
    // What was taken since does not count.
    for (const other of this.#open.values()) {
      if (other !== connection) this.#note(other, other.socket.bufferedAmount);
    }
    return this.#outbound <= outboundTotalBytes;
  }

  #note(connection: Connection, waits: number): void {
    this.#outbound += waits - connection.outbound;
    connection.outbound = waits;
  }

  #warn(message: string, fields: LogFields): void {
    this.#cell.logger.log("warn", message, { capability: NAME, ...fields });
  }
}

function isOpcode(opcode: number): boolean {
  return opcode === OPCODE.text || opcode === OPCODE.binary;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
