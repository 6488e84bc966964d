/**
 * Lets one entry point of a cell run at a time.
 *
 * @module
 */

/** A job that takes this long, in milliseconds, has kept its thread from all else. */
const LONG_MS = 50;
/** Turns in which its thread then sees to other events: a client that waits to be let in takes more than one. */
const REST_TURNS = 4;

/** A job that may be done at once or later. */
export type Job<T> = () => T | Promise<T>;

/**
 * A queue of one. A job that returns no promise is done within the call that
 * brought it, when nothing else runs: no microtask lies between a request and
 * its answer. Behind a long one the thread sees to other events first, such as
 * those who wait and are too many, or have waited for too long.
 */
export class Gate {
  #busy = false;
  #isResting = false;
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
    // Far cheaper than the finer clock, twice a request.
    const start = Date.now();
    const pending = attempt(job, done);
    if (pending !== undefined) pending.then(() => this.#goOn(start));
    else this.#goOn(start);
  }

  /** Runs a job in its turn. */
  enter<T>(job: Job<T>): Promise<T> {
    if (this.#busy) return this.#wait(job);
    this.#busy = true;
    const start = Date.now();
    const goOn = (): void => this.#goOn(start);
    let result: T | Promise<T>;
    try {
      result = job();
    } catch (error) {
      goOn();
      return Promise.reject(error);
    }
    if (result instanceof Promise) {
      result.then(goOn, goOn);
      return result;
    }
    goOn();
    return Promise.resolve(result);
  }

  /** Does what is to be known at once: behind the job that runs, but before those that wait, and before any rest. */
  tell(what: () => void): void {
    if (this.#busy && !this.#isResting) {
      this.#waiting.unshift(() => attempt(what, () => {}));
    } else what();
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

  /** Behind a job that began at `start`. */
  #goOn(start: number): void {
    if (Date.now() - start >= LONG_MS) {
      this.#isResting = true;
      this.#rest(REST_TURNS);
    } else if (this.#waiting.length > 0) this.#pump();
    else this.#busy = false;
  }

  /** Goes on after so many turns of the thread. */
  #rest(turns: number): void {
    if (turns === 0) return this.#pump();
    setTimeout(() => this.#rest(turns - 1), 0);
  }

  #pump(): void {
    this.#busy = true;
    this.#isResting = false;
    for (
      let next = this.#waiting.shift();
      next !== undefined;
      next = this.#waiting.shift()
    ) {
      const start = Date.now();
      const pending = next();
      if (pending !== undefined) {
        // attempt() settles without ever rejecting.
        pending.then(() => this.#goOn(start));
        return;
      }
      if (Date.now() - start >= LONG_MS) return this.#goOn(start);
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
