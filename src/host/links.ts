/**
 * The links between the cells of a set: mailboxes along what the manifests
 * declare, and along nothing else.
 *
 * @module
 */

import type { CellSpec } from "../manifest/spec.ts";
import { Mailbox, makeMailbox } from "./mailbox.ts";
import type { SharedWords, WorkerLinks } from "./sibling_links.ts";

/** Whether a manifest lets `caller` call `target`. */
export function mayCall(caller: CellSpec, target: CellSpec): boolean {
  return caller.dependsOn.includes(target.name) ||
    caller.consumes.includes(target.name) ||
    target.provides.some((name) => caller.consumes.includes(name));
}

interface Link {
  readonly caller: number;
  readonly target: number;
  readonly buffer: SharedArrayBuffer;
}

/** The main thread's side: it made the mailboxes, and fails what nobody answers. */
export class Links {
  readonly #specs: readonly CellSpec[];
  readonly #links: readonly Link[];
  readonly #shared: SharedWords;

  /** Makes the links of a set; every cell is down. */
  constructor(specs: readonly CellSpec[]) {
    this.#specs = specs;
    this.#links = specs.flatMap((from, caller) =>
      specs.flatMap((to, target) =>
        mayCall(from, to) ? [{ caller, target, buffer: makeMailbox() }] : []
      )
    );
    const words = (): Int32Array =>
      new Int32Array(new SharedArrayBuffer(4 * specs.length));
    this.#shared = { up: words(), bells: words(), waits: words() };
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

  /** From now on, they are not, and those that wait have failed; with `gone` also the one that was taken. */
  close(name: string, gone: boolean): void {
    const self = this.#index(name);
    Atomics.store(this.#shared.up, self, 0);
    // A thread that is gone waits for nobody.
    if (gone) Atomics.store(this.#shared.waits, self, 0);
    for (const { target, buffer } of this.#links) {
      if (target === self) new Mailbox(buffer).fail(gone);
    }
    Atomics.store(this.#shared.bells, self, 0);
  }

  /** Wakes a cell that waits for others: its deadline has passed. */
  abandon(name: string): void {
    const self = this.#index(name);
    for (const { caller, buffer } of this.#links) {
      if (caller === self) new Mailbox(buffer).fail(true);
    }
  }

  #index(name: string): number {
    return this.#specs.findIndex((spec) => spec.name === name);
  }
}
