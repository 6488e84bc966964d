/**
 * A cell within its worker: takes messages, drives the instance, reports.
 *
 * @module
 */

import { registryWith } from "../capabilities/builtin.ts";
import type { Registry } from "../capabilities/registry.ts";
import { Cell } from "../cell/cell.ts";
import type { DeadlineWatch } from "../cell/instance_options.ts";
import { LogLimiter } from "../cell/log_limiter.ts";
import { messageOf, PulpError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { Channel, type MessageEnd } from "./channel.ts";
import { Driver } from "./driver.ts";
import { CODE } from "../abi/codes.ts";
import { Pace } from "./pace.ts";
import { readPacket, writeStepped } from "./packet.ts";
import { SiblingLinks, type WorkerLinks } from "./sibling_links.ts";
import type { InboundServer } from "../capabilities/http/inbound_server.ts";
import type { RemoteInbound } from "./remote_inbound.ts";
import {
  type FromWorker,
  PULSE,
  type StartMessage,
  toWire,
  type ToWorker,
  type WireError,
} from "./protocol.ts";
import { WorkerLog } from "./worker_log.ts";

/** Makes this thread the worker of a cell. */
export function serveCell(): void {
  // A worker that ends itself tells nobody, and who asked it something would
  // wait. Guests can't; an extension could, or a library in one.
  const refuse = (): never => {
    throw new TypeError("Cannot end the worker of a cell from within");
  };
  Object.assign(globalThis, { close: refuse });
  Object.assign(Deno, { exit: refuse });
  new CellRuntime(globalThis as unknown as MessageEnd);
}

/** The worker's side of one cell. Instances come and go; the registry, and with it the listener, stays. */
class CellRuntime {
  readonly #channel: Channel<FromWorker, ToWorker>;
  readonly #logger: Logger;
  #siblings: SiblingLinks | undefined;
  /** The newest links, where they came before an instance. */
  #links: WorkerLinks | undefined;
  readonly #pace = new Pace();
  #registry: Registry | undefined;
  #cell: Cell | undefined;
  #driver: Driver | undefined;
  #inbound: RemoteInbound | undefined;
  /** Where clients come to this thread itself. */
  #listener: InboundServer | undefined;
  #successor: PromiseWithResolvers<void> | undefined;
  /** Settles when the last start has ended, however it did. */
  #starting: Promise<void> | undefined;
  /** The end of the last instance that ended by itself. */
  #closing: Promise<void> | undefined;
  /** Settles when all that was told to stop has. */
  #stopping: Promise<void> = Promise.resolve();
  /** The error of the event in which an instance ended. */
  #toldEnd: unknown;

  /** Serves the main thread at the other end. */
  constructor(end: MessageEnd) {
    // All that the guest does at one message is sent as one: it runs within
    // this turn. A timer would load a part of Deno that few cells need.
    this.#channel = new Channel(end, queueMicrotask, {
      message: (message) => this.#take(message),
      packet: (bytes) =>
        readPacket(bytes, {
          event: (id, kind, payload) => this.#event(id, kind, payload),
        }),
    });
    this.#logger = new WorkerLog(this.#channel);
  }

  #take(message: ToWorker): void {
    switch (message.type) {
      case "start": {
        const starting = this.#start(message);
        this.#starting = starting.catch(() => {});
        return this.#reply(message.id, starting);
      }
      case "drive":
        return this.#driver?.start();
      case "step":
        return this.#reply(
          message.id,
          this.#use((cell) => cell.step(message.payload, message.id)),
        );
      case "call":
        return this.#reply(
          message.id,
          this.#use((cell) =>
            cell.call(message.name, message.args, message.id)
          ),
        );
      case "stop":
        return this.#reply(message.id, this.#stop(message.final));
      case "close":
        return this.#reply(message.id, this.#close());
      case "resume":
        return this.#resume();
      case "ring":
        return this.#serve();
      case "links":
        this.#links = message.links;
        this.#siblings?.update(message.links);
        // Who is new may have called already.
        return this.#serve();
      case "sse subscribers":
        this.#inbound?.counted(message.counts);
        return this.#channel.send({ type: "sse counted" });
      case "http more":
        return this.#inbound?.bodies.more(message.live);
      case "http drop":
        return this.#inbound?.bodies.drop(message.live);
      case "event":
        return this.#event(message.id, message.kind, message.payload);
    }
  }

  /** Reports how something ended. */
  #reply(id: number, result: Promise<unknown>): void {
    result.then(
      (value) => this.#channel.send({ type: "done", id, value }),
      (error) => this.#channel.send({ type: "done", id, error: toWire(error) }),
    );
  }

  async #use<T>(use: (cell: Cell) => Promise<T>): Promise<T> {
    if (this.#cell === undefined) {
      throw new PulpError("closed", "Cannot use the cell: it is down");
    }
    return await use(this.#cell);
  }

  async #start(message: StartMessage): Promise<void> {
    const { spec, env, pulse } = message;
    await this.#prepare(message);
    const registry = this.#registry;
    if (registry === undefined) {
      throw new TypeError("Cannot start a cell that is not prepared");
    }
    const links = this.#links ?? message.links;
    const siblings = this.#siblings ??= links && new SiblingLinks(
      links,
      (target) => {
        this.#channel.send({ type: "ring", target });
        this.#channel.flush();
      },
      // Each refused call is a record, and a guest may call for ever.
      new LogLimiter(this.#logger),
    );
    const deadline: DeadlineWatch = {
      pulse,
      attach: (guard) => {
        this.#channel.send({ type: "guard", guard });
        // What comes next may never end.
        this.#channel.flush();
      },
      end: () => {},
    };
    const cell = await Cell.instantiate(spec, message.compiled, {
      registry,
      logger: this.#logger,
      env,
      ...(siblings === undefined ? {} : { siblings }),
      environ: message.environ,
      deadline,
      firstStep: message.firstStep,
      onEnd: () => this.#ended(),
      isLeaving: () => Atomics.load(pulse, PULSE.leaving) === 1,
      onEntry: (tag) => this.#entered(pulse, tag),
      onStep: (callNumber, event) => {
        Atomics.store(pulse, PULSE.steps, callNumber + 1);
        this.#driver?.stepped(callNumber, event);
      },
    });
    try {
      await cell.init();
    } catch (error) {
      await cell.close();
      throw error;
    }
    this.#cell = cell;
    this.#driver = new Driver(cell, this.#logger);
    // What was asked while there was nobody to answer.
    this.#serve();
  }

  /**
   * Loads extensions and sets capabilities up. The code is not the guest's,
   * but may be anybody's: the deadline holds for it as for an entry point.
   */
  async #prepare({ spec, env, pulse, listener }: StartMessage): Promise<void> {
    Atomics.add(pulse, PULSE.count, 1);
    try {
      if (env.extensions !== undefined) {
        const { loadExtensions } = await import("./extensions.ts");
        await loadExtensions(env.extensions);
      }
      this.#registry ??= await this.#makeRegistry(listener);
      await this.#registry.setup(env, spec);
    } finally {
      Atomics.add(pulse, PULSE.count, 1);
    }
  }

  async #makeRegistry(listener: StartMessage["listener"]): Promise<Registry> {
    if (listener === "own") {
      return registryWith({
        inbound: () => this.#listen(),
        blockingSiblings: true,
      });
    }
    const { RemoteInbound } = await import("./remote_inbound.ts");
    const inbound = this.#inbound = new RemoteInbound(
      {
        send: (message, transfer) => this.#channel.send(message, transfer),
        packet: () => this.#channel.packet,
        flush: () => this.#channel.flush(),
      },
    );
    return registryWith({
      inbound: () => Promise.resolve(inbound),
      blockingSiblings: true,
    });
  }

  async #listen(): Promise<InboundServer> {
    const { InboundServer } = await import(
      "../capabilities/http/inbound_server.ts"
    );
    return this.#listener = new InboundServer();
  }

  /** Answers the siblings whose calls wait. */
  #serve(): void {
    const cell = this.#cell;
    // While an instance follows another, what is asked waits for it.
    if (cell === undefined) return;
    this.#siblings?.take(
      ({ name, args }, answer) =>
        cell.answer(name, args, (error, data) => {
          if (data !== undefined) answer(CODE.ok, data);
          else answer(CODE.failed, encoder.encode(messageOf(error)));
        }),
      // By then another instance may be there.
      () => this.#serve(),
    );
  }

  #event(id: number, kind: string, payload: Uint8Array): void {
    if (this.#cell === undefined) {
      const error = {
        code: "closed",
        message: "Cannot use the cell: it is down",
      } as const;
      this.#channel.send({ type: "failed", id, error });
      return;
    }
    const close = this.#inbound?.admit(kind, payload);
    this.#cell.deliver(kind, payload, ({ error }) => {
      this.#pace.ends(Date.now());
      close?.();
      if (error === undefined) writeStepped(this.#channel.packet, id);
      else {
        this.#channel.send({
          type: "failed",
          id,
          error: this.#eventError(error),
        });
      }
    }, id);
  }

  /** What `tag` is the number of gets to the guest, which may keep the thread for long. */
  #entered(pulse: Int32Array, tag: number): void {
    const now = Date.now();
    // What waits would wait for the guest. Where that takes a moment, it is
    // cheaper to send it with what comes next.
    if (this.#pace.isSlow(now) || this.#channel.hasWaited(1)) {
      this.#channel.flush();
    }
    this.#pace.begins(now);
    // Plainly, as the clock counts: see EntryClock.
    if (tag !== 0) pulse[PULSE.last] = tag;
    pulse[PULSE.inside] = tag === 0 ? 0 : 1;
  }

  /** The event in which an instance ended gets its reason; those behind it never reached the guest. */
  #eventError(error: unknown): WireError {
    if (error === this.#toldEnd) {
      return { code: "closed", message: messageOf(error) };
    }
    this.#toldEnd = error;
    return toWire(error);
  }

  /** One after the other: whoever replaces a cell may be told to stop it for good meanwhile. */
  #stop(final: boolean): Promise<void> {
    const stopping = this.#stopping.then(() => this.#stopNow(final));
    this.#stopping = stopping.catch(() => {});
    return stopping;
  }

  async #stopNow(final: boolean): Promise<void> {
    if (!final) {
      // Whoever came behind the shutdown would never get to the guest.
      this.#successor ??= Promise.withResolvers();
      this.#listener?.leave(this.#successor.promise);
    }
    await this.#driver?.stop();
    this.#driver = undefined;
    const cell = this.#cell;
    this.#cell = undefined;
    // One that ended by itself may have programs that take their time to end.
    await this.#closing;
    try {
      if (cell !== undefined && cell.ended === undefined) {
        await this.#shutDown(cell);
      }
    } finally {
      if (final) this.#resume();
      await cell?.close(this.#successor?.promise);
      if (final) await this.#registry?.teardown();
    }
  }

  /** Lets requests go on that wait for another instance. */
  #resume(): void {
    this.#successor?.resolve();
    this.#successor = undefined;
  }

  /** Lets go of all that the cell holds; nothing more of the guest runs. */
  async #close(): Promise<void> {
    await this.#stopping;
    // Where that fails, it lets go by itself.
    await this.#starting;
    await this.#closing;
    await this.#cell?.close();
    await this.#registry?.teardown();
  }

  async #shutDown(cell: Cell): Promise<void> {
    const lastCall = await cell.probeLastCall();
    if (lastCall !== undefined) {
      this.#logger.log("info", "probe last envelope", {
        cell: cell.name,
        last_call: lastCall,
      });
    }
    const marker = await cell.probeConfigMarker();
    if (marker !== undefined) {
      this.#logger.log("info", "probe config marker", {
        cell: cell.name,
        marker,
      });
    }
    await cell.shutdown();
    this.#logger.log("info", "shutdown complete", { cell: cell.name });
  }

  /** Tells that the instance ended by itself, and lets go of it. */
  #ended(): void {
    const cell = this.#cell;
    // One that ended while it started is the answer to that.
    if (cell?.ended === undefined) return;
    this.#cell = undefined;
    void this.#driver?.stop();
    this.#driver = undefined;
    this.#channel.send({ type: "ended", error: toWire(cell.ended) });
    this.#closing = cell.close().catch((error) =>
      this.#logger.log("error", "close failed", {
        cell: cell.name,
        err: messageOf(error),
      })
    );
  }
}

const encoder = new TextEncoder();
