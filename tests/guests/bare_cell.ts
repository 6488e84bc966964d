/**
 * A cell without a host: the raw instance and imports made up by a test. It
 * says what a guest does by itself.
 *
 * @module
 */

/** A host function of a test, over the bytes that the guest passed. */
export type BareImports = Readonly<
  Record<string, (...args: number[]) => number>
>;

/** How a call ended: a code, and the result or the message. */
export interface BareResult {
  readonly code: number;
  readonly bytes: Uint8Array;
}

/** The exports in use. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  pulp_alloc(size: number): number;
  pulp_free(ptr: number, size: number): void;
  pulp_init(ptr: number, length: number): number;
  pulp_step(ptr: number, length: number): number;
  pulp_shutdown(): number;
  pulp_on_call(...args: number[]): number;
  pulp_init_error_ptr(): number;
  pulp_init_error_len(): number;
  pulp_on_call_error_ptr(): number;
  pulp_on_call_error_len(): number;
}

/** One instance. */
export class BareCell {
  readonly #exports: Exports;

  /** Instantiates a module that imports nothing but `pulp`. */
  constructor(wasm: Uint8Array<ArrayBuffer>, imports: BareImports = {}) {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), {
      pulp: imports,
    });
    // The guests under test are known to export these.
    this.#exports = instance.exports as unknown as Exports;
  }

  /** Size of the memory. */
  get memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  /** A copy of guest memory. */
  read(ptr: number, length: number): Uint8Array {
    const from = ptr >>> 0;
    return new Uint8Array(this.#exports.memory.buffer).slice(
      from,
      from + (length >>> 0),
    );
  }

  /** Hands bytes to the guest as the answer of a host function. */
  respond(bytes: Uint8Array, ptrOut: number, lengthOut: number): number {
    const ptr = this.#put(bytes);
    const view = new DataView(this.#exports.memory.buffer);
    view.setUint32(ptrOut >>> 0, ptr, true);
    view.setUint32(lengthOut >>> 0, bytes.length, true);
    return 0;
  }

  /** `pulp_init`; the bytes are the message of a failure. */
  init(config: Uint8Array = new Uint8Array()): BareResult {
    const ptr = this.#put(config);
    const code = this.#exports.pulp_init(ptr, config.length);
    this.#exports.pulp_free(ptr, config.length);
    const bytes = this.read(
      this.#exports.pulp_init_error_ptr(),
      this.#exports.pulp_init_error_len(),
    );
    return { code, bytes };
  }

  /** `pulp_step` with the bytes as they are. */
  step(envelope: Uint8Array): number {
    const ptr = this.#put(envelope);
    const result = this.#exports.pulp_step(ptr, envelope.length);
    this.#exports.pulp_free(ptr, envelope.length);
    return result;
  }

  /** `pulp_shutdown`. */
  shutdown(): number {
    return this.#exports.pulp_shutdown();
  }

  /** `pulp_on_call`; the bytes are the result, or the message of a failure. */
  call(name: string, args: Uint8Array = new Uint8Array()): BareResult {
    const nameBytes = new TextEncoder().encode(name);
    const namePtr = this.#put(nameBytes);
    const argsPtr = this.#put(args);
    const out = this.#exports.pulp_alloc(8) >>> 0;
    const code = this.#exports.pulp_on_call(
      namePtr,
      nameBytes.length,
      argsPtr,
      args.length,
      out,
      out + 4,
    );
    const result = code === 0 ? this.#take(out) : this.read(
      this.#exports.pulp_on_call_error_ptr(),
      this.#exports.pulp_on_call_error_len(),
    );
    this.#exports.pulp_free(out, 8);
    this.#exports.pulp_free(argsPtr, args.length);
    this.#exports.pulp_free(namePtr, nameBytes.length);
    return { code, bytes: result };
  }

  #take(out: number): Uint8Array {
    const view = new DataView(this.#exports.memory.buffer);
    const ptr = view.getUint32(out, true);
    const length = view.getUint32(out + 4, true);
    const bytes = this.read(ptr, length);
    if (length > 0) this.#exports.pulp_free(ptr, length);
    return bytes;
  }

  #put(bytes: Uint8Array): number {
    if (bytes.length === 0) return 0;
    const ptr = this.#exports.pulp_alloc(bytes.length) >>> 0;
    new Uint8Array(this.#exports.memory.buffer).set(bytes, ptr);
    return ptr;
  }
}
