/**
 * Work that may take some time and no more.
 *
 * @module
 */

/**
 * Waits for something that may never end. It is not ended by this: only nobody
 * waits any longer.
 *
 * @throws {Error} with the text `late` when it takes longer than `mostMs`
 * milliseconds
 */
export async function inTime<T>(
  work: T | PromiseLike<T>,
  mostMs: number,
  late = `it took longer than ${mostMs} ms`,
): Promise<T> {
  // Timers are a part of Deno that takes 5 ms to load.
  if (Object(work) !== work) return await work;
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(late)), mostMs);
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Waits for something that may never end, until a signal says otherwise. It is
 * not ended by this either.
 *
 * @throws the reason of the signal
 */
export async function unlessAborted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return await work;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
