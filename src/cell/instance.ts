/**
 * One WebAssembly instance and the calls into it: allocation, marshalling,
 * traps.
 *
 * @module
 */

import { putBytes, type Slab } from "../abi/short.ts";
import { readBriefly } from "../capabilities/guest_memory.ts";
import { messageOf, PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { LinearMemory } from "./memory.ts";
import { lastly, type Maybe, then } from "./maybe.ts";
import { GUARD_HEAP_OFFSET } from "../wasm/guard_layout.ts";
import { promisingExport } from "./jspi.ts";
import { ProcExit } from "./wasi.ts";

type Value = number | bigint | undefined;
type Export = (...args: number[]) => Maybe<Value>;

/** A range in the guest's memory that the host allocated there. */
export interface GuestBuffer {
  readonly ptr: number;
  readonly len: number;
}

/** The name under which the rewritten module exports its start function. */
const START_EXPORT = "pulp:start";
const NOTHING = new Uint8Array(0);
const NO_BUFFER: GuestBuffer = Object.freeze({ ptr: 0, len: 0 });

/** The guest's side of a cell. A trap or an exit ends it for good. */
export class Instance {
  /** The guest's memory; empty until the instance is attached. */
  readonly memory = new LinearMemory();
  /** The name of the cell. */
  readonly name: string;
  readonly #timeoutMs: number;
  readonly #onEnd: () => void;
  readonly #exports = new Map<string, Export>();
  #guard: Int32Array | undefined;
  #entry = "";
  #exit: ProcExit | undefined;
  #ended: PulpError | undefined;

  /** Prepares for a guest of the given name; `timeoutMs` is its deadline, `onEnd` is told when it ends. */
  constructor(name: string, timeoutMs: number, onEnd: () => void) {
    this.name = name;
    this.#onEnd = onEnd;
    this.#timeoutMs = timeoutMs;
  }

  /** Why the guest can't be run any more; `undefined` while it can. */
  get ended(): PulpError | undefined {
    return this.#ended;
  }

  /** Takes over an instance. With `suspending` every entry goes through JSPI. */
  attach(instance: WebAssembly.Instance, suspending: boolean): void {
    for (const [name, value] of Object.entries(instance.exports)) {
      if (typeof value !== "function") continue;
      // All of them: an allocator of a guest with a scheduler of its own may
      // get to a function that waits.
      this.#exports.set(
        name,
        (suspending ? promisingExport(value as Export) : value) as Export,
      );
    }
    // From within a host function the allocator is called plainly: the stack
    // under it belongs to the host and can't be suspended.
    const alloc = instance.exports.pulp_alloc as
      | ((size: number) => number)
      | undefined;
    this.memory.attach(instance.exports.memory as WebAssembly.Memory, alloc);
  }

  /** From now on, a 1 in word 0 of `guard` means that the guest was stopped. */
  guardBy(guard: Int32Array): void {
    this.#guard = guard;
  }

  /** Whether the deadline of the guest has passed. */
  get stopped(): boolean {
    return this.#guard !== undefined && Atomics.load(this.#guard, 0) !== 0;
  }

  /**
   * Forgives a guest with garbage collection what it has allocated, when the
   * collector has kept up. The count that the guard keeps knows no garbage.
   */
  forgiveGarbage(): void {
    if (this.#guard === undefined) return;
    const allocated = this.#guard[GUARD_HEAP_OFFSET / 4]! >>> 0;
    if (allocated < LIMITS.guestHeapBytes / 2) return;
    if (Deno.memoryUsage().heapUsed > LIMITS.guestHeapBytes / 2) return;
    Atomics.store(this.#guard, GUARD_HEAP_OFFSET / 4, 0);
  }

  /** To be called when an entry point has returned. Throws when that was after its deadline. */
  settle(): void {
    if (!this.stopped) return;
    // It came back by itself, but late: out of a host function that took long.
    throw this.failure(
      this.#entry,
      new Error("it returned after its deadline"),
    );
  }

  /** Stops a guest that waits for the host beyond its deadline. */
  expire(): PulpError {
    this.stop();
    return this.failure(
      this.#entry,
      new Error("a host function did not return in time"),
    );
  }

  /** Stops the guest: it traps at the next loop or call, and so does all that comes later. */
  stop(): void {
    if (this.#guard === undefined) return;
    Atomics.store(this.#guard, 0, 1);
    Atomics.notify(this.#guard, 0);
  }

  /** Blocks this thread for a time in milliseconds, or until the guest is stopped. */
  sleep(ms: number): void {
    const word = this.#guard ?? new Int32Array(new SharedArrayBuffer(4));
    Atomics.wait(word, 0, 0, ms);
  }

  /** Whether the guest exports a function of that name. */
  has(name: string): boolean {
    return this.#exports.has(name);
  }

  /** Notes an exit before it unwinds the guest, which could catch it. */
  noteExit(exit: ProcExit): void {
    this.#exit ??= exit;
    // One that catches it would otherwise run on to its deadline.
    this.stop();
  }

  /** Makes the instance unusable; the first reason stays. */
  end(reason: PulpError): PulpError {
    if (this.#ended !== undefined) return this.#ended;
    this.#ended = reason;
    queueMicrotask(this.#onEnd);
    return reason;
  }

  /** Runs an export. Arguments that it doesn't take are dropped. */
  invoke(name: string, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0): Maybe<Value> {
    const run = this.#exports.get(name);
    if (run === undefined) {
      throw new PulpError(
        "module",
        `Cannot run "${name}" of cell "${this.name}": not exported`,
      );
    }
    this.#entry = name;
    let result: Maybe<Value>;
    try {
      result = run(a, b, c, d, e, f);
    } catch (cause) {
      throw this.failure(name, cause);
    }
    if (!(result instanceof Promise)) return this.#check(name, result);
    return result.then((value) => this.#check(name, value), (cause) => {
      throw this.failure(name, cause);
    });
  }

  /** Runs an export that belongs to the one before. When it is too late for that, the one before was late. */
  #follow(name: string, a = 0, b = 0): Maybe<Value> {
    this.settle();
    return this.invoke(name, a, b);
  }

  /** What ended the guest, as an error of the host; the guest has ended with it. */
  failure(entry: string, cause: unknown): PulpError {
    const where = entry === START_EXPORT ? "its start function" : entry;
    const exit = this.#exit ?? (cause instanceof ProcExit ? cause : undefined);
    const [code, what] = exit !== undefined
      ? ["exit", `it exited with status ${exit.status} in ${where}`] as const
      : this.stopped
      ? [
        "deadline",
        `${where} ran longer than call_timeout_ms = ${this.#timeoutMs}`,
      ] as const
      : ["trap", `it trapped in ${where}: ${messageOf(cause)}`] as const;
    return this.end(
      new PulpError(code, `Cannot go on with cell "${this.name}": ${what}`, {
        cause,
      }),
    );
  }

  /** Allocates in the guest, and gives the address; `length` is not 0. */
  allocate(length: number): Maybe<number> {
    if (length > LIMITS.stepBytes) {
      throw new PulpError(
        "usage",
        `Cannot hand ${length} bytes to cell "${this.name}": the most is ${LIMITS.stepBytes}`,
      );
    }
    if (!this.has("pulp_alloc")) {
      throw this.#cannotHand(length, "it exports no pulp_alloc");
    }
    const result = this.invoke("pulp_alloc", length);
    return result instanceof Promise
      ? result.then((result) => this.#allocated(result, length))
      : this.#allocated(result, length);
  }

  #allocated(result: Value, length: number): number {
    const ptr = Number(result) >>> 0;
    if (ptr === 0) throw this.#cannotHand(length, "pulp_alloc returned 0");
    if (!this.memory.holds(ptr, length)) {
      throw this.#cannotHand(
        length,
        `pulp_alloc returned ${ptr}, outside its memory of ${this.memory.bytes.length}`,
      );
    }
    return ptr;
  }

  #cannotHand(length: number, what: string): PulpError {
    return new PulpError(
      "contract",
      `Cannot hand ${length} bytes to cell "${this.name}": ${what}`,
    );
  }

  /** Frees what `allocate` gave, when the guest wants it back. */
  free(ptr: number, len: number): Maybe<unknown> {
    if (len === 0 || !this.has("pulp_free")) return undefined;
    return this.#follow("pulp_free", ptr, len);
  }

  /** Puts inputs into the guest for the time of `use`. Empty ones are (0, 0) and never allocated. */
  withBuffers<T>(
    inputs: readonly Uint8Array[],
    use: (buffers: readonly GuestBuffer[]) => Maybe<T>,
  ): Maybe<T> {
    const buffers: GuestBuffer[] = [];
    const freeAll = (): Maybe<unknown> => {
      const buffer = buffers.pop();
      return buffer === undefined
        ? undefined
        : then(this.free(buffer.ptr, buffer.len), freeAll);
    };
    return lastly(
      () => then(this.#put(inputs, buffers), () => use(buffers)),
      // What failed is what is reported, not a second failure in pulp_free.
      (failed) => failed && this.#ended !== undefined ? undefined : freeAll(),
    );
  }

  /**
   * Copies the response that two out words name, and releases it in the
   * guest. One that is used at once may lie in a `slab`.
   */
  takeResponse(out: number, slab?: Slab): Maybe<Uint8Array> {
    const view = this.memory.view;
    const ptr = view.getUint32(out, true);
    const len = view.getUint32(out + 4, true);
    if (len === 0) return NOTHING;
    const response = slab === undefined
      ? this.memory.read(ptr, len)
      : readBriefly(this.memory, ptr, len, slab);
    if (response === undefined) {
      const what = len > LIMITS.messageBytes
        ? `are more than ${LIMITS.messageBytes}`
        : `leave its memory of ${view.byteLength}`;
      throw new PulpError(
        "contract",
        `Cannot read the response of cell "${this.name}": ${len} bytes at ${ptr} ${what}`,
      );
    }
    const release = this.has("pulp_post_return")
      ? "pulp_post_return"
      : "pulp_free";
    return this.has(release)
      ? then(this.#follow(release, ptr, len), () => response)
      : response;
  }

  /** The message that a guest left behind, if it exports one that can be read. */
  errorText(
    prefix: "pulp_init_error" | "pulp_on_call_error",
  ): Maybe<string | undefined> {
    if (!this.has(`${prefix}_ptr`) || !this.has(`${prefix}_len`)) {
      return undefined;
    }
    return then(
      this.#follow(`${prefix}_ptr`),
      (ptr) =>
        then(this.#follow(`${prefix}_len`), (len) => {
          const length = Math.min(Number(len) >>> 0, LIMITS.errorTextBytes);
          return this.memory.readText(Number(ptr), length) || undefined;
        }),
    );
  }

  #put(inputs: readonly Uint8Array[], buffers: GuestBuffer[]): Maybe<void> {
    const input = inputs[buffers.length];
    if (input === undefined) return;
    if (input.length === 0) {
      buffers.push(NO_BUFFER);
      return this.#put(inputs, buffers);
    }
    return then(this.allocate(input.length), (ptr) => {
      const len = input.length;
      const other = buffers.find((b) =>
        b.ptr < ptr + len && ptr < b.ptr + b.len
      );
      if (other !== undefined) {
        throw this.#cannotHand(
          len,
          `pulp_alloc returned ${ptr}, over a live buffer at ${other.ptr}`,
        );
      }
      putBytes(this.memory.bytes, ptr, input);
      buffers.push({ ptr, len });
      return this.#put(inputs, buffers);
    });
  }

  #check(name: string, value: Value): Value {
    if (this.#exit !== undefined) throw this.failure(name, this.#exit);
    return value;
  }
}
