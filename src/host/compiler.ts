/**
 * Compiling modules for a host: quick ones on its main thread, others on a
 * thread of their own, so that nothing waits for them but their cell.
 *
 * @module
 */

import {
  compileCell,
  type CompiledCell,
  type CompiledModule,
  costOf,
  refusedModule,
} from "../cell/compile.ts";
import type { CellModule } from "../cell/cell_module.ts";
import { PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Logger } from "../logger.ts";
import type { GuardOptions } from "../wasm/guard.ts";
import { fromWire, type WireError } from "./protocol.ts";
import { compileProgram } from "./worker_program.ts";

/** What the thread is asked. */
export interface CompileRequest {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly options: GuardOptions;
}

/** What it answers. */
export type CompileReply =
  | { readonly compiled: CompiledModule }
  | { readonly error: WireError };

/** What limits a compiler; the defaults are those of `LIMITS`. */
export interface CompilerLimits {
  /** Up to here, in bytes, modules are compiled on this thread. */
  readonly bytesHere: number;
  /** Time for one that is not. */
  readonly timeoutMs: number;
}

/** What takes longer than this is worth a record. */
const QUIET_MS = 1_000;

/** Compiles the modules of one host. */
export class Compiler {
  readonly #logger: Logger;
  readonly #limits: CompilerLimits;
  /** Ends with the large module before: two at a time take too much memory. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #closed = Promise.withResolvers<never>();
  #isClosed = false;
  /** Threads that took too long. V8 goes on in them when they are ended. */
  #lost = 0;

  /** Starts nothing yet. */
  constructor(logger: Logger, limits: Partial<CompilerLimits> = {}) {
    this.#logger = logger;
    this.#limits = {
      bytesHere: LIMITS.moduleBytesHere,
      timeoutMs: LIMITS.moduleCompileMs,
      ...limits,
    };
    // Nothing may be under way when it is closed.
    this.#closed.promise.catch(() => {});
  }

  /**
   * As `compileCell`, with a guard. The bytes of a large module are given
   * away to the thread.
   *
   * @throws {PulpError} as `compileCell`; `module` when it takes too long, and
   * `closed` when the compiler is closed meanwhile
   */
  async compile(cell: CellModule): Promise<CompiledCell> {
    const isQuick = cell.bytes.length <= this.#limits.bytesHere &&
      costOf(cell) <= LIMITS.moduleCostHere;
    if (isQuick) return await compileCell(cell, true);
    const compiling = this.#last.then(() => this.#apart(cell));
    this.#last = compiling.catch(() => {});
    return await compiling;
  }

  /** Ends what is under way. */
  close(): void {
    this.#isClosed = true;
    this.#closed.reject(
      new PulpError("closed", "Cannot compile: the host shuts down"),
    );
  }

  async #apart(cell: CellModule): Promise<CompiledCell> {
    if (this.#isClosed) return await this.#closed.promise;
    if (this.#lost >= LIMITS.lostCompilers) {
      throw refusedModule(
        cell,
        new PulpError(
          "module",
          `V8 is still at ${this.#lost} others that took too long to compile`,
          { hint: "start the host again, without them" },
        ),
      );
    }
    const worker = new Worker(compileProgram(), {
      type: "module",
      name: `compile ${cell.spec.name}`,
      deno: { permissions: "none" },
    });
    using _ends = { [Symbol.dispose]: () => worker.terminate() };
    using _told = this.#progress(cell);
    const reply = await this.#ask(worker, cell);
    if ("error" in reply) throw refusedModule(cell, fromWire(reply.error));
    return { ...reply.compiled, imports: cell.info.imports };
  }

  async #ask(worker: Worker, cell: CellModule): Promise<CompileReply> {
    const { promise, resolve, reject } = Promise.withResolvers<CompileReply>();
    const refuse = (what: string): void =>
      reject(refusedModule(cell, new Error(what)));
    const { timeoutMs } = this.#limits;
    const timer = setTimeout(
      () => {
        this.#lost++;
        refuse(`it takes longer than ${timeoutMs / 1000} s to compile`);
      },
      timeoutMs,
    );
    worker.addEventListener("message", ({ data }) => resolve(data));
    worker.addEventListener("error", (event) => {
      // Otherwise the error of a worker would end the host.
      event.preventDefault();
      refuse(`the thread that compiles it failed: ${event.message}`);
    });
    const bytes = cell.bytes as Uint8Array<ArrayBuffer>;
    const options = { guard: true, maxMemoryPages: cell.spec.maxMemoryPages };
    const request: CompileRequest = { bytes, options };
    worker.postMessage(request, [bytes.buffer]);
    try {
      return await Promise.race([promise, this.#closed.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Says what takes so long, and when it is over. */
  #progress({ spec, bytes }: CellModule): Disposable {
    const start = performance.now();
    const { length } = bytes;
    let isTold = false;
    const timer = setTimeout(() => {
      isTold = true;
      this.#logger.log("info", "compiling", { cell: spec.name, bytes: length });
    }, QUIET_MS);
    return {
      [Symbol.dispose]: () => {
        clearTimeout(timer);
        if (!isTold) return;
        const ms = Math.round(performance.now() - start);
        this.#logger.log("info", "compiling ended", { cell: spec.name, ms });
      },
    };
  }
}
