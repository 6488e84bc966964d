/**
 * Values that are there at once or later. A guest that imports nothing that
 * waits is called without a promise in between.
 *
 * @module
 */

/** A value, or a promise of it. */
export type Maybe<T> = T | Promise<T>;

/** Goes on with a value when it is there: in the same turn unless it is a promise. */
export function then<T, U>(
  value: Maybe<T>,
  next: (value: T) => Maybe<U>,
): Maybe<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Runs `job` and then `after`, which also runs when the job failed and is told so. */
export function lastly<T>(
  job: () => Maybe<T>,
  after: (failed: boolean) => Maybe<unknown>,
): Maybe<T> {
  const rethrow = (error: unknown): Maybe<never> =>
    then(after(true), () => {
      throw error;
    });
  let value: Maybe<T>;
  try {
    value = job();
  } catch (error) {
    return rethrow(error);
  }
  if (!(value instanceof Promise)) return then(after(false), () => value);
  return value.then((value) => then(after(false), () => value), rethrow);
}
