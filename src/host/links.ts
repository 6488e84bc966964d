/**
 * The links between the cells of a set: mailboxes along what the manifests
 * declare, and along nothing else.
 *
 * @module
 */

import type { CellSpec } from "../manifest/spec.ts";
import { Mailbox, makeMailbox } from "./mailbox.ts";
import { BELL, type SharedWords, type WorkerLinks } from "./sibling_links.ts";

/** Tells which cells a manifest lets its cell call. */
function callableBy(
  { dependsOn, consumes }: CellSpec,
): (target: CellSpec) => boolean {
  const needed = new Set(dependsOn);
  const consumed = new Set(consumes);
  return ({ name, provides }) =>
    needed.has(name) || consumed.has(name) ||
    provides.some((offer) => consumed.has(offer));
}

interface Link {
  readonly caller: number;
  readonly target: number;
  readonly buffer: SharedArrayBuffer;
}

/** The main thread's side: it made the mailboxes, and fails what nobody answers. */
export class Links {
  #specs: readonly CellSpec[];
  #links: readonly Link[];
  readonly #shared: SharedWords;

  /** Makes the links of a set; every cell is down. */
  constructor(specs: readonly CellSpec[]) {
    this.#specs = specs;
    this.#links = linksOf(specs, []);
    const words = (): Int32Array =>
      new Int32Array(new SharedArrayBuffer(4 * specs.length));
    this.#shared = {
      up: words(),
      bells: words(),
      waits: words(),
      lives: words(),
    };
  }

  /**
   * Puts a manifest in the place of the one of the same name. Links that it
   * declares no longer are shut, and new ones are made. Names the other cells
   * whose workers are to be told.
   */
  replace(spec: CellSpec): string[] {
    const self = this.#index(spec.name);
    const before = this.#links;
    this.#specs = this.#specs.with(self, spec);
    this.#links = linksOf(this.#specs, before);
    const gone = before.filter((link) => !this.#links.includes(link));
    for (const { buffer } of gone) new Mailbox(buffer).shut();
    const made = this.#links.filter((link) => !before.includes(link));
    const others = [...gone, ...made].flatMap(({ caller, target }) =>
      [caller, target].filter((index) => index !== self)
    );
    return [...new Set(others)].map((index) => this.name(index));
  }

  /** The manifests of the set. */
  specs(): readonly CellSpec[] {
    return this.#specs;
  }

  /** What the worker of a cell gets to know. */
  of(name: string): WorkerLinks {
    const self = this.#index(name);
    return {
      self,
      life: Atomics.load(this.#shared.lives, self),
      names: this.#specs.map((spec) => spec.name),
      shared: this.#shared,
      outgoing: this.#links.filter(({ caller }) => caller === self).map((
        { target, buffer },
      ) => ({ index: target, mailbox: buffer })),
      incoming: this.#links.filter(({ target }) => target === self).map((
        { buffer },
      ) => buffer),
    };
  }

  /** The name of the cell with an index, for a worker that rings it. */
  name(index: number): string {
    return this.#specs[index]?.name ?? "";
  }

  /** From now on, calls to a cell are taken. */
  open(name: string): void {
    Atomics.store(this.#shared.up, this.#index(name), 1);
  }

  /**
   * From now on, they are not, and those that wait have failed; with `gone`
   * also the one that was taken, and what the cell itself waits for.
   */
  close(name: string, gone: boolean): void {
    const self = this.#index(name);
    Atomics.store(this.#shared.up, self, 0);
    if (gone) this.gone(name);
    for (const { target, buffer } of this.#links) {
      if (target !== self) continue;
      new Mailbox(buffer).fail(
        gone ? "settling" : "request",
        "the target is down",
      );
    }
    Atomics.store(this.#shared.bells, self, BELL.quiet);
  }

  /** The thread of a cell is gone. It may run on for a while: nothing that it does from now on counts. */
  gone(name: string): void {
    const self = this.#index(name);
    Atomics.add(this.#shared.lives, self, 1);
    Atomics.store(this.#shared.waits, self, 0);
    this.#failCallsOf(self, "the caller is down");
  }

  /** Wakes a cell that waits for others: its deadline has passed. */
  abandon(name: string): void {
    this.#failCallsOf(
      this.#index(name),
      "the deadline of the caller has passed",
    );
  }

  /** Fails what a cell waits for. An answer that is being written is there in a moment, and wakes it as well. */
  #failCallsOf(self: number, why: string): void {
    for (const { caller, buffer } of this.#links) {
      if (caller === self) new Mailbox(buffer).fail("taken", why);
    }
  }

  #index(name: string): number {
    return this.#specs.findIndex((spec) => spec.name === name);
  }
}

/** The links of a set; those that there were before stay as they are. */
function linksOf(
  specs: readonly CellSpec[],
  before: readonly Link[],
): readonly Link[] {
  return specs.flatMap((from, caller) => {
    const mayCall = callableBy(from);
    return specs.flatMap((to, target) => {
      if (!mayCall(to)) return [];
      const known = before.find((link) =>
        link.caller === caller && link.target === target
      );
      return [known ?? { caller, target, buffer: makeMailbox() }];
    });
  });
}
