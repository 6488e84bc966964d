/**
 * Stopping guests from another thread, for tests.
 *
 * @module
 */

import { assert } from "@std/assert";
import { GUARD_STOP_OFFSET, guardModule } from "../guard.ts";

/** What became of a guest that was stopped. */
export interface Stopped {
  /** What the call threw, or `undefined` if it returned. */
  readonly error: unknown;
  /** From the order to the end of the call. */
  readonly lateMs: number;
  /** What the guest leaves behind. */
  readonly exports: WebAssembly.Exports;
}

/** A thread that stops guests, one at a time. */
export class Stopper implements Disposable {
  readonly #worker = new Worker(
    new URL("./stopper_worker.ts", import.meta.url),
    { type: "module" },
  );

  /** Ends the thread. */
  [Symbol.dispose](): void {
    this.#worker.terminate();
  }

  /**
   * Guards a module and calls its export `run`, which calls the import
   * `host.running` first; the order to stop comes `afterMs` after that. A
   * start function is called in place of `run` when there is one.
   */
  async stop(
    bytes: Uint8Array<ArrayBuffer>,
    imports: Record<string, WebAssembly.ImportValue> = {},
    afterMs = 30,
  ): Promise<Stopped> {
    const guarded = guardModule(bytes, { guard: true, maxMemoryPages: 16384 });
    const signal = new SharedArrayBuffer(8);
    const stamps = new SharedArrayBuffer(8);
    const running = (): void => {
      Atomics.store(new Int32Array(signal), 0, 1);
      Atomics.notify(new Int32Array(signal), 0);
    };
    const instance = new WebAssembly.Instance(
      new WebAssembly.Module(guarded.bytes),
      { host: { running, ...imports } },
    );
    const memory = instance.exports[guarded.guardExport ?? ""];
    assert(memory instanceof WebAssembly.Memory);
    const guard = memory.buffer;
    assert(guard instanceof SharedArrayBuffer);
    this.#worker.postMessage({ signal, stamps, guard, afterMs });
    const run = instance.exports[guarded.startExport ?? "run"];
    assert(run instanceof Function);
    const call = "later" in imports ? promising(run) : run;
    let error: unknown;
    try {
      await call();
    } catch (thrown) {
      error = thrown;
    }
    const now = performance.timeOrigin + performance.now();
    const stop = new Int32Array(guard)[GUARD_STOP_OFFSET / 4];
    assert(stop === 1, "the call ended before it was stopped");
    const [given = 0] = new Float64Array(stamps);
    return { error, lateMs: now - given, exports: instance.exports };
  }
}

/** JSPI, which the types of TypeScript do not know yet. */
interface StackSwitching {
  promising(run: unknown): () => Promise<unknown>;
  Suspending: new (
    action: () => Promise<unknown>,
  ) => WebAssembly.ImportValue;
}

const switching = WebAssembly as unknown as StackSwitching;

function promising(run: unknown): () => Promise<unknown> {
  return switching.promising(run);
}

/** An import that suspends the guest until the promise is settled. */
export function suspending(
  action: () => Promise<unknown>,
): WebAssembly.ImportValue {
  return new switching.Suspending(action);
}
