/**
 * The other thread: waits until a guest runs, lets it run for a while, then
 * orders it to stop.
 *
 * @module
 */

/// <reference lib="deno.worker" />

/** `signal` word 0: the guest runs. `stamps` 0: when the order was given. */
interface Order {
  readonly signal: SharedArrayBuffer;
  readonly stamps: SharedArrayBuffer;
  readonly guard: SharedArrayBuffer;
  readonly afterMs: number;
}

self.onmessage = ({ data }: MessageEvent<Order>) => {
  const signal = new Int32Array(data.signal);
  Atomics.wait(signal, 0, 0);
  Atomics.wait(signal, 1, 0, data.afterMs);
  new Float64Array(data.stamps)[0] = performance.timeOrigin + performance.now();
  Atomics.store(new Int32Array(data.guard), 0, 1);
};
