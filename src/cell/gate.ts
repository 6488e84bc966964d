/**
 * Lets one entry point of a cell run at a time.
 *
 * @module
 */

/** A job that may be done at once or later. */
export type Job<T> = () => T | Promise<T>;

/**
 * A queue of one. A job that returns no promise is done within the call that
 * brought it, when nothing else runs: no microtask lies between a request and
 * its answer.
 */
export class Gate {
  #busy = false;
  readonly #waiting: (() => Promise<void> | undefined)[] = [];

  /** Runs a job in its turn; `done` is called once, in the turn in which the job ended. */
  run<T>(
    job: Job<T>,
    done: (error: unknown, value: T | undefined) => void,
  ): void {
    if (this.#busy) {
      this.#waiting.push(() => attempt(job, done));
      return;
    }
    this.#busy = true;
    const pending = attempt(job, done);
    if (pending !== undefined) pending.then(() => this.#pump());
    else if (this.#waiting.length > 0) this.#pump();
    else this.#busy = false;
  }

  /** Runs a job in its turn. */
  enter<T>(job: Job<T>): Promise<T> {
    if (this.#busy) return this.#wait(job);
    this.#busy = true;
    let result: T | Promise<T>;
    try {
      result = job();
    } catch (error) {
      this.#pump();
      return Promise.reject(error);
    }
    if (result instanceof Promise) {
      const pump = (): void => this.#pump();
      result.then(pump, pump);
      return result;
    }
    if (this.#waiting.length > 0) this.#pump();
    else this.#busy = false;
    return Promise.resolve(result);
  }

  #wait<T>(job: Job<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.run(
        job,
        (error, value) =>
          error === undefined ? resolve(value as T) : reject(error),
      );
    });
  }

  #pump(): void {
    this.#busy = true;
    for (
      let next = this.#waiting.shift();
      next !== undefined;
      next = this.#waiting.shift()
    ) {
      const pending = next();
      if (pending !== undefined) {
        // attempt() settles without ever rejecting.
        pending.then(() => this.#pump());
        return;
      }
    }
    this.#busy = false;
  }
}

function attempt<T>(
  job: Job<T>,
  done: (error: unknown, value: T | undefined) => void,
): Promise<void> | undefined {
  let result: T | Promise<T>;
  try {
    result = job();
  } catch (error) {
    tell(done, error ?? new Error("thrown without a value"), undefined);
    return undefined;
  }
  if (result instanceof Promise) {
    return result.then(
      (value) => tell(done, undefined, value),
      (error) =>
        tell(done, error ?? new Error("rejected without a value"), undefined),
    );
  }
  tell(done, undefined, result);
  return undefined;
}

/** Who is told may fail, for want of memory if nothing else: the gate opens all the same. */
function tell<T>(
  done: (error: unknown, value: T | undefined) => void,
  error: unknown,
  value: T | undefined,
): void {
  try {
    done(error, value);
  } catch (thrown) {
    queueMicrotask(() => {
      throw thrown;
    });
  }
}
