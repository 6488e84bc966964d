/**
 * A cell in a worker, as the main thread sees it.
 *
 * @module
 */

import type { HostEnv, StepOutcome } from "../capabilities/capability.ts";
import type { CompiledCell } from "../cell/compile.ts";
import { LogLimiter } from "../cell/log_limiter.ts";
import { messageOf, PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Logger } from "../logger.ts";
import type { CellSpec } from "../manifest/spec.ts";
import { CODE } from "../abi/codes.ts";
import type {
  InboundServer,
  ServedInstance,
} from "../capabilities/http/inbound_server.ts";
import { type Answer, dropAnswer } from "../capabilities/http/answer.ts";
import { LiveSinks } from "./live_bodies.ts";
import { fitsEvent, readPacket, writeEvent } from "./packet.ts";
import { replyWith } from "./remote_inbound.ts";
import { countTaken } from "./remote_ahead.ts";
import type { WorkerLinks } from "./sibling_links.ts";
import { Channel } from "./channel.ts";
import { fromWire, type FromWorker, PULSE, type ToWorker } from "./protocol.ts";
import { workerProgram } from "./worker_program.ts";
import type { DeadlineKeeper, Watch } from "./deadline_keeper.ts";

/** What a worker's cell is made with. */
export interface WorkerCellOptions {
  readonly spec: CellSpec;
  readonly env: HostEnv;
  readonly environ: readonly string[];
  readonly permissions: Deno.PermissionOptionsObject;
  /** The program of the worker. Default: {@linkcode workerProgram} of the cell. */
  readonly program?: URL;
  /** Takes HTTP requests for the cell; absent when its worker does that itself. */
  readonly inbound?: InboundServer;
  readonly logger: Logger;
  readonly links: WorkerLinks;
  /**
   * Calls what it is given at the end of the turn. Default: behind all requests
   * that are there by now, which loads a part of Deno that takes 10 ms.
   */
  readonly later?: (flush: () => void) => void;
  /** Told to wake the cell with an index: a sibling has called it. */
  readonly onRing: (target: number) => void;
  /** Told that the deadline has passed: what the cell waits for has to let it go. */
  readonly onLate: () => void;
  readonly deadlines: DeadlineKeeper;
  /** Told when the instance ended by itself, and what with; `lost` when its thread had to be given up. */
  readonly onEnd: (error: PulpError, lost: boolean) => void;
}

/**
 * How long a cell that stops goes on with the events that wait, and then lets
 * clients take the answers that are under way.
 */
const GOODBYE_MS = 5_000;

/** Entry points that a cell runs at most while it stops: an event, an idle step, probes, its own. */
const LAST_ENTRIES = 5;

interface Waiting {
  /** Whether it fails as soon as the guest is late. */
  readonly urgent: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: PulpError) => void;
}

/** One worker and the instance of a cell in it. */
export class WorkerCell {
  readonly #options: WorkerCellOptions;
  readonly #worker: Worker;
  readonly #channel: Channel<ToWorker, FromWorker>;
  readonly #pulse = new Int32Array(new SharedArrayBuffer(4 * PULSE.words));
  readonly #waiting = new Map<number, Waiting>();
  readonly #events = new Map<number, (outcome: StepOutcome) => void>();
  #watch: Watch | undefined;
  /** What clients make the host log for the cell is bounded, as what the cell logs. */
  readonly #limited: LogLimiter;
  #http: ServedInstance | undefined;
  #taken: Int32Array | undefined;
  readonly #bodies = new LiveSinks((message) => this.#channel.send(message));
  #abandon: ReturnType<typeof setTimeout> | undefined;
  /** What requests wait for while an instance that follows another starts. */
  #successor: Promise<void> | undefined;
  #isStarting = false;
  /** What an instance ended with before anybody knew that it is there. */
  #endedEarly: PulpError | undefined;
  #next = 0;
  #gone: PulpError | undefined;

  /** Starts the worker; nothing of the guest runs yet. */
  constructor(options: WorkerCellOptions) {
    this.#options = options;
    this.#limited = new LogLimiter({
      log: (level, text, fields) =>
        options.logger.log(level, text, { cell: options.spec.name, ...fields }),
    });
    this.#worker = new Worker(
      options.program ??
        workerProgram(options.spec, options.inbound === undefined),
      {
        type: "module",
        name: `cell ${options.spec.name}`,
        deno: { permissions: options.permissions },
      },
    );
    this.#worker.addEventListener("error", (event) => {
      // Otherwise the error of a worker would end the host.
      event.preventDefault();
      this.#end(
        new PulpError(
          "host",
          `Cannot go on with cell "${options.spec.name}": its worker failed: ${event.message}`,
        ),
        false,
      );
    });
    this.#channel = new Channel(
      this.#worker,
      options.later ?? setImmediate,
      {
        message: (message) => this.#take(message),
        packet: (bytes) => this.#takePacket(bytes),
      },
    );
  }

  /** The number of the next step. */
  get steps(): number {
    return Atomics.load(this.#pulse, PULSE.steps) >>> 0;
  }

  /**
   * Makes an instance and initialises it; again after one has ended. Requests
   * that come before that is done wait for `successor`, if there is one.
   */
  async start(
    compiled: CompiledCell,
    firstStep: number,
    successor?: Promise<void>,
  ): Promise<void> {
    this.#successor = successor;
    const { spec, env, environ, inbound, deadlines, links } = this.#options;
    Atomics.store(this.#pulse, PULSE.steps, firstStep);
    this.#watch?.end();
    this.#watch = deadlines.watch(
      this.#pulse,
      spec.callTimeoutMs,
      {
        expired: () => this.#options.onLate(),
        late: () => this.#late(),
        stuck: () => this.#stuck(),
      },
    );
    this.#isStarting = true;
    this.#endedEarly = undefined;
    try {
      await this.#ask((id) => ({
        type: "start",
        id,
        spec,
        env: inbound === undefined ? env : withoutKey(env),
        compiled,
        environ,
        pulse: this.#pulse,
        firstStep,
        links,
        listener: inbound === undefined ? "own" : "front",
      }));
    } finally {
      this.#isStarting = false;
    }
    this.#successor = undefined;
    const ended: PulpError | undefined = this.#endedEarly;
    if (ended !== undefined) {
      // Behind all who wait for this start: they take the instance for ready.
      setImmediate(() => this.#options.onEnd(ended, false));
    } else if (successor !== undefined) this.#http?.enter();
  }

  /** Has the cell look into its mailboxes. */
  ring(): void {
    this.#channel.send({ type: "ring" });
    this.#channel.flush();
  }

  /** Lets idle steps begin. */
  drive(): void {
    this.#channel.send({ type: "drive" });
  }

  /** As `Cell.step`. */
  async step(payload: Uint8Array): Promise<number> {
    return await this.#ask((id) => ({ type: "step", id, payload })) as number;
  }

  /** As `Cell.call`. */
  async call(name: string, args: Uint8Array): Promise<Uint8Array> {
    return await this.#ask((id) => ({
      type: "call",
      id,
      name,
      args,
    })) as Uint8Array;
  }

  /** As `Cell.deliver`. */
  deliver(
    kind: string,
    payload: Uint8Array,
    done: (outcome: StepOutcome) => void,
  ): void {
    if (this.#gone !== undefined) return done({ error: this.#gone });
    const id = this.#nextId();
    this.#events.set(id, done);
    if (fitsEvent(payload)) writeEvent(this.#channel.packet, id, kind, payload);
    else this.#channel.send({ type: "event", id, kind, payload });
  }

  /**
   * Shuts the instance down in good order; unless it is `final`, the worker
   * stays for another one. Requests that come from now on wait for
   * `successor`; where the worker has the listener, for {@linkcode resume}.
   */
  async release(successor: Promise<void>, final: boolean): Promise<void> {
    this.#http?.leave(successor);
    try {
      await this.#ask((id) => ({ type: "stop", id, final }));
    } finally {
      this.#http?.close(successor);
    }
  }

  /** Lets requests go on that wait in the worker since {@linkcode release}. */
  resume(): void {
    this.#channel.send({ type: "resume" });
  }

  /** Behind a final {@linkcode release}: ends the worker once clients have taken what is under way. */
  async leave(): Promise<void> {
    await this.#bodies.settled(GOODBYE_MS);
    this.terminate();
  }

  /** Tells the worker which links to siblings there are from now on. */
  relink(links: WorkerLinks): void {
    this.#channel.send({ type: "links", links });
    this.#channel.flush();
  }

  /** Ends a start that is under way, in bad order where that has to be. */
  abort(): void {
    this.#watch?.stop();
    this.#abandon ??= setTimeout(() => this.terminate(), LIMITS.stuckMs);
  }

  /** Shuts the cell down in good order, and ends its worker: in bad order when that does not come to an end. */
  async stop(): Promise<void> {
    const { name, callTimeoutMs } = this.#options.spec;
    const hurry = setTimeout(
      () => Atomics.store(this.#pulse, PULSE.leaving, 1),
      GOODBYE_MS,
    );
    const mostMs = 2 * GOODBYE_MS +
      LAST_ENTRIES * (callTimeoutMs + 2 * LIMITS.stuckMs);
    const late = setTimeout(
      () =>
        this.#fail(
          new PulpError(
            "host",
            `Cannot stop cell "${name}" in good order: its thread does not answer`,
          ),
        ),
      Math.min(mostMs, LIMITS.callTimeoutMsMost),
    );
    try {
      if (this.#gone === undefined) {
        await this.#ask((id) => ({ type: "stop", id, final: true }));
        await this.#bodies.settled(GOODBYE_MS);
      }
    } finally {
      clearTimeout(hurry);
      clearTimeout(late);
      this.terminate();
    }
  }

  /** Ends the worker as it is. With `successor`, requests wait for that. */
  terminate(successor?: Promise<void>): void {
    this.#http?.close(successor);
    this.#fail(
      new PulpError(
        "closed",
        `Cannot use cell "${this.#options.spec.name}": it was stopped`,
      ),
    );
    clearTimeout(this.#abandon);
    this.#watch?.end();
    this.#worker.terminate();
  }

  #take(message: FromWorker): void {
    switch (message.type) {
      case "done": {
        const waiting = this.#waiting.get(message.id);
        this.#waiting.delete(message.id);
        if (message.error === undefined) waiting?.resolve(message.value);
        else waiting?.reject(fromWire(message.error));
        return;
      }
      case "guard":
        return this.#watch?.attach(message.guard);
      case "http open":
        this.#http?.close();
        this.#taken = message.taken;
        this.#http = this.#options.inbound?.open({
          ...this.#options,
          logger: this.#limited,
          deliver: (...event) => this.deliver(...event),
          onSubscribers: (path, count) =>
            this.#channel.send({ type: "sse subscribers", path, count }),
        });
        if (this.#successor !== undefined) this.#http?.leave(this.#successor);
        return;
      case "ws register":
      case "sse register": {
        const of = message.type === "ws register" ? "ws" : "sse";
        return replyWith(
          message.reply,
          this.#http?.[of].register(message.path) ?? CODE.failed,
        );
      }
      case "ws send":
        this.#http?.ws.send(message.connId, message.opcode, message.payload);
        return this.#took(message.cost);
      case "ws close":
        this.#http?.ws.close(message.connId, message.code, message.reason);
        return;
      case "sse emit":
        this.#http?.sse.emit(message.event);
        return this.#took(message.cost);
      case "http register":
        return replyWith(
          message.reply,
          this.#http?.register(message.method, message.path) ?? CODE.failed,
        );
      case "http listen":
        return replyWith(
          message.reply,
          this.#http?.listen(message.address) ?? CODE.failed,
        );
      case "http answer":
        return this.#answer(message.request, message.answer, message.live);
      case "http piece":
        return this.#bodies.take(message);
      case "ended":
        return this.#ended(fromWire(message.error));
      case "log":
        return this.#options.logger.log(
          message.level,
          message.message,
          message.fields,
        );
      case "ring":
        return this.#options.onRing(message.target);
      case "failed":
        return this.#stepped(message.id, { error: fromWire(message.error) });
    }
  }

  #takePacket(bytes: Uint8Array): void {
    try {
      readPacket(bytes, {
        answer: (request, answer) => this.#answer(request, answer, undefined),
        stepped: (id) => this.#stepped(id, {}),
      });
    } catch (cause) {
      // Whatever became of that worker, it must not end the host.
      const { name } = this.#options.spec;
      const what = `its worker sent what can't be read: ${messageOf(cause)}`;
      const message = `Cannot go on with cell "${name}": ${what}`;
      this.#end(new PulpError("host", message, { cause }), false);
    }
  }

  #stepped(id: number, outcome: StepOutcome): void {
    const done = this.#events.get(id);
    this.#events.delete(id);
    done?.(outcome);
  }

  /** A `u32` that nobody waits for any more. */
  #nextId(): number {
    return this.#next = (this.#next + 1) >>> 0;
  }

  #answer(request: bigint, given: Answer, live: number | undefined): void {
    const answer = live === undefined
      ? given
      : { ...given, body: this.#bodies.open(live) };
    if (this.#http?.answer(request, answer) !== true) dropAnswer(answer);
  }

  /** A call that waited for a new instance may end it in the turn in which it has started. */
  #ended(error: PulpError): void {
    this.#http?.close();
    if (this.#isStarting) this.#endedEarly = error;
    else this.#options.onEnd(error, false);
  }

  #took(cost: number): void {
    if (this.#taken !== undefined) countTaken(this.#taken, cost);
  }

  #ask(make: (id: number) => ToWorker): Promise<unknown> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    const id = this.#nextId();
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const message = make(id);
    const urgent = message.type === "step" || message.type === "call";
    this.#waiting.set(id, { urgent, resolve, reject });
    this.#channel.send(message);
    return promise;
  }

  /** The guest was told to stop and did not yet: whoever waits for it need not. */
  #late(): void {
    const { name, callTimeoutMs } = this.#options.spec;
    const error = new PulpError(
      "deadline",
      `Cannot go on with cell "${name}": it ran longer than call_timeout_ms = ${callTimeoutMs}`,
    );
    for (const [id, waiting] of this.#waiting) {
      if (!waiting.urgent) continue;
      this.#waiting.delete(id);
      waiting.reject(error);
    }
    this.#failEvents(error);
  }

  /** The guest was told to stop and did not: it is in native code, which nothing can interrupt. */
  #stuck(): void {
    const { spec } = this.#options;
    this.#end(
      new PulpError(
        "deadline",
        `Cannot go on with cell "${spec.name}": a host function ran longer than call_timeout_ms = ${spec.callTimeoutMs} and can't be interrupted`,
      ),
      true,
    );
  }

  #end(error: PulpError, lost: boolean): void {
    if (this.#gone !== undefined) return;
    this.#fail(error);
    this.terminate();
    this.#options.onEnd(error, lost);
  }

  #fail(error: PulpError): void {
    this.#gone ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
    this.#failEvents(error);
    this.#bodies.fail(error);
    this.#http?.close();
  }

  #failEvents(error: PulpError): void {
    const events = [...this.#events.values()];
    this.#events.clear();
    for (const [index, done] of events.entries()) {
      // The oldest is in the guest; the others never reached it.
      done({
        error: index === 0 ? error : new PulpError("closed", error.message),
      });
    }
  }
}

/** A worker that has no listener has no use for the key either. */
function withoutKey({ tls: _, ...env }: HostEnv): HostEnv {
  return env;
}
