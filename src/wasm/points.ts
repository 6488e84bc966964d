/**
 * Places in function bodies where something has to be written in.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import { IntList } from "./int_list.ts";

/** What stands at a point of a body. */
export const POINT = Object.freeze({
  /** A direct call that always runs if the function does; `arg` = function. */
  call: 0,
  /** A direct call within a block; `arg` = function. */
  nestedCall: 1,
  /** A check goes here. */
  check: 2,
  /** A long instruction, to be replaced up to `extra`; `arg` = index into `longs`. */
  long: 3,
  /** An allocation of `arg` bytes comes. */
  allocate: 4,
  /** An allocation comes: the length is on the stack, `arg` bytes each. */
  allocateArray: 5,
  /** An exception with `arg` values comes. */
  throw: 6,
  /**
   * A condition is on the stack, in a function with many of them. Where one
   * follows from another, V8 makes a copy of the way to the next for each: its
   * memory grows with the square of their number, by a kilobyte or more, until
   * that ends the process. So it must not know what a condition comes from.
   */
  condition: 7,
});

/** The points of a module, in the order of the file; see {@linkcode POINT}. */
export class PointList {
  readonly offsets = new IntList();
  readonly kinds = new IntList();
  readonly args = new IntList();
  readonly extras = new IntList();
  readonly #most: number | undefined;

  /** Takes so many points. Without a number it takes none, and none is too many. */
  constructor(most: number | undefined) {
    this.#most = most;
  }

  /** Notes a point. Throws `PulpError` `module` when there are too many. */
  add(offset: number, kind: number, arg: number, extra = 0): void {
    if (this.#most === undefined) return;
    this.#demandRoom(1, this.#most);
    this.#push(offset, kind, arg, extra);
  }

  /**
   * Notes that conditions stand at those offsets, among the points from the
   * index `first` on. Throws `PulpError` `module` when there are too many.
   */
  hide(conditions: IntList, first: number): void {
    if (this.#most === undefined) return;
    this.#demandRoom(conditions.length, this.#most);
    const offsets = this.offsets.cut(first);
    const kinds = this.kinds.cut(first);
    const args = this.args.cut(first);
    const extras = this.extras.cut(first);
    let point = 0;
    const keepUpTo = (end: number): void => {
      for (; point < offsets.length; point++) {
        const offset = offsets[point] ?? 0;
        if (offset > end) return;
        const arg = args[point] ?? 0;
        this.#push(offset, kinds[point] ?? 0, arg, extras[point] ?? 0);
      }
    };
    for (let index = 0; index < conditions.length; index++) {
      const at = conditions.at(index);
      // A check at a loop head comes before what the loop begins with.
      keepUpTo(at);
      this.#push(at, POINT.condition, 0, 0);
    }
    keepUpTo(Infinity);
  }

  #push(offset: number, kind: number, arg: number, extra: number): void {
    this.offsets.push(offset);
    this.kinds.push(kind);
    this.args.push(arg);
    this.extras.push(extra);
  }

  /** What the scan keeps, and what is written in, has to fit into memory. */
  #demandRoom(more: number, most: number): void {
    if (this.offsets.length + more <= most) return;
    throw new PulpError(
      "module",
      `Cannot guard the module: it has more than ${most} loops, calls and the like`,
    );
  }
}
