/**
 * Deadlines for cells that run on this thread: a thread of its own watches.
 *
 * @module
 */

import { makeWatcher } from "./watcher.ts";

/** What the watching thread is told. */
type Message =
  | {
    readonly type: "set";
    readonly id: number;
    readonly pulse: Int32Array;
    readonly guard?: Int32Array;
    readonly timeoutMs: number;
    readonly notice?: string | undefined;
  }
  | { readonly type: "delete"; readonly id: number };

/**
 * A thread that watches. It is made with the first cell and ends with the
 * last. Its code travels in a `data:` URL, so it needs no permission to be
 * read, and it has none.
 */
export class Watchdog {
  #worker: Worker | undefined;
  #watched = 0;
  #next = 0;

  /**
   * Watches a cell; what is returned ends that. `guard` stops the guest.
   * `notice` goes to standard error once an entry point has run for a second:
   * the thread that runs it could not say so.
   */
  watch(
    pulse: Int32Array,
    timeoutMs: number,
    notice?: string,
  ): { attach(guard: Int32Array): void; end(): void } {
    const id = this.#next++;
    this.#watched++;
    this.#send({ type: "set", id, pulse, timeoutMs, notice });
    return {
      attach: (guard) =>
        this.#send({ type: "set", id, pulse, timeoutMs, guard }),
      end: () => {
        this.#send({ type: "delete", id });
        if (--this.#watched > 0) return;
        this.#worker?.terminate();
        this.#worker = undefined;
      },
    };
  }

  #send(message: Message): void {
    this.#worker ??= startThread();
    this.#worker.postMessage(message);
  }
}

function startThread(): Worker {
  const source = `const watcher = (${makeWatcher})(
      () => {},
      (notice) => Deno.stderr.writeSync(new TextEncoder().encode(notice)),
    );
    onmessage = ({ data }) => data.type === "set" ? watcher.set(data.id, data) : watcher.delete(data.id);`;
  return new Worker(
    `data:application/javascript,${encodeURIComponent(source)}`,
    {
      type: "module",
      name: "pulp watchdog",
      deno: { permissions: "none" },
    },
  );
}
