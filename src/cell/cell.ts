/**
 * One instance of a cell: its memory, its entry points, its end.
 *
 * @module
 */

import { encodeEvent } from "../abi/envelope.ts";
import { Slab } from "../abi/short.ts";
import { MsgpackWriter } from "../abi/writer.ts";
import { checkCall, wrongArgument } from "../arguments.ts";
import type { CellContext, StepOutcome } from "../capabilities/capability.ts";
import { messageOf, PulpError } from "../errors.ts";
import { inTime } from "../in_time.ts";
import { LIMITS } from "../limits.ts";
import type { CellSpec } from "../manifest/spec.ts";
import { bindImports } from "./bind_imports.ts";
import type { CompiledCell } from "./compile.ts";
import { EntryClock } from "./entry_clock.ts";
import {
  callGuest,
  initGuest,
  shutDownGuest,
  stepGuest,
} from "./entry_points.ts";
import { Gate } from "./gate.ts";
import type { DeadlineWatch, InstanceOptions } from "./instance_options.ts";
import { LogLimiter } from "./log_limiter.ts";
import { LineWriter } from "./line_writer.ts";
import { Instance } from "./instance.ts";
import { type Maybe, then } from "./maybe.ts";
import { wasiImports } from "./wasi.ts";

const NOTHING = new Uint8Array(0);
/** For responses that are used at once. */
const slab = new Slab();

/**
 * A loaded cell. Its entry points never overlap: each waits for the one
 * before it. `await using` closes it.
 */
export class Cell implements AsyncDisposable {
  readonly #spec: CellSpec;
  readonly #logger: LogLimiter;
  readonly #gate = new Gate();
  readonly #events = new MsgpackWriter(16 << 10);
  readonly #onStep: InstanceOptions["onStep"];
  readonly #isLeaving: InstanceOptions["isLeaving"];
  readonly #onEntry: InstanceOptions["onEntry"];
  readonly #deadline: DeadlineWatch | undefined;
  readonly #clock: EntryClock | undefined;
  readonly #guest: Instance;
  readonly #abort = new AbortController();
  readonly #releases: (() => void | Promise<void>)[] = [];
  readonly #output: readonly LineWriter[];
  #steps: number;
  #initialised = false;
  #shutDown = false;
  #closing: Promise<void> | undefined;
  #successor: Promise<void> | undefined;

  private constructor(
    spec: CellSpec,
    logger: LogLimiter,
    options: InstanceOptions,
  ) {
    this.#spec = spec;
    this.#onStep = options.onStep;
    this.#isLeaving = options.isLeaving;
    this.#onEntry = options.onEntry;
    this.#steps = options.firstStep ?? 0;
    this.#deadline = options.deadline;
    this.#clock = options.deadline && new EntryClock(
      options.deadline.pulse,
      spec.callTimeoutMs,
      { expire: () => this.#expire(), settle: () => this.#guest.settle() },
    );
    this.#logger = logger;
    this.#guest = new Instance(
      spec.name,
      spec.callTimeoutMs,
      // Behind the entry point that ended it: its caller hears of it first.
      () => this.#gate.tell(() => options.onEnd?.()),
    );
    this.#output = [
      new LineWriter((line) => logger.log("info", line, { stream: "stdout" })),
      new LineWriter((line) => logger.log("warn", line, { stream: "stderr" })),
    ];
  }

  /**
   * Instantiates a compiled module and runs its start functions.
   *
   * @throws {PulpError} `module` when the imports don't fit, `trap`, `exit` or
   * `deadline` when it ends while it starts
   */
  static async instantiate(
    spec: CellSpec,
    compiled: CompiledCell,
    options: InstanceOptions,
  ): Promise<Cell> {
    const logger = new LogLimiter({
      log: (level, message, fields) =>
        options.logger.log(level, message, { cell: spec.name, ...fields }),
    });
    const cell = new Cell(spec, logger, options);
    try {
      await cell.#start(compiled, options);
      options.signal?.throwIfAborted();
    } catch (error) {
      await cell.close();
      options.signal?.throwIfAborted();
      throw error;
    }
    return cell;
  }

  /** The name that the manifest gives. */
  get name(): string {
    return this.#spec.name;
  }

  /** What the manifest says. */
  get spec(): CellSpec {
    return this.#spec;
  }

  /** Whether the cell answers calls: it exports `pulp_on_call`. */
  get hasProvider(): boolean {
    return this.#guest.has("pulp_on_call");
  }

  /** The number that the next step gets. */
  get steps(): number {
    return this.#steps;
  }

  /** Why the instance can't be used any more, once it ended by itself. */
  get ended(): PulpError | undefined {
    return this.#guest.ended;
  }

  /**
   * Hands `[config]` to `pulp_init`. To be called once, before anything else.
   *
   * @throws {PulpError} `init` with the guest's own message when it refuses
   */
  init(): Promise<void> {
    return this.#enter(() => {
      if (this.#initialised) {
        throw new PulpError(
          "usage",
          `Cannot initialise cell "${this.name}" twice`,
        );
      }
      this.#initialised = true;
      return initGuest(this.#guest, this.#spec.config);
    });
  }

  /**
   * Runs `pulp_step` with an event, or with nothing: an idle tick. `payload`
   * is the encoded map `{kind, payload}`. Resolves to the output handle that
   * the guest returned, 0 for none. A host knows it again by the `tag`.
   *
   * @throws {PulpError} as `call`
   */
  step(payload: Uint8Array = NOTHING, tag = 0): Promise<number> {
    return this.#enter(() => {
      if (!(payload instanceof Uint8Array)) {
        throw wrongArgument(
          `step cell "${this.name}"`,
          "the event",
          payload,
          "a Uint8Array",
        );
      }
      return this.#step(payload);
    }, tag);
  }

  /**
   * Hands an event to `pulp_step`, behind whatever runs now. `kind` and the
   * encoded payload make the map of the contract. `done` runs once, in the
   * turn in which the step ended.
   */
  deliver(
    kind: string,
    payload: Uint8Array,
    done: (outcome: StepOutcome) => void,
    tag = 0,
  ): void {
    this.#gate.run(
      () => {
        const { ended } = this.#guest;
        // It was not this event that ended the guest: it never got there.
        if (ended !== undefined) {
          throw new PulpError("closed", ended.message, { cause: ended });
        }
        this.#demandNotLeaving();
        return this.#begin(
          () => this.#step(encodeEvent(kind, payload, this.#events)),
          tag,
        );
      },
      (error) => done(error === undefined ? {} : { error }),
    );
  }

  /**
   * Calls a function that the cell provides. Bytes in, bytes out; the
   * contract leaves their meaning to caller and callee. A host knows it again
   * by the `tag`.
   *
   * @throws {PulpError} `call` when the guest reports a failure, or provides
   * nothing; `usage` when the bytes are none, or too many; `contract` when its
   * answer can't be read; `trap`, `exit` or `deadline` when the call ended the
   * instance; `closed` when it can't be called any more
   */
  call(
    name: string,
    args: Uint8Array = NOTHING,
    tag = 0,
  ): Promise<Uint8Array> {
    return this.#gate.enter(() => {
      this.#demandNotLeaving();
      return this.#begin(() => {
        checkCall(this.name, name, args);
        return callGuest(this.#guest, name, args);
      }, tag);
    });
  }

  /**
   * As `call`, but tells `done` in the turn in which the call ended. The
   * response is to be used at once: it may lie in memory beside others.
   */
  answer(
    name: string,
    args: Uint8Array,
    done: (error: unknown, response: Uint8Array | undefined) => void,
  ): void {
    this.#gate.run(
      () => {
        this.#demandNotLeaving();
        return this.#begin(() => callGuest(this.#guest, name, args, slab));
      },
      done,
    );
  }

  /**
   * Runs `pulp_shutdown`. Afterwards only `close` is left.
   *
   * @throws {PulpError} `call` when the guest returns non-zero
   */
  shutdown(): Promise<void> {
    return this.#enter(() =>
      shutDownGuest(this.#guest, () => this.#shutDown = true)
    );
  }

  /** The guest's `probe_last_call`, `undefined` when it exports none. */
  probeLastCall(): Promise<bigint | undefined> {
    return this.#probe("probe_last_call", BigInt.asUintN);
  }

  /** The guest's `probe_config_marker`, `undefined` when it exports none. */
  probeConfigMarker(): Promise<bigint | undefined> {
    return this.#probe("probe_config_marker", BigInt.asIntN);
  }

  /**
   * Ends the instance behind whatever it does now, and releases all it holds.
   * Twice is fine. `successor` tells the capabilities that another instance
   * follows, and settles when it is there.
   */
  close(successor?: Promise<void>): Promise<void> {
    this.#successor ??= successor;
    return this.#closing ??= this.#gate.enter(async () => {
      const reason = this.#guest.end(
        new PulpError(
          "closed",
          `Cannot use cell "${this.name}": it was closed`,
        ),
      );
      for (const output of this.#output) output.flush();
      this.#logger.flush();
      this.#deadline?.end();
      this.#abort.abort(reason);
      for (const release of this.#releases.reverse()) {
        try {
          const released = release();
          if (released !== undefined) {
            await inTime(released, LIMITS.teardownMs);
          }
        } catch (error) {
          this.#logger.log("error", "release failed", {
            err: messageOf(error),
          });
        }
      }
    });
  }

  /** Closes the cell. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #start(
    compiled: CompiledCell,
    options: InstanceOptions,
  ): Promise<void> {
    const { signal } = options;
    if (signal !== undefined) {
      const close = (): void => void this.close();
      signal.addEventListener("abort", close, { once: true });
      this.#releases.push(() => signal.removeEventListener("abort", close));
    }
    const context = this.#context(options);
    const wasi = wasiImports({
      memory: () => this.#guest.memory,
      environ: options.environ,
      stdout: this.#output[0]!,
      stderr: this.#output[1]!,
      sleep: (ms) => this.#guest.sleep(ms),
      stopped: () => this.#guest.stopped,
      onExit: (exit) => this.#guest.noteExit(exit),
    });
    const { imports, suspending } = bindImports(
      compiled,
      options.registry,
      context,
      wasi,
      (capability) =>
        void this.#releases.unshift(() => capability.teardownCell?.(context)),
    );
    let instance: WebAssembly.Instance;
    try {
      instance = await WebAssembly.instantiate(compiled.module, imports);
    } catch (cause) {
      if (!(cause instanceof WebAssembly.LinkError)) {
        throw this.#guest.failure("its start", cause);
      }
      throw new PulpError(
        "module",
        `Cannot load "${this.#spec.wasmPath}": ${cause.message}`,
        { cause },
      );
    }
    // A signal may have closed it meanwhile; nothing of it is to run then.
    if (this.#guest.ended !== undefined) throw this.#guest.ended;
    if (suspending) this.#clock?.mayWait();
    this.#guest.attach(instance, suspending);
    if (compiled.guardExport !== undefined && this.#deadline !== undefined) {
      const guard = new Int32Array(
        (instance.exports[compiled.guardExport] as WebAssembly.Memory).buffer,
      );
      this.#guest.guardBy(guard);
      this.#deadline.attach(guard);
    }
    const reactor = ["_initialize", "_start"].find((name) =>
      this.#guest.has(name)
    );
    for (const start of [compiled.startExport, reactor]) {
      if (start !== undefined) {
        await this.#enter(() => this.#guest.invoke(start));
      }
    }
  }

  #context(options: InstanceOptions): CellContext {
    const successor = (): Promise<void> | undefined => this.#successor;
    return {
      get successor() {
        return successor();
      },
      spec: this.#spec,
      env: options.env,
      logger: this.#logger,
      memory: this.#guest.memory,
      signal: this.#abort.signal,
      isStopped: () => this.#guest.stopped,
      ...(options.siblings === undefined ? {} : { siblings: options.siblings }),
      deliver: (kind, payload, done) => this.deliver(kind, payload, done),
      onClose: (release) => void this.#releases.push(release),
    };
  }

  #enter<T>(job: () => Maybe<T>, tag = 0): Promise<T> {
    return this.#gate.enter(() => this.#begin(job, tag));
  }

  #demandNotLeaving(): void {
    if (this.#isLeaving?.() !== true) return;
    throw new PulpError(
      "closed",
      `Cannot use cell "${this.name}": it is to stop`,
    );
  }

  /** Stops a guest that waits for the host; what it waits for has nobody left to wait for it. */
  #expire(): PulpError {
    const reason = this.#guest.expire();
    this.#abort.abort(reason);
    return reason;
  }

  /** Runs an entry point, if the instance can still be used, under the deadline. */
  #begin<T>(job: () => Maybe<T>, tag = 0): Maybe<T> {
    if (this.#guest.ended !== undefined) throw this.#guest.ended;
    if (this.#shutDown) {
      throw new PulpError(
        "closed",
        `Cannot use cell "${this.name}": it was shut down`,
      );
    }
    this.#onEntry?.(tag);
    if (this.#clock === undefined) return job();
    this.#guest.forgiveGarbage();
    return this.#clock.run(job);
  }

  #step(payload: Uint8Array): Maybe<number> {
    return stepGuest(this.#guest, this.#steps++, payload, this.#onStep);
  }

  #probe(
    name: string,
    wrap: (bits: number, value: bigint) => bigint,
  ): Promise<bigint | undefined> {
    return this.#enter(() =>
      this.#guest.has(name)
        ? then(this.#guest.invoke(name), (value) => wrap(64, value as bigint))
        : undefined
    );
  }
}
