/**
 * A worker's side of the calls between cells: its links to others, and those
 * of others to it.
 *
 * @module
 */

import { CODE } from "../abi/codes.ts";
import type { CellContext, SiblingCalls } from "../capabilities/capability.ts";
import type { Logger } from "../logger.ts";
import { circleOf } from "./circle.ts";
import { Mailbox, type MailRequest } from "./mailbox.ts";
import { Spin } from "./spin.ts";

/** Words that all workers of a host share, one for each cell of the set. */
export interface SharedWords {
  /** 1 while calls to the cell are taken. */
  readonly up: Int32Array;
  /** What a cell does about its mailboxes: a {@linkcode BELL}. */
  readonly bells: Int32Array;
  /** The cell that a cell waits for, by its index plus 1; 0 when it waits for none. */
  readonly waits: Int32Array;
  /** Counts the threads of a cell that are gone. Who finds another count than its own was given up. */
  readonly lives: Int32Array;
}

/** What a worker is told about its links: those that manifests declare, and no others. */
export interface WorkerLinks {
  /** The index of the worker's own cell. */
  readonly self: number;
  /** What {@linkcode SharedWords.lives} says of the cell while the worker is its own. */
  readonly life: number;
  /** The names of the set, by index: only for what the log says. */
  readonly names: readonly string[];
  readonly shared: SharedWords;
  /** Cells that this one may call. */
  readonly outgoing: readonly {
    readonly index: number;
    readonly mailbox: SharedArrayBuffer;
  }[];
  /** Mailboxes of the cells that may call this one. */
  readonly incoming: readonly SharedArrayBuffer[];
}

/** Whoever calls rings, and does what the bell was at before. */
export const BELL = {
  /** The cell does not look: it has to be woken. */
  quiet: 0,
  /** It was rung, and will look. */
  rung: 1,
  /** It looks. */
  watched: 2,
  /** It sleeps on the bell. */
  awaited: 3,
} as const;

/** How long a cell answers siblings in one go before its other events get a turn. */
const TURN_MS = 2;
/** How long it waits on its bell for the next call, when calls come one behind the other. */
const LINGER_MS = 0.1;
/** That close behind an answer is the next call then. Twice and more what a message takes to wake a cell. */
const CLOSE_MS = 0.3;

/** Calls siblings and blocks for the answer; takes the calls of siblings. */
export class SiblingLinks implements SiblingCalls {
  #links: WorkerLinks;
  readonly #outgoing = new Map<
    string,
    { readonly index: number; readonly mailbox: Mailbox }
  >();
  #incoming: readonly Mailbox[] = [];
  readonly #ring: (target: number) => void;
  readonly #logger: Logger;
  readonly #spin = new Spin();
  readonly #turn = new MessageChannel();
  /** When it last looked for calls, by `performance.now()`. */
  #lookedAt = -Infinity;

  /** `ring` has the main thread wake a cell, at once. */
  constructor(
    links: WorkerLinks,
    ring: (target: number) => void,
    logger: Logger,
  ) {
    this.#links = links;
    this.#ring = ring;
    this.#logger = logger;
    this.update(links);
  }

  /** Goes on with other links: a manifest of the set was replaced. */
  update(links: WorkerLinks): void {
    this.#links = links;
    this.#outgoing.clear();
    for (const { index, mailbox } of links.outgoing) {
      this.#outgoing.set(links.names[index] ?? "", {
        index,
        mailbox: new Mailbox(mailbox),
      });
    }
    this.#incoming = links.incoming.map((mailbox) => new Mailbox(mailbox));
  }

  /** See {@linkcode SiblingCalls.call}. */
  call(
    target: string,
    name: string,
    args: Uint8Array,
    caller: Pick<CellContext, "isStopped">,
  ): Uint8Array | number {
    if (this.#isGivenUp()) return CODE.failed;
    const { self, names, shared } = this.#links;
    const refuse = (
      message: string,
      code: number,
      more: Record<string, unknown> = {},
    ): number => {
      this.#logger.log("warn", message, {
        caller: names[self],
        target,
        provider: name,
        ...more,
      });
      return code;
    };
    const link = this.#outgoing.get(target);
    if (link === undefined || link.mailbox.isShut) {
      const hint =
        `add "${target}" to consumes or depends_on of the caller's manifest`;
      return refuse("pulp_call denied by manifest", CODE.notAllowed, { hint });
    }
    // Said before it is looked at: of two that call each other, one sees it at least.
    Atomics.store(shared.waits, self, link.index + 1);
    try {
      const circle = circleOf(self, link.index, (cell) => {
        const waitsFor = Atomics.load(shared.waits, cell);
        return waitsFor === 0 ? undefined : waitsFor - 1;
      });
      if (circle !== undefined) {
        return refuse("pulp_call re-entered", CODE.failed, {
          chain: circle.map((cell) => names[cell] ?? "?").join(" -> "),
        });
      }
      if (Atomics.load(shared.up, link.index) === 0) {
        return refuse("pulp_call target is down", CODE.failed);
      }
      if (!link.mailbox.request(name, args)) {
        return refuse("pulp_call too large", CODE.failed);
      }
      const bell = Atomics.exchange(shared.bells, link.index, BELL.rung);
      if (bell === BELL.quiet) this.#wake(link.index);
      else if (bell === BELL.awaited) Atomics.notify(shared.bells, link.index);
      // It may have gone down in between, and who fails what waits was here before.
      if (Atomics.load(shared.up, link.index) === 0 || link.mailbox.isShut) {
        link.mailbox.fail("request", "the target is down");
      }
      // Likewise who wakes a caller whose deadline has passed.
      if (caller.isStopped()) {
        link.mailbox.fail("taken", "the deadline of the caller has passed");
      }
      const { code, data } = link.mailbox.wait(() => this.#ring(link.index));
      if (code === CODE.ok) return data;
      return refuse("pulp_call target failed", code, {
        err: new TextDecoder().decode(data),
      });
    } finally {
      if (!this.#isGivenUp()) Atomics.store(shared.waits, self, 0);
    }
  }

  /**
   * Takes what waits in the mailboxes. `serve` answers a call, at once where
   * it can; `again` is called behind other events when there is more.
   */
  take(
    serve: (
      request: MailRequest,
      answer: (code: number, data: Uint8Array) => void,
    ) => void,
    again: () => void,
  ): void {
    if (this.#isGivenUp()) return;
    const { self, shared: { bells } } = this.#links;
    const start = performance.now();
    const lingers = start - this.#lookedAt < CLOSE_MS;
    try {
      for (let taken = 0;; taken = 0) {
        Atomics.store(bells, self, BELL.watched);
        for (const mailbox of this.#incoming) {
          const request = mailbox.take();
          if (request === undefined) continue;
          taken++;
          serve(
            request,
            (code, data) => mailbox.answer(request.number, code, data),
          );
          if (this.#isGivenUp()) return;
        }
        // Who was just answered may well be back before a message could be.
        if (lingers && taken > 0) this.#linger(bells, self);
        if (Atomics.load(bells, self) !== BELL.rung) break;
        if (performance.now() - start >= TURN_MS) break;
      }
    } finally {
      if (!this.#isGivenUp()) {
        this.#lookedAt = performance.now();
        const was = Atomics.compareExchange(
          bells,
          self,
          BELL.watched,
          BELL.quiet,
        );
        if (was === BELL.rung) this.#later(again);
      }
    }
  }

  /**
   * Whether another thread goes on as this cell. A thread can't be ended while
   * it is in native code: it runs on when that returns, and must keep from
   * what belongs to the other by then.
   */
  #isGivenUp(): boolean {
    const { self, life, shared: { lives } } = this.#links;
    return Atomics.load(lives, self) !== life;
  }

  /** Waits a moment for the bell; it is rung then, or watched as before. */
  #linger(bells: Int32Array, self: number): void {
    const { watched, awaited } = BELL;
    if (this.#spin.until(() => Atomics.load(bells, self) !== watched)) return;
    // Who rings in between is not waited for.
    Atomics.compareExchange(bells, self, watched, awaited);
    Atomics.wait(bells, self, awaited, LINGER_MS);
    Atomics.compareExchange(bells, self, awaited, watched);
  }

  /** Has a cell woken, or leaves its bell to be rung by the next who calls it. */
  #wake(target: number): void {
    try {
      this.#ring(target);
    } catch (error) {
      // Of a guest that has used up the stack, say. While the bell stays set,
      // nobody else wakes the target at once.
      Atomics.store(this.#links.shared.bells, target, BELL.quiet);
      throw error;
    }
  }

  /** Goes on behind the other events that wait; a timer would be a millisecond late. */
  #later(next: () => void): void {
    this.#turn.port1.onmessage = next;
    this.#turn.port2.postMessage(null);
  }
}
