/**
 * Cells and clients for the tests of WebSocket and SSE.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { CODE } from "../../../abi/codes.ts";
import type { Capability } from "../../capability.ts";
import { FetchStreams } from "../../http/fetch_streams.ts";
import {
  FakeCell,
  type FakeCellOptions,
  type FakeEvent,
} from "../../http/testing/fake_cell.ts";
import {
  type InboundLimits,
  InboundServer,
} from "../../http/inbound_server.ts";
import { httpInbound } from "../../http_inbound.ts";
import { within } from "../../../testing/until.ts";
import { sse } from "../../sse.ts";
import { wsInbound } from "../../ws_inbound.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Everything that needs a listener, on one server. */
export class ListeningCells implements AsyncDisposable {
  readonly server: InboundServer;
  readonly #cells: FakeCell[] = [];

  constructor(limits: InboundLimits = {}) {
    this.server = new InboundServer(limits);
  }

  /** A cell that has HTTP, WebSocket and SSE. */
  cell(options: FakeCellOptions = {}): FakeCell {
    const { server: inbound } = this;
    const parts = [
      httpInbound(inbound, new FetchStreams()),
      wsInbound(inbound),
      sse(inbound),
    ];
    const all: Capability = {
      name: "all",
      stubs: {},
      imports: (cell) =>
        Object.assign({}, ...parts.map((part) => part.imports(cell))),
      teardownCell: (cell) => {
        for (const part of parts) void part.teardownCell?.(cell);
      },
    };
    const cell = new FakeCell(all, options);
    this.#cells.push(cell);
    return cell;
  }

  /** `host:port` of the listener. */
  get address(): string {
    return this.server.addresses()[0]!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const cell of this.#cells) await cell.close();
    await this.server.close();
  }
}

/** A step that sends every frame back as it came. */
export function echo({ kind, payload }: FakeEvent, cell: FakeCell): void {
  if (kind === "ws.frame") assertEquals(cell.send("ws_send", payload), CODE.ok);
}

/** Bytes of a text, for functions that take paths. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** How a client's connection ended. */
export interface Ended {
  readonly code: number;
  readonly reason: string;
}

/** A WebSocket client that keeps what it gets. */
export class TestSocket implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly messages: (string | ArrayBuffer)[] = [];
  readonly ended: Promise<Ended>;
  #isOver = false;
  #waiters: (() => void)[] = [];

  private constructor(url: string) {
    this.socket = new WebSocket(url);
    this.socket.binaryType = "arraybuffer";
    this.socket.onmessage = ({ data }) => {
      this.messages.push(data);
      for (const wake of this.#waiters.splice(0)) wake();
    };
    this.socket.onerror = (event) => event.preventDefault();
    this.ended = new Promise((resolve) => {
      this.socket.onclose = ({ code, reason }) => {
        this.#isOver = true;
        for (const wake of this.#waiters.splice(0)) wake();
        resolve({ code, reason });
      };
    });
  }

  /** Connects; fails when the handshake does. */
  static async open(address: string, path: string): Promise<TestSocket> {
    const client = new TestSocket(`ws://${address}${path}`);
    const opened = new Promise<void>((resolve) =>
      client.socket.onopen = () => resolve()
    );
    const refused = client.ended.then(() => {
      throw new Error("the handshake failed");
    });
    refused.catch(() => {});
    await Promise.race([opened, refused]);
    return client;
  }

  /** Waits until `count` messages are there. */
  async received(count: number): Promise<readonly (string | ArrayBuffer)[]> {
    while (this.messages.length < count) {
      if (this.#isOver) throw new Error("the connection ended");
      await within(
        `message ${this.messages.length + 1} of ${count}`,
        new Promise<void>((resolve) => this.#waiters.push(resolve)),
      );
    }
    return this.messages;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver) this.socket.close();
    await this.ended;
  }
}

/** A raw connection, for what a sound client never does. */
export class RawClient implements Disposable {
  readonly #conn: Deno.Conn;
  #text = "";
  #isClosed = false;

  private constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /** Connects and sends the head of a GET, with these fields. */
  static async get(
    address: string,
    path: string,
    fields: Readonly<Record<string, string>> = {},
  ): Promise<RawClient> {
    const [hostname = "", port] = address.split(":");
    const conn = await Deno.connect({ hostname, port: Number(port) });
    const client = new RawClient(conn);
    const lines = Object.entries({ Host: address, ...fields })
      .map(([name, value]) => `${name}: ${value}\r\n`);
    await client.write(utf8(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`));
    return client;
  }

  /** The same, with the fields of a WebSocket handshake; `undefined` leaves one out. */
  static upgrade(
    address: string,
    path: string,
    fields: Readonly<Record<string, string | undefined>> = {},
  ): Promise<RawClient> {
    const all = {
      Upgrade: "websocket",
      Connection: "keep-alive, Upgrade",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      ...fields,
    };
    const given = Object.entries(all).filter((entry): entry is [
      string,
      string,
    ] => entry[1] !== undefined);
    return RawClient.get(address, path, Object.fromEntries(given));
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      at += await this.#conn.write(bytes.subarray(at));
    }
  }

  /** Reads until what came contains `text`, and gives all of it, a character for each byte. */
  async until(text: string): Promise<string> {
    const buffer = new Uint8Array(64 << 10);
    while (!this.#text.includes(text)) {
      const n = await within(
        JSON.stringify(text),
        this.#conn.read(buffer),
        () => this.#text.slice(-2000),
      );
      if (n === null) throw new Error(`it ended after ${this.#text}`);
      for (let at = 0; at < n; at += 1024) {
        const part = buffer.subarray(at, Math.min(at + 1024, n));
        this.#text += String.fromCharCode(...part);
      }
    }
    return this.#text;
  }

  /** Reads to the end and gives all of it, as UTF-8. */
  async rest(): Promise<string> {
    const parts: string[] = [this.#text];
    const buffer = new Uint8Array(64 << 10);
    try {
      for (
        let n = await this.#conn.read(buffer);
        n !== null;
        n = await this.#conn.read(buffer)
      ) parts.push(decoder.decode(buffer.subarray(0, n)));
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
    }
    return parts.join("");
  }

  /** Breaks the connection off. Twice is fine. */
  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#conn.close();
  }
}

/** A masked frame, as a client sends it; `fin` false: more follows. */
export function clientFrame(
  opcode: number,
  payload: Uint8Array,
  fin = true,
): Uint8Array {
  const n = payload.length;
  const length = n < 126
    ? [n]
    : n < 65536
    ? [126, n >> 8, n & 255]
    : [127, 0, 0, 0, 0, n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255];
  length[0]! |= 128;
  const frame = new Uint8Array(1 + length.length + 4 + n);
  frame.set([(fin ? 128 : 0) | opcode, ...length]);
  frame.set(payload, frame.length - n);
  return frame;
}
