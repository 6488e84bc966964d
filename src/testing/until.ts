/**
 * Waiting for what others do, in tests.
 *
 * @module
 */

/**
 * What a test waits for has happened by then, in milliseconds, however slow
 * the machine is; what has not will not.
 */
export const PATIENCE_MS = 60_000;

/** Between two looks. */
const PAUSE_MS = 5;

/**
 * Waits for something that may never end.
 *
 * @param what What is waited for, for the message.
 * @param shown What helps to see why it did not come, such as a log.
 * @throws {Error} with both when it takes longer than {@linkcode PATIENCE_MS}
 */
export async function within<T>(
  what: string,
  work: Promise<T>,
  shown: () => string = () => "",
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const seen = shown();
    const message = `waited ${PATIENCE_MS / 1000} s in vain for ${what}`;
    reject(new Error(seen === "" ? message : `${message}:\n${seen}`));
  }, PATIENCE_MS);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Asks again and again, until the answer is neither `undefined` nor `false`;
 * that answer.
 *
 * @param what What is waited for, for the message.
 * @param shown What helps to see why it did not come, such as a log.
 * @throws {Error} with both when it takes longer than {@linkcode PATIENCE_MS}
 * @throws whatever `ask` throws
 */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  shown?: () => string,
): Promise<T> {
  let isOver = false;
  const asking = async (): Promise<T> => {
    for (;;) {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      if (isOver) throw new Error("nobody waits any more");
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
  try {
    return await within(what, asking(), shown);
  } finally {
    isOver = true;
  }
}
