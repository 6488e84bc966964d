/**
 * The control socket of a host: where `ps`, `stop` and `reload` are answered.
 *
 * @module
 */

import { messageOf, PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { MANIFEST_NAME } from "../manifest/file.ts";
import { type Logger, silentLogger } from "../logger.ts";
import { didYouMean } from "../nearest.ts";
import { flagsOf, missingControlPermissions } from "./control/access.ts";
import {
  type ControlReply,
  type ControlRequest,
  decodeRequest,
  encodeReply,
  type ReportedCell,
} from "./control/messages.ts";
import { Peer } from "./control/peer.ts";
import { SocketFile } from "./control/socket_file.ts";
import { Transfers } from "./control/transfers.ts";

/** What the control socket needs of a host. */
export interface ControlledHost {
  /** Every cell and what it does now. */
  status(): readonly ReportedCell[];
  /** Shuts one cell down; it stays down. */
  stopCell(name: string): Promise<void>;
  /** Puts the module that is on disk now in the place of the one that runs. */
  reload(name: string): Promise<void>;
  /** Shuts every cell down. */
  shutdown(): Promise<void>;
}

/** How long a listener that fails is left alone. */
const ACCEPT_PAUSE_MS = 100;

/**
 * Answers on a Unix socket of mode 0600: one request a connection. Peers are
 * taken for hostile: what they send is bounded in size, in time and in number.
 */
export class ControlServer implements AsyncDisposable {
  /** The absolute path of the socket. */
  readonly path: string;
  readonly #host: ControlledHost;
  readonly #logger: Logger;
  readonly #socket: SocketFile;
  /** Peers that have yet to send their request or to take their reply. */
  readonly #transfers = new Transfers(LIMITS.controlTransfers);
  readonly #serving = new Set<Promise<void>>();
  /** Peers that have yet to send their request. */
  readonly #asking = new Set<Peer>();
  /** Cells that were down when the socket was opened, and have been ever since. */
  readonly #neverUp: Set<string>;
  readonly #ended = Promise.withResolvers<void>();
  /** What this host says to itself to find out who connected before the socket was private. */
  readonly #seal = crypto.getRandomValues(new Uint8Array(32));
  /** The number of the connection that said it: earlier ones are not served. */
  readonly #sealed = Promise.withResolvers<number>();
  #accepted = 0;
  #requests = 0;
  /** Ends when the listener does. */
  #accepting: Promise<void> | undefined;
  #unlistening: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  private constructor(
    path: string,
    socket: SocketFile,
    host: ControlledHost,
    logger: Logger,
  ) {
    this.path = path;
    this.#socket = socket;
    this.#host = host;
    this.#logger = logger;
    this.#neverUp = new Set(this.#down());
  }

  /**
   * Opens the socket of a host. A socket that a host left behind makes way;
   * one that a host answers on, or anything else at that path, does not.
   * `path` is absolute. Never prompts.
   *
   * @throws {PulpError} `permission` when Deno does not grant the path, `host`
   * when it can't be opened
   */
  static async open(
    path: string,
    host: ControlledHost,
    logger: Logger = silentLogger,
  ): Promise<ControlServer> {
    const missing = missingControlPermissions(path);
    if (missing.length > 0) {
      throw new PulpError(
        "permission",
        `Cannot open control socket "${path}": ` +
          `Deno was not given ${flagsOf(missing)}`,
      );
    }
    const socket = await SocketFile.bind(path);
    const server = new ControlServer(path, socket, host, logger);
    try {
      server.#accepting = server.#accept();
      await server.#sealOff();
    } catch (cause) {
      await server.close();
      throw new PulpError(
        "host",
        `Cannot open control socket "${path}": it does not answer`,
        { cause },
      );
    }
    logger.log("info", "control socket listening", { addr: path });
    return server;
  }

  /** Resolves when every cell was shut down through the socket. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /**
   * Removes the socket, and resolves when the requests that are being carried
   * out are answered. Twice is fine.
   */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** Closes the socket. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #accept(): Promise<void> {
    while (this.#unlistening === undefined) {
      let peer: Peer;
      try {
        peer = new Peer(await this.#socket.listener.accept());
      } catch (error) {
        if (this.#unlistening !== undefined) return;
        // Too many open files, for one: it passes.
        this.#logger.log("warn", "control socket does not accept", {
          err: messageOf(error),
        });
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_PAUSE_MS));
        continue;
      }
      await this.#transfers.enter(peer);
      const serving = this.#serve(peer, this.#accepted++);
      this.#serving.add(serving);
      serving.finally(() => this.#serving.delete(serving));
    }
  }

  /** Serves one peer. Never throws. */
  async #serve(peer: Peer, number: number): Promise<void> {
    try {
      if (this.#closing !== undefined) return;
      const message = await this.#receive(peer);
      if (isEqual(message, this.#seal)) return this.#sealed.resolve(number);
      if (number < await this.#sealed.promise) return;
      this.#transfers.leave(peer);
      const answer = await this.#answer(message);
      await this.#transfers.enter(peer);
      await peer.send(answer, LIMITS.controlTransferMs);
    } catch (error) {
      this.#logger.log("debug", "control request dropped", {
        reason: messageOf(error),
      });
    } finally {
      this.#transfers.leave(peer);
      peer.close();
    }
  }

  async #receive(peer: Peer): Promise<Uint8Array> {
    this.#asking.add(peer);
    try {
      return await peer.receive(LIMITS.controlTransferMs);
    } finally {
      this.#asking.delete(peer);
    }
  }

  /**
   * Between the moment when the socket appears and the one when its mode is
   * 0600, the umask alone says who may connect. Connections are accepted in
   * their order, so all of that time come before one that is made now.
   */
  async #sealOff(): Promise<void> {
    const conn = await Deno.connect({ transport: "unix", path: this.path });
    using self = new Peer(conn);
    await self.send(this.#seal, LIMITS.controlTransferMs);
    const timer = setTimeout(
      () => this.#sealed.reject(new Error("its own request is not served")),
      LIMITS.controlTransferMs,
    );
    try {
      await this.#sealed.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  async #answer(message: Uint8Array): Promise<Uint8Array> {
    let reply: ControlReply;
    try {
      reply = await this.#carryOut(decodeRequest(message));
    } catch (error) {
      reply = { ok: false, error: messageOf(error) };
    }
    const bytes = encodeReply(reply);
    return bytes.length <= LIMITS.controlFrameBytes ? bytes : encodeReply({
      ok: false,
      error: `the answer is longer than ${LIMITS.controlFrameBytes} bytes`,
    });
  }

  async #carryOut(request: ControlRequest): Promise<ControlReply> {
    if (request.op === "status") {
      return { ok: true, cells: this.#host.status() };
    }
    if (this.#requests >= LIMITS.controlRequests) {
      throw new PulpError("host", "too many requests at once");
    }
    this.#requests++;
    try {
      if (request.op === "shutdown_all") await this.#shutdownAll();
      else await this.#change(request.op, request.cell);
    } finally {
      this.#requests--;
    }
    return { ok: true };
  }

  async #shutdownAll(): Promise<void> {
    this.#logger.log("info", "control request", { op: "shutdown_all" });
    try {
      await this.#host.shutdown();
    } finally {
      await this.#end();
    }
  }

  async #change(op: "shutdown" | "reload", cell: string): Promise<void> {
    this.#requireCell(op, cell);
    this.#logger.log("info", "control request", { op, cell });
    if (op === "reload") return await this.#host.reload(cell);
    await this.#host.stopCell(cell);
    if (this.#isAllStopped()) await this.#end();
  }

  /** Who is told that the host is down may start another one in its place. */
  async #end(): Promise<void> {
    await this.#unlisten();
    this.#ended.resolve();
  }

  #requireCell(op: "shutdown" | "reload", name: string): void {
    const names = this.#host.status().map((cell) => cell.name);
    if (names.includes(name)) return;
    throw new PulpError(
      "usage",
      `Cannot ${op === "reload" ? "reload" : "stop"} cell "${
        name.slice(0, LIMITS.cellNameChars)
      }": the host has no such cell${didYouMean(withoutFolders(name), names)}`,
    );
  }

  /** Whether nothing runs any more, or will again. Cells that never came up don't count. */
  #isAllStopped(): boolean {
    const down = new Set(this.#down());
    for (const name of this.#neverUp) {
      if (!down.has(name)) this.#neverUp.delete(name);
    }
    return this.#host.status().every(({ name, state }) =>
      state === "stopped" || this.#neverUp.has(name)
    );
  }

  #down(): string[] {
    return this.#host.status()
      .filter(({ state }) => state === "failed")
      .map(({ name }) => name);
  }

  /** Ends the listener and removes its file. Twice is fine. */
  #unlisten(): Promise<void> {
    return this.#unlistening ??= (async () => {
      // Deno removes the file once nothing waits on the listener any more.
      if (this.#socket.close()) return await this.#accepting;
      this.#logger.log("warn", "control socket was replaced; left as it is", {
        addr: this.path,
      });
    })();
  }

  async #close(): Promise<void> {
    this.#sealed.resolve(Infinity);
    await this.#unlisten();
    for (const peer of this.#asking) peer.close();
    await Promise.allSettled(this.#serving);
  }
}

/** Of a path, what a cell there is probably called. */
function withoutFolders(path: string): string {
  return path.split("/").findLast((it) => it !== "" && it !== MANIFEST_NAME) ??
    path;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
