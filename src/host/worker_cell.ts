/**
 * A cell in a worker, as the main thread sees it.
 *
 * @module
 */

import type { HostEnv, StepOutcome } from "../capabilities/capability.ts";
import type { CompiledCell } from "../cell/compile.ts";
import { LogLimiter } from "../cell/log_limiter.ts";
import { type ErrorCode, messageOf, PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Logger } from "../logger.ts";
import type { CellSpec } from "../manifest/spec.ts";
import type { InboundServer } from "../capabilities/http/inbound_server.ts";
import { InboundEnd } from "./inbound_end.ts";
import { GOODBYE_MS, orderlyStop } from "./orderly_stop.ts";
import { fitsEvent, readPacket, writeEvent } from "./packet.ts";
import { Pending, type Progress } from "./pending.ts";
import type { WorkerLinks } from "./sibling_links.ts";
import { Channel } from "./channel.ts";
import { fromWire, type FromWorker, PULSE, type ToWorker } from "./protocol.ts";
import { cellProgram } from "./worker_program.ts";
import type { DeadlineKeeper, Watch } from "./deadline_keeper.ts";

/** What a worker's cell is made with. */
export interface WorkerCellOptions {
  readonly spec: CellSpec;
  readonly env: HostEnv;
  readonly environ: readonly string[];
  readonly permissions: Deno.PermissionOptionsObject;
  /** The program of the worker. Default: {@linkcode cellProgram}. */
  readonly program?: URL;
  /** Takes HTTP requests for the cell; absent when its worker does that itself. */
  readonly inbound?: InboundServer;
  readonly logger: Logger;
  /** Absent for a cell that runs alone. */
  readonly links?: WorkerLinks;
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
  /** What {@linkcode WorkerCellOptions.deadlines} says of it when it runs long. */
  readonly notice?: string | undefined;
  /** Told when the instance ended by itself, and what with; `lost` when its thread had to be given up. */
  readonly onEnd: (error: PulpError, lost: boolean) => void;
}

/** One worker and the instance of a cell in it. */
export class WorkerCell {
  readonly #options: WorkerCellOptions;
  readonly #worker: Worker;
  readonly #channel: Channel<ToWorker, FromWorker>;
  readonly #pulse = new Int32Array(new SharedArrayBuffer(4 * PULSE.words));
  readonly #pending = new Pending();
  readonly #inbound: InboundEnd;
  #watch: Watch | undefined;
  #abandon: ReturnType<typeof setTimeout> | undefined;
  #isStarting = false;
  /** What an instance ended with before anybody knew that it is there. */
  #endedEarly: PulpError | undefined;
  #gone: PulpError | undefined;

  /** Starts the worker; nothing of the guest runs yet. */
  constructor(options: WorkerCellOptions) {
    this.#options = options;
    this.#inbound = this.#makeInbound();
    this.#worker = new Worker(
      options.program ?? cellProgram(options.env),
      {
        type: "module",
        name: `cell ${options.spec.name}`,
        deno: { permissions: options.permissions },
      },
    );
    this.#worker.addEventListener("error", (event) => {
      // Otherwise the error of a worker would end the host.
      event.preventDefault();
      const what = `its worker failed: ${event.message}`;
      this.#end(this.#cannotGoOn("host", what), false);
    });
    this.#channel = new Channel(
      this.#worker,
      options.later ?? setImmediate,
      {
        message: (message) => this.#take(message),
        packet: (bytes) =>
          readPacket(bytes, {
            answer: (request, answer) => this.#inbound.answer(request, answer),
            stepped: (id) => this.#pending.stepped(id, {}),
          }),
        // Whatever became of that worker, it must not end the host.
        failed: (cause) => {
          const what = `its worker sent what can't be read: ${
            messageOf(cause)
          }`;
          this.#end(this.#cannotGoOn("host", what, cause), false);
        },
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
    this.#inbound.expect(successor);
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
      this.#options.notice,
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
        ...(links === undefined ? {} : { links }),
        listener: inbound === undefined ? "own" : "front",
      }));
    } finally {
      this.#isStarting = false;
    }
    const ended: PulpError | undefined = this.#endedEarly;
    if (ended === undefined) return this.#inbound.enter();
    // Behind all who wait for this start: they take the instance for ready.
    setImmediate(() => this.#options.onEnd(ended, false));
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
    const ask = (id: number): ToWorker => ({ type: "step", id, payload });
    return await this.#ask(ask, "urgent") as number;
  }

  /** As `Cell.call`. */
  async call(name: string, args: Uint8Array): Promise<Uint8Array> {
    const ask = (id: number): ToWorker => ({ type: "call", id, name, args });
    return await this.#ask(ask, "urgent") as Uint8Array;
  }

  /** As `Cell.deliver`. */
  deliver(
    kind: string,
    payload: Uint8Array,
    done: (outcome: StepOutcome) => void,
  ): void {
    if (this.#gone !== undefined) return done({ error: this.#gone });
    const id = this.#pending.event(done);
    if (fitsEvent(payload)) writeEvent(this.#channel.packet, id, kind, payload);
    else this.#channel.send({ type: "event", id, kind, payload });
    // Deno hands over a flood of frames in one turn, which may take seconds.
    if (this.#channel.isFull) this.#channel.flush();
  }

  /**
   * Shuts the instance down in good order; unless it is `final`, the worker
   * stays for another one. Requests that come from now on wait for
   * `successor`; where the worker has the listener, for {@linkcode resume}.
   */
  async release(successor: Promise<void>, final: boolean): Promise<void> {
    this.#inbound.leave(successor);
    try {
      await this.#askToStop(final);
    } finally {
      this.#inbound.close(successor);
    }
  }

  /** Lets requests go on that wait in the worker since {@linkcode release}. */
  resume(): void {
    this.#channel.send({ type: "resume" });
  }

  /** Behind a final {@linkcode release}: ends the worker once clients have taken what is under way. */
  async leave(): Promise<void> {
    await this.#inbound.settled(GOODBYE_MS);
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
    try {
      if (this.#gone === undefined) {
        await this.#askToStop(true);
        await this.#inbound.settled(GOODBYE_MS);
      }
    } finally {
      this.terminate();
    }
  }

  /** Ends the worker once the cell has let go of what it holds, without another word to the guest. */
  async close(): Promise<void> {
    const late = setTimeout(() => this.terminate(), LIMITS.teardownMs);
    try {
      await this.#ask((id) => ({ type: "close", id }));
    } catch {
      // It is gone, and with it what it held.
    } finally {
      clearTimeout(late);
      this.terminate();
    }
  }

  /** Ends the worker as it is. With `successor`, requests wait for that. */
  terminate(successor?: Promise<void>): void {
    this.#inbound.close(successor);
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
        const { id, value, error } = message;
        return this.#pending.answered(id, value, error && fromWire(error));
      }
      case "guard":
        return this.#watch?.attach(message.guard);
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
        return this.#pending.stepped(message.id, {
          error: fromWire(message.error),
        });
      default:
        return this.#inbound.take(message);
    }
  }

  /** A call that waited for a new instance may end it in the turn in which it has started. */
  #ended(error: PulpError): void {
    this.#inbound.close();
    if (this.#isStarting) this.#endedEarly = error;
    else this.#options.onEnd(error, false);
  }

  #ask(
    make: (id: number) => ToWorker,
    urgency?: "urgent",
  ): Promise<unknown> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    const { id, answer } = this.#pending.ask(urgency === "urgent");
    this.#channel.send(make(id));
    return answer;
  }

  async #askToStop(final: boolean): Promise<void> {
    const stopped = this.#ask((id) => ({ type: "stop", id, final }));
    await orderlyStop(this.#options.spec, stopped, {
      hurry: () => {
        // Another instance would be told so, too.
        if (final) Atomics.store(this.#pulse, PULSE.leaving, 1);
      },
      progress: () => Atomics.load(this.#pulse, PULSE.count),
      giveUp: (error) => this.#end(error, true),
    });
  }

  #makeInbound(): InboundEnd {
    const options = this.#options;
    const cell = options.spec.name;
    // What clients make the host log for the cell is bounded, as what the cell logs.
    const logger = new LogLimiter({
      log: (level, text, fields) =>
        options.logger.log(level, text, { cell, ...fields }),
    });
    return new InboundEnd(
      (onSubscribers) =>
        options.inbound?.open({
          ...options,
          logger,
          deliver: (...event) => this.deliver(...event),
          onSubscribers,
        }),
      (message) => this.#channel.send(message),
    );
  }

  /** The guest was told to stop and did not yet: whoever waits for it need not. */
  #late(): void {
    const { callTimeoutMs } = this.#options.spec;
    const what = `it ran longer than call_timeout_ms = ${callTimeoutMs}`;
    this.#pending.late(this.#cannotGoOn("deadline", what), this.#progress());
  }

  /** The guest was told to stop and did not: it is in native code, which nothing can interrupt. */
  #stuck(): void {
    const { callTimeoutMs } = this.#options.spec;
    const what =
      `a host function ran longer than call_timeout_ms = ${callTimeoutMs} and can't be interrupted`;
    this.#end(this.#cannotGoOn("deadline", what), true);
  }

  #cannotGoOn(code: ErrorCode, what: string, cause?: unknown): PulpError {
    const message =
      `Cannot go on with cell "${this.#options.spec.name}": ${what}`;
    return new PulpError(code, message, cause === undefined ? {} : { cause });
  }

  #end(error: PulpError, lost: boolean): void {
    if (this.#gone !== undefined) return;
    this.#fail(error);
    this.terminate();
    this.#options.onEnd(error, lost);
  }

  #progress(): Progress {
    const of = (word: number): number => Atomics.load(this.#pulse, word);
    return {
      last: of(PULSE.last) >>> 0,
      isInside: of(PULSE.inside) === 1 && (of(PULSE.count) & 1) === 1,
    };
  }

  #fail(error: PulpError): void {
    this.#gone ??= error;
    this.#pending.fail(error, this.#progress());
    this.#inbound.fail(error);
  }
}

/** A worker that has no listener has no use for the key either. */
function withoutKey({ tls: _, ...env }: HostEnv): HostEnv {
  return env;
}
